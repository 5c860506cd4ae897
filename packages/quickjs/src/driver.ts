import { createLeasedDriver, type Backend, type Driver } from '@isomux/driver';
import { createInlineBackend, createThreadBackend } from './backends.ts';
import { parseBackendOptions, toDriverOptions, type QuickJSIsolateDriverOptions } from './options.ts';

/**
 * Makes a driver that runs guest code on QuickJS compiled to WebAssembly, by default on pooled threads, started with the
 * first context and shared by all drivers with equal thread options.
 *
 * Throws `INVALID_OPTION`. An idle driver keeps no event loop alive; `close()` ends its threads sooner.
 *
 * @example
 * await using driver = createQuickJSIsolateDriver({ timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createQuickJSIsolateDriver(options: QuickJSIsolateDriverOptions = {}): Driver {
  const backendOptions = parseBackendOptions(options);
  // What realms are kept ready for follows the runs, so it divides no drivers.
  const { warmLimits: _, ...sharing } = backendOptions;
  const make = (): Backend =>
    backendOptions.thread === 'worker' ? createThreadBackend(backendOptions) : createInlineBackend(backendOptions);
  return createLeasedDriver(`quickjs:${JSON.stringify(sharing)}`, make, toDriverOptions(options));
}
