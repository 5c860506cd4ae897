import { createOutcomeError } from './errors.ts';
import type { ErrorCode, OutcomeError } from './errors.ts';
import type { Limits } from './limits.ts';

/**
 * The error a run ends with for a code of ours, in the same words whichever half ends it: what happened, the limit and
 * its value, and the way out. `detail` is for codes whose cause differs from case to case, and must be fit for a guest to read.
 */
export function describeOutcome(code: ErrorCode, limits: Limits, detail = ''): OutcomeError {
  return createOutcomeError(code, sentence(code, limits, detail));
}

function sentence(code: ErrorCode, limits: Limits, detail: string): string {
  switch (code) {
    case 'TIMEOUT':
      return `The run timed out: its wall budget of ${limits.wallMs} ms (wallMs) is used up. Allow more time, or do less in one run.`;
    case 'CPU_TIMEOUT':
      return `The run timed out: the program executed for longer than its CPU budget of ${limits.cpuMs} ms (cpuMs). Allow more, or compute less in one run.`;
    case 'QUEUE_TIMEOUT':
      return `The wall budget of ${limits.wallMs} ms (wallMs) passed while the run waited for a free place. Try again, or allow more runs at once.`;
    case 'STALLED':
      return 'The program waits for a promise that nothing can settle: no tool call is running and no timer is set.';
    case 'MEMORY_LIMIT':
      return `The program exceeded its memory limit of ${limits.memoryBytes} bytes (memoryBytes). Allow more, or hold less at once.`;
    case 'STACK_OVERFLOW':
      return 'The program exceeded its stack size limit and did not catch the error. Check for recursion that never ends.';
    case 'ABORTED':
      return 'The run was aborted by its AbortSignal.';
    case 'DISPOSED':
      return 'The context has been disposed. Create another one to run programs.';
    case 'OVERLOADED':
      return 'The executor runs and queues as many runs as it may. Try again later, or allow more at once.';
    case 'DRAINING':
      return 'The executor is shutting down and begins no more runs. Try again, or give the driver another endpoint.';
    case 'CODE_TOO_LARGE':
      return `The program is over maxCodeBytes (${limits.maxCodeBytes}). Allow more, or move data into tools.`;
    case 'REPLAY_DIVERGED':
      return `The replayed run did something other than its ledger says: ${detail}. It was stopped before any effect.`;
    case 'ENGINE_CRASHED':
      return `The engine failed under this run${detail === '' ? '' : `: ${detail}`}. Other runs are not affected.`;
    default:
      return detail === '' ? code : detail;
  }
}
