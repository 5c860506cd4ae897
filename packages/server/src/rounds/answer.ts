import { createOutcomeError, type ErrorCode, type ExecuteResponse, type OutcomeError, type ToolCallRequest } from '@isomux/protocol';
import type { RoundCall, RoundOutcome } from './round-run.ts';

/**
 * The JSON texts of values and arguments, as they came from the program. An answer is written with them instead of the values that
 * were read from them, which may nest deeper than what can be written.
 */
const texts = new WeakMap<object, string>();

/** Codes by which an executor says that it did not execute the program, as against what became of it. */
const REFUSALS: ReadonlySet<string | undefined> = new Set<ErrorCode>(['OVERLOADED', 'DRAINING', 'EXECUTOR_LOST', 'REPLAY_DIVERGED']);

/** The answer that says that the server did not execute the program. */
export function createRefusal(code: ErrorCode, message: string): ExecuteResponse {
  const { name } = createOutcomeError(code, message);
  return { status: 'error', error: { name, message, code } };
}

/** The answer to a round that ended the run. */
export function answerOutcome(outcome: RoundOutcome, logs: readonly string[]): ExecuteResponse {
  switch (outcome.kind) {
    case 'undefined':
      return { status: 'done', success: true, logs };
    case 'value':
      return answerValue(outcome.text, logs);
    default:
      return outcome.refused && REFUSALS.has(outcome.error.code)
        ? { status: 'error', error: withoutCause(outcome.error) }
        : { status: 'done', success: false, error: withoutCause(outcome.error), logs };
  }
}

function answerValue(text: string, logs: readonly string[]): ExecuteResponse {
  try {
    const response: ExecuteResponse = { status: 'done', success: true, value: JSON.parse(text), logs };
    texts.set(response, text);
    return response;
  } catch {
    return {
      status: 'done',
      success: false,
      error: createOutcomeError('ENGINE_CRASHED', 'The engine returned a value that is no JSON.'),
      logs,
    };
  }
}

function withoutCause({ name, message, stack, code }: OutcomeError): OutcomeError {
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
}

/** The answer to a round after which the client has tools to call. The first of the ids carries what there is to carry. */
export function answerCalls(calls: readonly RoundCall[], suffix: string, logs: readonly string[]): ExecuteResponse {
  const toolCalls = calls.map(({ id, tool, argument }, index): ToolCallRequest => {
    const args: unknown = JSON.parse(argument);
    const call = { id: index === 0 ? `tc_${id}.${suffix}` : `tc_${id}`, name: tool, args };
    texts.set(call, argument);
    return call;
  });
  return { status: 'need_tools', toolCalls, logs };
}

/** Writes an answer as JSON. What the program gave crosses as it is: it was read, so that it is JSON. */
export function encodeAnswer(response: ExecuteResponse): string {
  if (response.status === 'need_tools') {
    const calls = response.toolCalls.map((call) => {
      const { id, name } = call;
      return `${JSON.stringify({ id, name }).slice(0, -1)},"args":${texts.get(call) ?? JSON.stringify(call.args)}}`;
    });
    return `{"status":"need_tools","toolCalls":[${calls.join(',')}],"logs":${JSON.stringify(response.logs)}}`;
  }
  const text = texts.get(response);
  if (text === undefined || response.status === 'error') return JSON.stringify(response);
  return `{"status":"done","success":true,"value":${text},"logs":${JSON.stringify(response.logs)}}`;
}
