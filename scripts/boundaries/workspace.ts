import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readSourceFacts } from './source-facts.ts';
import type { SourceFacts } from './source-facts.ts';

/**
 * What a file is for. `published` runs in users' programs (`src/`, and `guest/`, which is bundled into it); `test` never leaves the
 * repository; `tooling` is the rest: build scripts and configuration.
 */
export type Area = 'published' | 'test' | 'tooling';

export interface SourceFile {
  /** From the workspace's root, with forward slashes. */
  readonly path: string;
  /** From its package's folder. */
  readonly pathInPackage: string;
  readonly area: Area;
  readonly facts: SourceFacts;
}

export interface WorkspacePackage {
  /** The folder from the root: `packages/driver`; empty for the root itself. */
  readonly folder: string;
  readonly name: string;
  /** Whether it is never published. */
  readonly isPrivate: boolean;
  /** What a user's installation brings along: dependencies, optional and peer dependencies. */
  readonly installed: ReadonlySet<string>;
  /** `.`, `./worker`, … as the manifest exports them. */
  readonly entries: ReadonlySet<string>;
  /** `#spawn`, … : names for files of its own that the manifest resolves by condition. */
  readonly inner: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}

const SOURCE = /\.[cm]?[jt]sx?$/;
const DECLARATION = /\.d\.[cm]?ts$/;
const SKIPPED = new Set(['node_modules', 'dist', 'generated', 'coverage', 'fixtures']);

/** Reads every package of the workspace at `root`, the root itself last. */
export function readWorkspace(root: string): WorkspacePackage[] {
  const folders = globSync(['packages/*', 'apps/*', 'examples/*', 'tests'], { cwd: root })
    .map(toPosix)
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .toSorted();
  return [...folders.map((folder) => readPackage(root, folder)), readPackage(root, '')];
}

function readPackage(root: string, folder: string): WorkspacePackage {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const exported = keysOf(manifest, 'exports');
  const within = folder === '' ? ['scripts', '.ci'] : [''];
  const top = folder === '' ? readdirSync(root).filter((file) => SOURCE.test(file)) : [];
  const paths = [...top, ...within.flatMap((start) => listSources(join(root, folder), start))];
  return {
    folder,
    name: nameOf(manifest),
    isPrivate: read(manifest, 'private') === true,
    installed: new Set(['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) => keysOf(manifest, key))),
    entries: new Set(exported.length === 0 ? ['.'] : exported),
    inner: new Set(keysOf(manifest, 'imports').filter((name) => leadsToOwnFiles(read(read(manifest, 'imports'), name)))),
    files: paths.map((pathInPackage) => readFile(root, folder, pathInPackage)),
  };
}

function readFile(root: string, folder: string, pathInPackage: string): SourceFile {
  const path = folder === '' ? pathInPackage : `${folder}/${pathInPackage}`;
  return { path, pathInPackage, area: areaOf(path), facts: readSourceFacts(path, readFileSync(join(root, path), 'utf8')) };
}

function areaOf(path: string): Area {
  if (/^(tests|scripts\/test|(packages|apps|examples)\/[^/]+\/test)\//.test(path)) return 'test';
  return /^(packages|apps|examples)\/[^/]+\/(src|guest)\//.test(path) ? 'published' : 'tooling';
}

function listSources(base: string, start: string): string[] {
  const folder = join(base, start);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = start === '' ? entry.name : `${start}/${entry.name}`;
      if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith('.') ? [] : listSources(base, path);
      return entry.isFile() && SOURCE.test(entry.name) && !DECLARATION.test(entry.name) ? [path] : [];
    })
    .toSorted();
}

function read(manifest: unknown, key: string): unknown {
  return typeof manifest === 'object' && manifest !== null ? Object.getOwnPropertyDescriptor(manifest, key)?.value : undefined;
}

function keysOf(manifest: unknown, key: string): string[] {
  const value = read(manifest, key);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** Whether a name of the manifest's `imports` is one of the package's own files under every condition: others are imported by their own names. */
function leadsToOwnFiles(target: unknown): boolean {
  if (typeof target === 'string') return target.startsWith('./');
  return typeof target === 'object' && target !== null && Object.values(target).every(leadsToOwnFiles);
}

function nameOf(manifest: unknown): string {
  const name = read(manifest, 'name');
  if (typeof name !== 'string') throw new Error('a package.json has no name');
  return name;
}

function toPosix(path: string): string {
  return path.split(sep).join('/');
}
