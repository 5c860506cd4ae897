import {
  createOutcomeError,
  describeOutcome,
  DEFAULT_LIMITS,
  type Limits,
  type OpenHeader,
  type OpenPayloads,
  type OutcomeError,
} from '@isomux/protocol';
import { parseEmission } from './emission.ts';
import type { Realm, RealmRequest, TurnResult } from './engine.ts';
import { programBody, type RealmConfig } from './realm-wire.ts';
import { describeSyntaxError, PREPARED_WRAPPING } from './syntax-error.ts';
import { encodePreparationInput } from './turn-input.ts';

/** The prepared code that a run's realm begins with, as a first turn. */
export interface Preparation {
  readonly turn: NonNullable<RealmRequest['preparation']>;
  readonly config: RealmConfig;
  /** See `PreparationHeader.trial`. */
  readonly trial: boolean;
  readonly body: string;
  readonly wallMs: number;
}

/**
 * Makes the preparation that an `open` message asks for; undefined when there is none. Nothing of the run itself goes in
 * but the preset and, where it belongs to the preparation, `env`: so realms of one prepared driver are all alike.
 */
export function createPreparation(header: OpenHeader, payloads: OpenPayloads, ceilings: Limits): Preparation | undefined {
  if (header.preparation === undefined || payloads.preparation === undefined) return undefined;
  const { startMs, seed, env, trial } = header.preparation;
  const { code, tools } = payloads.preparation;
  const { maxCalls, maxArgumentBytes, maxReturnBytes, maxLogBytes, maxLogLines, maxTimers } = DEFAULT_LIMITS;
  const config: RealmConfig = {
    tools,
    seed,
    startMs,
    clock: 'logical',
    globals: header.globals,
    env: env ? payloads.env : null,
    maxCalls,
    maxArgumentBytes,
    maxReturnBytes,
    maxLogBytes,
    maxLogLines,
    maxTimers,
  };
  const wallMs = Math.max(1, Math.min(header.preparation.wallMs, ceilings.wallMs));
  const body = programBody(code);
  return { turn: { input: encodePreparationInput(config, body), timeoutMs: Math.ceil(wallMs) }, config, trial, body, wallMs };
}

/** Why a realm cannot be used after its preparation, as the outcome of the run that wanted it; undefined when it can. */
export async function judgePreparation(
  realm: Realm,
  result: TurnResult,
  preparation: Preparation,
  limits: Limits,
): Promise<OutcomeError | undefined> {
  const { config, body, wallMs } = preparation;
  switch (result.kind) {
    case 'emitted':
      break;
    case 'interrupted':
      return describeFailure(createOutcomeError('TIMEOUT', `its evaluation did not end within ${wallMs} ms (wallMs of the preparation)`));
    case 'memory':
      return describeFailure(createOutcomeError('MEMORY_LIMIT', `its evaluation took more than ${limits.memoryBytes} bytes (memoryBytes)`));
    case 'stack':
      return describeFailure(createOutcomeError('STACK_OVERFLOW', 'its evaluation ran out of stack'));
    default:
      return describeOutcome('ENGINE_CRASHED', limits, 'a realm could not be prepared');
  }
  const emission = parseEmission(result.text, config, 0);
  const done = emission !== undefined && emission.calls.length + emission.timersSet.length === 0 ? emission.done : undefined;
  if (done?.kind === 'syntax-error') return describeFailure(await describeSyntaxError(realm, body, done.message, PREPARED_WRAPPING));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parseEmission has looked at every field
  if (done?.kind === 'failure') return describeFailure(JSON.parse(done.text) as OutcomeError);
  if (done?.kind !== 'undefined') return describeOutcome('ENGINE_CRASHED', limits, 'the guest runtime broke its own rules');
  const [rejection] = result.rejections;
  if (rejection === undefined) return undefined;
  return describeFailure({ name: 'Error', message: `a promise was rejected and nobody handled it: ${rejection}` });
}

/** The outcome for prepared code that is over its size, which no realm needs to see. */
export function describeOversize(maxCodeBytes: number): OutcomeError {
  return describeFailure(createOutcomeError('CODE_TOO_LARGE', `it is over maxCodeBytes (${maxCodeBytes}) of the preparation`));
}

/** The outcome for prepared code on an engine that can have none, with its own words for that. */
export function describeUnprepared(why: string): OutcomeError {
  return describeFailure(createOutcomeError('INVALID_OPTION', `this executor prepares no code: ${why}`));
}

function describeFailure(cause: OutcomeError): OutcomeError {
  const message = `The code could not be prepared: ${cause.name}: ${cause.message}`;
  const frames = (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { ...createOutcomeError('PREPARATION_FAILED', message, [`PreparationError: ${message}`, ...frames].join('\n')), cause };
}
