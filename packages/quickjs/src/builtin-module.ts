interface ProcessWithModules {
  getBuiltinModule?(name: string): unknown;
}

/**
 * A module of Node, Bun or Deno itself, without an import of it, which a browser or a Worker could not load. Undefined where
 * there is none. The caller says what it needs of the module: there is nothing to check that against.
 */
export function findBuiltinModule<T>(name: `node:${string}`): T | undefined {
  const { process } = globalThis as { readonly process?: ProcessWithModules };
  return process?.getBuiltinModule?.(name) as T | undefined;
}
