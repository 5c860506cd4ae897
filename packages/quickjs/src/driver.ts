import { createLeasedDriver, createPool, type Backend, type Driver } from '@isomux/driver';
import { createExecutor } from '@isomux/executor';
import { createChannelPair } from '@isomux/protocol';
import { createQuickJSEngine } from './engine.ts';
import { parseBackendOptions, toDriverOptions, type BackendOptions, type QuickJSIsolateDriverOptions } from './options.ts';
import { startThread } from './spawn.ts';
import { loadQuickJSModule } from './wasm-source.ts';

/** Runs at once. More wait; no run should have to wait for another to end. */
const MAX_RUNS = 1_000;

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

/** A pool of threads, one run to a thread while there are enough of them. */
function createThreadBackend({ minThreads, maxThreads, warmRealms, warmLimits }: BackendOptions): Backend {
  const pool = createPool({
    spawn: async () => startThread({ module: await loadQuickJSModule(), maxRuns: MAX_RUNS, warmRealms, warmLimits }),
    minWorkers: minThreads,
    maxWorkers: maxThreads,
    runsPerWorker: 1,
  });
  return { connect: pool.connect, close: () => pool.close() };
}

/** An executor on this thread. Each run has a channel of its own, so that no fault in one reaches another. */
function createInlineBackend({ warmRealms, warmLimits }: BackendOptions): Backend {
  const executor = createExecutor(createQuickJSEngine(), { maxRuns: MAX_RUNS, warmRealms, warmLimits });
  return {
    connect: () => {
      const [driverEnd, executorEnd] = createChannelPair();
      executor.attach(executorEnd);
      return Promise.resolve({ channel: driverEnd, release: () => driverEnd.close() });
    },
    close: () => executor.close(),
  };
}
