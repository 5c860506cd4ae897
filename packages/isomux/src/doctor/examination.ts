import { createRequire } from 'node:module';
import { isIsomuxError, isSupported, type Capabilities } from '@isomux/protocol';
import { withAuthorization } from '../authorization.ts';
import { createIsolateDriver } from '../create-isolate-driver.ts';
import { loadBackend } from '../load-backend.ts';
import { parseDriverUrl } from '../url/driver-url.ts';
import { CHECKS, runProbe } from './checks.ts';

/** What was found out about one backend on this machine. */
export interface Examination {
  readonly url: string;
  readonly works: boolean;
  /** Names of what it did right. */
  readonly passed: readonly string[];
  /** Versions of its package and of its engine, as far as they are installed. */
  readonly versions: Readonly<Record<string, string>>;
  /** The first run, with everything that starts with it, and the median of runs after it. */
  readonly firstRunMs?: number;
  readonly nextRunsMs?: number;
  /** What it does less than others, or not at all, and why. */
  readonly restrictions: Readonly<Record<string, string>>;
  /** Why it does not work and what to do about it. */
  readonly problem?: { readonly code?: string; readonly message: string };
}

const TIMED_RUNS = 9;

/** Runs the checks on one backend. Rejects only with `INVALID_OPTION`, for a URL that says nothing. */
export async function examine(url: string): Promise<Examination> {
  const parsed = parseDriverUrl(url);
  const { href, scheme } = parsed;
  const versions = readVersions(scheme.packageName, scheme.enginePackages);
  const passed: string[] = [];
  const found = { url: href, versions, passed, restrictions: {} };
  try {
    const { describe: describeBackend } = await loadBackend(parsed);
    const restrictions = restrictionsOf((await describeBackend(withAuthorization(parsed))).capabilities);
    await using driver = createIsolateDriver(url);
    let firstRunMs: number | undefined;
    for (const check of CHECKS) {
      const start = performance.now();
      const fault = await check.run(driver);
      firstRunMs ??= performance.now() - start;
      if (fault !== undefined) {
        return { ...found, works: false, restrictions, problem: { message: `It should have ${check.name}: ${fault}. ${check.advice}` } };
      }
      passed.push(check.name);
    }
    const timesMs: number[] = [];
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = performance.now();
      await runProbe(driver);
      timesMs.push(performance.now() - start);
    }
    const nextRunsMs = timesMs.toSorted((a, b) => a - b)[Math.floor(TIMED_RUNS / 2)] ?? 0;
    return { ...found, works: true, restrictions, firstRunMs: firstRunMs ?? 0, nextRunsMs };
  } catch (error) {
    return { ...found, works: false, problem: describe(error) };
  }
}

function describe(error: unknown): NonNullable<Examination['problem']> {
  if (isIsomuxError(error)) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

function restrictionsOf(capabilities: Capabilities): Record<string, string> {
  return Object.fromEntries(
    Object.entries(capabilities).flatMap(([name, claim]) => {
      if (claim === true) return [];
      return [
        [name, isSupported(claim) && 'weaker' in claim ? claim.weaker : `unsupported: ${'unsupported' in claim ? claim.unsupported : ''}`],
      ];
    }),
  );
}

/** Versions by package; what cannot be found is left out, because then the problem says so. */
function readVersions(packageName: string, enginePackages: readonly string[]): Record<string, string> {
  const versions: Record<string, string> = {};
  try {
    const own = createRequire(import.meta.url);
    const manifest = own.resolve(`${packageName}/package.json`);
    versions[packageName] = readVersion(own, manifest);
    // Engines are dependencies of the backend, and may be out of this package's sight.
    const theirs = createRequire(manifest);
    for (const name of enginePackages) versions[name] = readVersion(theirs, `${name}/package.json`);
  } catch {
    return versions;
  }
  return versions;
}

function readVersion(require: NodeJS.Require, manifest: string): string {
  const { version }: { readonly version: string } = require(manifest);
  return version;
}
