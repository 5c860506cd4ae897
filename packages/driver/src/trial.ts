import { IsomuxError, createOutcomeError, isErrorCode } from '@isomux/protocol';
import type { OutcomeError } from '@isomux/protocol';
import type { ToolBinding } from './isolate-driver.ts';
import type { PrepareSettings } from './prepare-options.ts';
import type { Result } from './result.ts';
import type { RunPlan } from './run-plan.ts';
import { isOverBytes } from './text-size.ts';

/** The part of a run's plan that is not the driver's. */
type TrialPlan = Pick<
  RunPlan,
  'code' | 'tools' | 'limits' | 'clock' | 'globals' | 'env' | 'observers' | 'signals' | 'preparation' | 'affinityKey'
>;

/**
 * Plans the run that only tries a preparation out. Throws `PREPARATION_FAILED` for code that is over its size: no executor
 * needs to see it.
 */
export function planTrial({ preparation, contexts, trialLimits, trialSignals }: PrepareSettings): TrialPlan {
  const { code, header, tools } = preparation;
  if (isOverBytes(code, header.maxCodeBytes)) {
    const cause = createOutcomeError('CODE_TOO_LARGE', `it is over maxCodeBytes (${header.maxCodeBytes}) of the preparation`);
    throw new IsomuxError('PREPARATION_FAILED', `The code could not be prepared: ${cause.name}: ${cause.message}`, { cause });
  }
  const { globals, env, affinityKey } = contexts;
  return {
    code: '',
    tools: new Map(tools.map((name) => [name, NO_TOOL])),
    limits: trialLimits,
    clock: 'logical',
    globals,
    env,
    affinityKey,
    observers: [],
    signals: trialSignals,
    preparation: { ...preparation, header: { ...header, trial: true } },
  };
}

/** No executor that keeps the protocol calls it. */
const NO_TOOL: ToolBinding = {
  execute: () => {
    throw new IsomuxError('PROTOCOL_ERROR', 'a tool was called while code was being prepared');
  },
};

/** The console lines of a trial. Throws what `prepare` rejects with when it failed. */
export function readTrial(result: Result): readonly string[] {
  if (result.success) return Object.freeze(result.logs);
  throw describeTrialFailure(result.error);
}

/** The executor is not trusted: what it says beside the codes of the table is a breach of the protocol. */
function describeTrialFailure(error: OutcomeError): IsomuxError {
  const { code, message, cause } = error;
  if (code === 'PREPARATION_FAILED') return new IsomuxError(code, message, { cause: cause ?? error });
  return new IsomuxError(isErrorCode(code) ? code : 'PROTOCOL_ERROR', message, { cause: error });
}
