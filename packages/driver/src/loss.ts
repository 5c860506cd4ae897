import { describeOutcome } from '@isomux/protocol';
import type { ErrorCode, IsomuxError, Limits } from '@isomux/protocol';
import type { Loss } from './session.ts';

/** What is known of a run when its executor is lost. */
export interface LossVerdict {
  /** The code with which the run ends at once; undefined where a replay may help. */
  readonly now: ErrorCode | undefined;
  /** The code with which it ends if it cannot be replayed. */
  readonly otherwise: ErrorCode;
}

/**
 * Judges a loss by the code of its fault. `executing`: the executor owed a report on this run. `guilty`: the run was in
 * execution when it lost an executor before, too.
 */
export function judgeLoss({ fault, alone }: Loss, executing: boolean, guilty: boolean): LossVerdict {
  const code = fault?.code;
  switch (code) {
    case 'VERSION_MISMATCH':
      // Every executor of this address would say the same.
      return { now: code, otherwise: code };
    case 'PROTOCOL_ERROR':
    case 'FRAME_INVALID':
      return { now: alone ? 'PROTOCOL_ERROR' : undefined, otherwise: 'PROTOCOL_ERROR' };
    case 'MEMORY_LIMIT':
      // With several in execution nobody knows whose memory it was: each gets an executor of its own, where it will show.
      return { now: alone ? code : undefined, otherwise: executing ? code : 'ENGINE_CRASHED' };
    case 'ENGINE_CRASHED':
    case 'ENGINE_UNAVAILABLE':
    case 'EXECUTOR_LOST':
      return { now: undefined, otherwise: code };
    default:
      return { now: undefined, otherwise: guilty ? 'ENGINE_CRASHED' : 'EXECUTOR_LOST' };
  }
}

/** Says to people what such a loss means. The fault's own text is for the host, who finds it in the event. */
export function describeLoss(code: ErrorCode, limits: Limits, fault: IsomuxError | undefined): string {
  switch (code) {
    case 'MEMORY_LIMIT':
      return describeOutcome(code, limits).message;
    case 'ENGINE_CRASHED':
      return 'The engine died under this run, and the run could not be taken up elsewhere.';
    case 'EXECUTOR_LOST':
      return 'The executor went away, and the run could not be taken up elsewhere.';
    case 'PROTOCOL_ERROR':
      return 'The channel to the executor carried something that the protocol does not allow.';
    default:
      return fault?.message ?? 'The executor was lost.';
  }
}
