import { type Backend, createLeasedDriver, type Driver } from '@isomux/driver';
import { assertAvailable } from './availability.ts';
import { createInProcessBackend } from './in-process-backend.ts';
import { type NodeIsolateDriverOptions, parseBackendOptions } from './options.ts';
import { createProcessBackend } from './process-backend.ts';

/**
 * Makes a driver that runs guest code on V8, through isolated-vm: by default in supervised child processes, started with
 * the first context and shared by all drivers with equal process options.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` where isolated-vm has no addon for this Node. An idle driver keeps no
 * event loop alive, and the processes end with the host, however it ends; `close()` ends them sooner.
 *
 * @example
 * await using driver = createNodeIsolateDriver({ timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createNodeIsolateDriver(options: NodeIsolateDriverOptions = {}): Driver {
  const backendOptions = parseBackendOptions(options);
  assertAvailable(backendOptions, options.skipProbe === true);
  // What realms are kept ready for follows the runs, so it divides no drivers.
  const { warmLimits: _, ...sharing } = backendOptions;
  const make = (): Backend =>
    backendOptions.isolation === 'process' ? createProcessBackend(backendOptions) : createInProcessBackend(backendOptions);
  return createLeasedDriver(`isolated-vm:${JSON.stringify(sharing)}`, make, options);
}
