import { createPool, type Backend } from '@isomux/driver';
import { createExecutor } from '@isomux/executor';
import { createChannelPair } from '@isomux/protocol';
import { createQuickJSEngine } from './engine.ts';
import type { BackendOptions } from './options.ts';
import { startThread } from '#spawn';
import { loadQuickJSModule } from './wasm-source.ts';

/** Runs at once. More wait; no run should have to wait for another to end. */
const MAX_RUNS = 1_000;

/** A pool of threads, one run to a thread while there are enough of them. */
export function createThreadBackend({ minThreads, maxThreads, warmRealms, warmLimits }: BackendOptions): Backend {
  const pool = createPool({
    spawn: async () => startThread({ module: await loadQuickJSModule(), maxRuns: MAX_RUNS, warmRealms, warmLimits }),
    minWorkers: minThreads,
    maxWorkers: maxThreads,
    runsPerWorker: 1,
  });
  return { connect: pool.connect, close: () => pool.close() };
}

/** An executor on this thread. Each run has a channel of its own, so that no fault in one reaches another. */
export function createInlineBackend({ warmRealms, warmLimits }: BackendOptions): Backend {
  const executor = createExecutor(createQuickJSEngine(), { maxRuns: MAX_RUNS, warmRealms, warmLimits });
  return {
    connect: async () => {
      // Here, where a reason reaches the caller: of a realm that cannot be made a run is told no more than that.
      await loadQuickJSModule();
      const [driverEnd, executorEnd] = createChannelPair();
      executor.attach(executorEnd);
      return { channel: driverEnd, release: () => driverEnd.close() };
    },
    close: () => executor.close(),
  };
}
