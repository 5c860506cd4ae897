import type { Backend } from '@isomux/driver';
import { createExecutor } from '@isomux/executor';
import { createChannelPair } from '@isomux/protocol';
import { createIsolatedVmEngine } from './engine.ts';
import type { BackendOptions } from './options.ts';

/** Runs at once. More wait. */
const MAX_RUNS = 1_000;

/** An executor in this process. Each run has a channel of its own, so that no fault in one reaches another. */
export function createInProcessBackend({ warmRealms, warmLimits, reuse }: BackendOptions): Backend {
  const executor = createExecutor(createIsolatedVmEngine({ reuse }), { maxRuns: MAX_RUNS, warmRealms, warmLimits });
  return {
    connect: () => {
      const [driverEnd, executorEnd] = createChannelPair();
      executor.attach(executorEnd);
      return Promise.resolve({ channel: driverEnd, release: () => driverEnd.close() });
    },
    close: () => executor.close(),
  };
}
