import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { commandOf, type Runtime } from './process.ts';

/** What vitest reports, as far as it is read. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const SUITE_MS = 5 * 60_000;
const root = join(import.meta.dirname, '../..');

/** Which of QuickJS's own tests cannot pass in a runtime, by file, and why. What is listed and passes is red, too. */
const CANNOT: Readonly<Record<Runtime, Readonly<Record<string, { readonly tests: number; readonly why: string }>>>> = {
  bun: {
    'readme.test.ts': {
      tests: 1,
      why: 'The test takes the types out of the program with a function of node:module that Bun does not have.',
    },
    'workerd.test.ts': { tests: 7, why: 'miniflare asks its workerd through a dispatcher of undici, which Bun does not heed.' },
  },
  deno: {},
};

/** How vitest starts in each: its processes need something of Node that Bun does not have, its threads do not. */
const VITEST: Readonly<Record<Runtime, readonly string[]>> = {
  bun: ['--bun', 'node_modules/vitest/vitest.mjs', 'run', '--pool', 'threads'],
  deno: ['node_modules/vitest/vitest.mjs', 'run'],
};

/** Runs the package's own tests in a runtime. */
async function runTests(runtime: Runtime): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'isomux-own-tests-'));
  const outputFile = join(folder, 'report.json');
  // What the vitest around this one, or whoever started it, has set is not for the one inside.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/VITEST|^TEST|^NODE/.test(name)));
  const options = ['--reporter=json', '--outputFile', outputFile];
  const [file, ...args] = [...commandOf(runtime), ...VITEST[runtime], 'packages/quickjs/test', ...options];
  const stderr = await text(spawn(file, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'], timeout: SUITE_MS }).stderr);
  try {
    return JSON.parse(readFileSync(outputFile, 'utf8')) as Report;
  } catch (cause) {
    throw new Error(`The tests did not come to their end in ${runtime}: ${stderr.slice(-2_000)}`, { cause });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it.each(['bun', 'deno'] as const)(
  'under %s, every test of the QuickJS package passes but those that are known to need something else',
  async (runtime) => {
    const failed: Record<string, string[]> = {};
    let total = 0;
    for (const { name, assertionResults } of (await runTests(runtime)).testResults) {
      total += assertionResults.length;
      const failures = assertionResults.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName);
      if (failures.length > 0) failed[basename(name)] = failures;
    }
    const known = Object.entries(CANNOT[runtime]);
    const unknown = Object.entries(failed).filter(([file, { length }]) => CANNOT[runtime][file]?.tests !== length);
    expect(unknown).toEqual([]);
    expect(Object.keys(failed).toSorted()).toEqual(known.map(([file]) => file).toSorted());
    expect(total).toBeGreaterThan(300);
    const lacking = known.reduce((sum, [, { tests }]) => sum + tests, 0);
    const reasons = known.map(([file, { tests, why }]) => `\n  ${file}: ${tests} cannot. ${why}`).join('');
    console.log(`${runtime}: ${total - lacking} of ${total} tests pass.${reasons}`);
  },
  SUITE_MS + 10_000,
);
