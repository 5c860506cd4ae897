import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytesOfTree } from '../resident-memory.ts';
import type { Scenario } from '../scenario.ts';
import { type BenchProgram, openContext, timeRun } from '../verified-run.ts';

const CONTEXTS = 20;
/** What a driver has to put in order after a run, and to give back to the system. */
const SETTLE_MS = 300;
const WARMUP_RUNS = 5;
const ANSWER: BenchProgram = { code: 'return 6 * 7', tools: {}, expected: 42 };

/** What one context that has run a program and stays open adds to the memory of the host and of the processes it started. */
export const idleMemory: Scenario = {
  id: 'idle-memory',
  title: `memory of an idle context (mean of ${CONTEXTS})`,
  unit: 'MB',
  samples: 3,
  quickSamples: 1,
  warmups: 0,
  freshProcess: true,
  prepare: async (driver) => {
    // What the driver loads for its first run, and keeps ready for the next, belongs to no context.
    for (let run = 0; run < WARMUP_RUNS; run++) await timeRun(driver, ANSWER);
    return async () => {
      const before = await settledBytes();
      const contexts = [];
      for (let count = 0; count < CONTEXTS; count++) {
        const context = await openContext(driver, ANSWER);
        await context.run();
        contexts.push(context);
      }
      const after = await settledBytes();
      for (const context of contexts) await context.close();
      return (after - before) / CONTEXTS / 1024 / 1024;
    };
  },
};

async function settledBytes(): Promise<number> {
  await sleep(SETTLE_MS);
  globalThis.gc?.();
  return residentBytesOfTree(process.pid);
}
