import { createOutcomeError, type ErrorCode, type Limits, type OutcomeError } from '@isomux/protocol';

/** The sentence a run's outcome says for a code of ours: what happened, the limit, and the way out. */
export function describeOutcome(code: ErrorCode, limits: Limits, detail = ''): OutcomeError {
  return createOutcomeError(code, sentence(code, limits, detail));
}

function sentence(code: ErrorCode, limits: Limits, detail: string): string {
  switch (code) {
    case 'TIMEOUT':
      return `The run took longer than its wall budget of ${limits.wallMs} ms (wallMs). Allow more time, or do less in one run.`;
    case 'CPU_TIMEOUT':
      return `The program executed for longer than its CPU budget of ${limits.cpuMs} ms (cpuMs). Allow more, or compute less in one run.`;
    case 'QUEUE_TIMEOUT':
      return `The wall budget of ${limits.wallMs} ms (wallMs) passed while the run waited for a free place. Try again, or allow more runs at once.`;
    case 'STALLED':
      return 'The program waits for a promise that nothing can settle: no tool call is running and no timer is set.';
    case 'MEMORY_LIMIT':
      return `The program used more memory than its limit of ${limits.memoryBytes} bytes (memoryBytes). Allow more, or hold less at once.`;
    case 'STACK_OVERFLOW':
      return 'The program recursed past its stack and did not catch the error. Check for recursion that never ends.';
    case 'ABORTED':
      return 'The run was aborted by its AbortSignal.';
    case 'DISPOSED':
      return 'The context was disposed while the run was in progress.';
    case 'OVERLOADED':
      return 'The executor runs and queues as many runs as it may. Try again later, or allow more at once.';
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
