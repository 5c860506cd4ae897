import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { type BenchProgram, timeRun } from '../verified-run.ts';

const RUNS = 200;
const CONCURRENCY = 16;
const TOOL_MS = 5;

/** Many runs, some of them at once, each waiting for two tools in turn: how long a server needs for a burst. */
export const throughput: Scenario = {
  id: 'throughput',
  title: `${RUNS} runs, ${CONCURRENCY} at once, two ${TOOL_MS} ms tools each`,
  unit: 'ms',
  samples: 8,
  quickSamples: 3,
  warmups: 1,
  prepare: async (driver) => async () => {
    let started = 0;
    const work = async (): Promise<void> => {
      while (started < RUNS) {
        started += 1;
        await timeRun(driver, programFor(started));
      }
    };
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return performance.now() - startedMs;
  },
};

/** Every run has a number of its own, so that an answer which belongs to a neighbour is a wrong one. */
function programFor(run: number): BenchProgram {
  return {
    code: `const user = await external_findUser({ id: ${run} })
const orders = await external_listOrders({ user: user.name })
return { user: user.name, orders: orders.length }`,
    tools: {
      external_findUser: async () => {
        await sleep(TOOL_MS);
        return { name: `user ${run}` };
      },
      external_listOrders: async () => {
        await sleep(TOOL_MS);
        return [1, 2, 3];
      },
    },
    expected: { user: `user ${run}`, orders: 3 },
  };
}
