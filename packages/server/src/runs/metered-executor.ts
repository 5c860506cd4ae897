import type { Executor } from '@isomux/executor';
import type { RunEnding } from '../status/meter.ts';
import type { RunStats } from '@isomux/protocol';
import { createMeteredChannel } from './metered-channel.ts';

/** The same executor, whose runs are counted: those that do not come over connections. It keeps no quota. */
export function createMeteredExecutor(
  executor: Executor,
  ended: (run: string, ending: RunEnding, stats: RunStats | undefined) => void,
): Executor {
  return {
    engine: executor.engine,
    capabilities: executor.capabilities,
    limits: executor.limits,
    maxRuns: executor.maxRuns,
    runsPerConnection: executor.runsPerConnection,
    attach: (channel) => executor.attach(createMeteredChannel(channel, { ended })),
    stats: () => executor.stats(),
    drain: () => executor.drain(),
    close: () => executor.close(),
  };
}
