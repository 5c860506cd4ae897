/** What one package may import, and what it may assume of the machine it runs on. */
export interface PackageLaw {
  /** The packages of this workspace that its published code may import; `any` for those that only put packages together. */
  readonly imports: readonly string[] | 'any';
  /** Whether its published code must load where there is no Node: a browser, a Worker. */
  readonly portable: boolean;
  /** Published files of a portable package that are entry points for Node alone; its other files may not import them. */
  readonly nodeFiles?: RegExp;
  /** Published files that may import the suite, because running it is what they are for. Elsewhere it is imported by tests only. */
  readonly suiteFiles?: RegExp;
  /** Whether it may depend on packages from the registry. Default: true. */
  readonly external?: boolean;
}

/** The import law, by the folder's name: one row a package. Tests may import any package they declare. */
export const PACKAGES: Readonly<Record<string, PackageLaw>> = {
  'packages/protocol': { imports: [], portable: true, external: false },
  'packages/driver': { imports: ['protocol'], portable: true },
  'packages/executor': { imports: ['protocol'], portable: true },
  'packages/sandbox-process': { imports: ['protocol'], portable: false },
  'packages/isolated-vm': { imports: ['protocol', 'driver', 'executor', 'sandbox-process'], portable: false },
  'packages/quickjs': { imports: ['protocol', 'driver', 'executor'], portable: true },
  'packages/deno': { imports: ['protocol', 'driver', 'executor', 'sandbox-process'], portable: false },
  'packages/cloudflare': {
    imports: ['protocol', 'driver', 'executor', 'quickjs', 'remote', 'sandbox-process', 'server'],
    portable: true,
    nodeFiles: /^src\/local[-./]/,
  },
  'packages/remote': { imports: ['protocol', 'driver'], portable: true },
  'packages/server': { imports: ['protocol', 'executor'], portable: true, nodeFiles: /^src\/node[-./]/ },
  'packages/conformance': { imports: ['protocol'], portable: true, nodeFiles: /^src\/(cli|node-test|node|vitest)[-./]/ },
  'packages/isomux': {
    imports: ['protocol', 'driver', 'isolated-vm', 'quickjs', 'deno', 'cloudflare', 'remote', 'server'],
    portable: false,
    suiteFiles: /^src\/conformance\//,
  },
  'apps/*': { imports: 'any', portable: false },
  'examples/*': { imports: 'any', portable: false },
  tests: { imports: 'any', portable: false },
  '': { imports: [], portable: false },
};

/** Imported by tests, and by what runs it for a user: the suite judges packages, so none may be built on it. */
export const TEST_ONLY = 'packages/conformance';

export const MAX_LINES = 400;
export const MAX_TEST_LINES = 500;

/** Names that say where code was put, not what it is. */
export const BANNED_NAMES = /^(utils?|helpers?|commons?|misc|types)$/;

/** Files whose reader wants a default export: configuration, and Workers. */
export const DEFAULT_EXPORTS = /(^|\/)[\w-]+\.config\.ts$|^(apps\/worker|packages\/cloudflare)\/src\/worker[^/]*\.ts$/;
