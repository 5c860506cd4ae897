import { createLeasedDriver, type Driver } from '@isomux/driver';
import { findDeno } from './deno-binary.ts';
import { memoryClassMb } from './memory-class.ts';
import { type DenoIsolateDriverOptions, parseBackendOptions } from './options.ts';
import { createProcessBackend } from './process-backend.ts';

/**
 * Makes a driver that runs guest code on Deno, in pooled subprocesses without any permission, started with the first context
 * and shared by all drivers with equal process options and memory limit.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` where there is no Deno. An idle driver keeps no event loop alive, and the
 * processes end with the host, however it ends; `close()` ends them sooner.
 *
 * @example
 * await using driver = createDenoIsolateDriver({ timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createDenoIsolateDriver(options: DenoIsolateDriverOptions = {}): Driver {
  const backendOptions = parseBackendOptions(options);
  const denoPath = findDeno(backendOptions.denoPath);
  const sharing = { ...backendOptions, denoPath, memoryBytes: memoryClassMb(backendOptions.memoryBytes) };
  return createLeasedDriver(`deno:${JSON.stringify(sharing)}`, () => createProcessBackend(backendOptions), options);
}
