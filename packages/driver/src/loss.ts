import { describeOutcome } from '@isomux/protocol';
import type { ErrorCode, IsomuxError, Limits } from '@isomux/protocol';
import type { Loss } from './session.ts';

/** Codes of faults that something inside the executor may have caused: a guest, for all the driver half knows. */
const CRASH_CODES: ReadonlySet<ErrorCode> = new Set(['ENGINE_CRASHED', 'MEMORY_LIMIT', 'PROTOCOL_ERROR', 'FRAME_INVALID']);

/**
 * True for a fault that a run of the channel may have caused. All else takes an executor away from outside (somebody killed
 * it, the connection broke, it was told to close), or comes after the culprit has had its outcome: no run is to blame.
 */
export function isCrash(fault: IsomuxError | undefined): boolean {
  return fault !== undefined && CRASH_CODES.has(fault.code);
}

/** What is known of a run when its executor is lost. */
export interface LossVerdict {
  /** The code with which the run ends at once; undefined where a replay may help. */
  readonly now: ErrorCode | undefined;
  /** The code with which it ends if it cannot be replayed. */
  readonly otherwise: ErrorCode;
}

/** Judges a loss by the code of its fault. `executing`: the executor owed a report on this run. */
export function judgeLoss({ fault, alone }: Loss, executing: boolean): LossVerdict {
  const code = fault?.code;
  switch (code) {
    case 'VERSION_MISMATCH':
      // Every executor of this address would say the same.
      return { now: code, otherwise: code };
    case 'PROTOCOL_ERROR':
    case 'FRAME_INVALID':
      return { now: alone ? 'PROTOCOL_ERROR' : undefined, otherwise: 'PROTOCOL_ERROR' };
    case 'MEMORY_LIMIT':
      // Beside others nobody knows whose memory it was: each suspect gets an executor of its own, where it will show.
      return { now: alone ? code : undefined, otherwise: executing ? code : 'ENGINE_CRASHED' };
    case 'ENGINE_CRASHED':
    case 'ENGINE_UNAVAILABLE':
      return { now: undefined, otherwise: code };
    default:
      return { now: undefined, otherwise: 'EXECUTOR_LOST' };
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
