import type { Scenario } from '../scenario.ts';
import { parallelCallsAtOnce, parallelCallsSlow, sequentialCalls } from './calls.ts';
import { coldBackToBack, coldIdle, coldTools } from './cold.ts';
import { cpuKernel } from './cpu-kernel.ts';
import { eventLoopDelay } from './event-loop-delay.ts';
import { idleMemory } from './idle-memory.ts';
import { payloadIn, payloadOut } from './payload.ts';
import { throughput } from './throughput.ts';

/** Every scenario, in the order in which they are measured and reported. */
export const SCENARIOS: readonly Scenario[] = [
  coldIdle,
  coldBackToBack,
  coldTools,
  sequentialCalls,
  parallelCallsAtOnce,
  parallelCallsSlow,
  throughput,
  payloadIn,
  payloadOut,
  cpuKernel,
  idleMemory,
  eventLoopDelay,
];
