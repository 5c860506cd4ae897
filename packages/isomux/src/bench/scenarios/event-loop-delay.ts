import type { DriverUnderTest } from '../driver-under-test.ts';
import type { Scenario } from '../scenario.ts';
import { type BenchProgram, openContext, timeRun } from '../verified-run.ts';

const GUEST_MS = 500;
const TICK_MS = 1;
/** What the guest may fall short of, once in its calibration, for a host that is busy with other things. */
const TOLERANCE = 0.1;

/** The longest that the host's event loop stood still, beyond the timer's own period, while a guest computed. */
export const eventLoopDelay: Scenario = {
  id: 'event-loop-delay',
  title: `event-loop delay of the host under a ${GUEST_MS} ms guest`,
  unit: 'ms',
  samples: 8,
  quickSamples: 3,
  warmups: 1,
  prepare: async (driver) => {
    const program = spin(await calibrate(driver));
    return async () => {
      const context = await openContext(driver, program);
      const stop = watchEventLoop();
      await context.run();
      const delayMs = stop();
      await context.close();
      return delayMs;
    };
  },
};

/** Steps of {@link spin} that take this driver as long as asked: engines differ by a factor of thirty, and a guest's clock may stand still. */
async function calibrate(driver: DriverUnderTest): Promise<number> {
  let steps = 100_000;
  let ms = await timeRun(driver, spin(steps));
  while (ms < GUEST_MS * (1 - TOLERANCE)) {
    // What a short run takes is mostly not the loop: the next one is at most ten times as long.
    steps = Math.ceil(steps * Math.min(10, GUEST_MS / ms));
    ms = await timeRun(driver, spin(steps));
  }
  return steps;
}

/** A guest that computes for so many steps, without a pause. */
function spin(steps: number): BenchProgram {
  return {
    code: `let hash = 1
for (let i = 0; i < ${steps}; i++) hash = (Math.imul(hash, 1664525) + i) | 0
return hash`,
    tools: {},
    expected: hashOf(steps),
  };
}

function hashOf(steps: number): number {
  let hash = 1;
  for (let i = 0; i < steps; i++) hash = Math.trunc(Math.imul(hash, 1_664_525) + i) | 0;
  return hash;
}

function watchEventLoop(): () => number {
  let lastMs = performance.now();
  let longestMs = 0;
  const look = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(look, TICK_MS);
  return () => {
    clearInterval(timer);
    look();
    return Math.max(0, longestMs - TICK_MS);
  };
}
