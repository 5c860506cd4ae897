import type { NodeThreads } from './node-threads.ts';

/** What is used of the modules that Node, Bun and Deno have built in. */
interface BuiltinModules {
  readonly 'node:fs': { readFileSync(url: URL): Uint8Array<ArrayBuffer> };
  readonly 'node:worker_threads': NodeThreads;
}

/** As far as it is the same in Node, Bun and Deno; elsewhere there is none. */
declare const process:
  | {
      readonly versions?: Readonly<Record<string, string | undefined>>;
      getBuiltinModule?<N extends keyof BuiltinModules>(name: N): BuiltinModules[N] | undefined;
    }
  | undefined;

/** A module of Node, Bun or Deno itself, without an import of it, which a browser or a Worker could not load. Undefined where there is none. */
export function findBuiltinModule<N extends keyof BuiltinModules>(name: N): BuiltinModules[N] | undefined {
  return typeof process === 'undefined' ? undefined : process.getBuiltinModule?.(name);
}

/** True in Node itself, not in those that have its modules. */
export function isNode(): boolean {
  const versions = typeof process === 'undefined' ? undefined : process.versions;
  return versions?.['node'] !== undefined && versions['bun'] === undefined && versions['deno'] === undefined;
}
