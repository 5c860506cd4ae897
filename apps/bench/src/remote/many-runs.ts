import { type Driver, createDriver } from '@isomux/driver';
import type { Executor } from '@isomux/executor';
import { createChannelPair } from '@isomux/protocol';

/** What many runs at once came to. */
export interface ManyRuns {
  readonly runsPerSecond: number;
  readonly p99Ms: number;
}

const RUNS = 1_000;
const AT_ONCE = 64;
const PROGRAM = `
  const [a, b] = await Promise.all([next({ n: 1 }), next({ n: 2 })])
  return a + (await next({ n: b }))
`;

/** Runs a thousand programs of three calls, 64 at a time. Throws when one of them is wrong. */
export async function measureManyRuns(driver: Driver): Promise<ManyRuns> {
  const bindings = { next: { execute: ({ n }: { n: number }) => n + 1 } };
  const times: number[] = [];
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun++ < RUNS) {
      const startedMs = performance.now();
      const context = await driver.createContext({ bindings, timeout: 120_000 });
      const result = await context.execute(PROGRAM);
      await context.dispose();
      times.push(performance.now() - startedMs);
      if (!result.success || result.value !== 6) throw new Error(`a run of many failed: ${JSON.stringify(result)}`);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - startedMs) / 1_000;
  return { runsPerSecond: RUNS / seconds, p99Ms: times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? 0 };
}

/** A driver on an executor of this process, with nothing but a channel in memory between them. */
export function createLocalDriver(executor: Executor): Driver {
  return createDriver(async () => {
    const [driverEnd, executorEnd] = createChannelPair();
    executor.attach(executorEnd);
    return { channel: driverEnd, release: () => driverEnd.close() };
  });
}
