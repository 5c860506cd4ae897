import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { timeRun, type BenchProgram } from '../verified-run.ts';

/** How long nothing happens before a run that comes out of the blue. Long enough for pools to have refilled, and for caches to have cooled. */
const IDLE_MS = 50;
const BACK_TO_BACK_RUNS = 20;
const TOOLS = 40;

const ANSWER: BenchProgram = { code: 'return 6 * 7', tools: {}, expected: 42 };

/** One run after a pause: what a user waits for when an agent runs a program now and then. */
export const coldIdle: Scenario = {
  id: 'cold-idle',
  title: `cold, after ${IDLE_MS} ms idle`,
  unit: 'ms',
  samples: 40,
  quickSamples: 10,
  warmups: 25,
  prepare: async (driver) => async () => {
    await sleep(IDLE_MS);
    return timeRun(driver, ANSWER);
  },
};

/** The mean of runs one after the other: what a pool cannot hide, because it is as long as the pool is empty. */
export const coldBackToBack: Scenario = {
  id: 'cold-back-to-back',
  title: `cold, back to back (mean of ${BACK_TO_BACK_RUNS})`,
  unit: 'ms',
  samples: 20,
  quickSamples: 5,
  warmups: 6,
  prepare: async (driver) => async () => {
    let totalMs = 0;
    for (let run = 0; run < BACK_TO_BACK_RUNS; run++) totalMs += await timeRun(driver, ANSWER);
    return totalMs / BACK_TO_BACK_RUNS;
  },
};

const toolNames = Array.from({ length: TOOLS }, (_, index) => `external_tool${index}`);

/** One run after a pause, with many tools to offer: the program looks at the first and the last of them. */
export const coldTools: Scenario = {
  id: 'cold-40-tools',
  title: `cold, ${TOOLS} tools, after ${IDLE_MS} ms idle`,
  unit: 'ms',
  samples: 30,
  quickSamples: 8,
  warmups: 25,
  prepare: async (driver) => {
    const program: BenchProgram = {
      code: `return [typeof ${toolNames[0]}, typeof ${toolNames[TOOLS - 1]}]`,
      tools: Object.fromEntries(toolNames.map((name) => [name, async () => null])),
      expected: ['function', 'function'],
    };
    return async () => {
      await sleep(IDLE_MS);
      return timeRun(driver, program);
    };
  },
};
