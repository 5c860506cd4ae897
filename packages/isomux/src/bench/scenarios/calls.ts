import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { type BenchProgram, timeRun } from '../verified-run.ts';

const SEQUENTIAL_CALLS = 20;
const PARALLEL_CALLS = 50;

/** A number plus one, as a tool: what comes back depends on what went in, so an answer shows that every call was made. */
function increment(latencyMs: number): BenchProgram['tools'][string] {
  return async (args) => {
    if (latencyMs > 0) await sleep(latencyMs);
    if (typeof args !== 'object' || args === null || !('value' in args) || typeof args.value !== 'number') {
      throw new TypeError('the tool was called with something other than { value: number }');
    }
    return { value: args.value + 1 };
  };
}

/** Calls that wait for one another: what one round trip costs. */
export const sequentialCalls: Scenario = {
  id: 'sequential-calls',
  title: `${SEQUENTIAL_CALLS} sequential calls`,
  unit: 'ms',
  samples: 30,
  quickSamples: 8,
  warmups: 25,
  prepare: async (driver) => () =>
    timeRun(driver, {
      code: `let value = 0
for (let i = 0; i < ${SEQUENTIAL_CALLS}; i++) value = (await external_increment({ value })).value
return value`,
      tools: { external_increment: increment(0) },
      expected: SEQUENTIAL_CALLS,
    }),
};

function parallelCalls(latencyMs: number, counts: Pick<Scenario, 'samples' | 'quickSamples' | 'warmups'>): Scenario {
  return {
    id: `parallel-calls-${latencyMs}ms`,
    title: `${PARALLEL_CALLS} parallel calls of ${latencyMs} ms`,
    unit: 'ms',
    ...counts,
    prepare: async (driver) => () =>
      timeRun(driver, {
        code: `const numbers = Array.from({ length: ${PARALLEL_CALLS} }, (_, i) => i)
const results = await Promise.all(numbers.map((value) => external_increment({ value })))
return results.map(({ value }) => value)`,
        tools: { external_increment: increment(latencyMs) },
        expected: Array.from({ length: PARALLEL_CALLS }, (_, index) => index + 1),
      }),
  };
}

/** Calls made at once to tools that answer at once: what a call costs when it shares its crossing. */
export const parallelCallsAtOnce: Scenario = parallelCalls(0, { samples: 30, quickSamples: 8, warmups: 25 });

/** Calls made at once to tools that take a while: whether they wait together or one after the other. */
export const parallelCallsSlow: Scenario = parallelCalls(10, { samples: 12, quickSamples: 4, warmups: 5 });
