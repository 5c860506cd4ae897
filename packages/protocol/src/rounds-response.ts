import { IsomuxError, type OutcomeError } from './errors.ts';
import { describeValue, isFields, readList } from './header-fields.ts';
import { LIMIT_RANGES } from './limits.ts';
import { PROTOCOL_VERSION } from './messages.ts';
import type { ExecuteDone, ExecuteResponse, ExecuteUpgrade, ToolCallRequest } from './rounds.ts';

const MAX_CALLS = LIMIT_RANGES.maxCalls.max;
const MAX_LINES = LIMIT_RANGES.maxLogLines.max + 100;

function fail(field: string, expected: string, value: unknown): never {
  throw new IsomuxError('PROTOCOL_ERROR', `${field} of the server's answer must be ${expected}; it is ${describeValue(value)}`);
}

function readString(value: unknown, field: string): string {
  return typeof value === 'string' ? value : fail(field, 'a string', value);
}

/**
 * Checks the answer to a round, field by field, and returns a fresh object of its known fields. What a server left out
 * that has a plain meaning is filled in: no `logs` are none, a failure without `error` gets one that says so.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the field and what it must be; a call id that comes twice too.
 */
export function parseExecuteResponse(value: unknown): ExecuteResponse {
  if (!isFields(value)) return fail('the body', 'an object with a status', value);
  switch (value.status) {
    case 'done':
      return readDone(value.success, value.value, value.error, readLogs(value.logs));
    case 'need_tools':
      return { status: 'need_tools', toolCalls: readCalls(value.toolCalls), logs: readLogs(value.logs) };
    case 'error':
      return { status: 'error', error: readError(value.error) };
    default:
      return fail('status', 'done, need_tools or error', value.status);
  }
}

/**
 * Whether a server's answer says that it speaks the whole protocol, in this version, and has not looked at the round. For clients that have asked
 * with `accept`; to others {@link parseExecuteResponse} refuses such an answer.
 */
export function isExecuteUpgrade(value: unknown): value is ExecuteUpgrade {
  return isFields(value) && value.status === 'upgrade' && value.protocol === PROTOCOL_VERSION;
}

function readDone(success: unknown, value: unknown, error: unknown, logs: readonly string[]): ExecuteDone {
  if (typeof success !== 'boolean') return fail('success', 'true or false', success);
  if (!success) return { status: 'done', success, error: readError(error), logs };
  return value === undefined ? { status: 'done', success, logs } : { status: 'done', success, value, logs };
}

function readLogs(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_LINES) return fail('logs', `an array of up to ${MAX_LINES} strings`, value);
  return Array.from(value as unknown[], (line, index) => readString(line, `logs[${index}]`));
}

function readCalls(value: unknown): readonly ToolCallRequest[] {
  if (!Array.isArray(value)) return fail('toolCalls', 'an array', value);
  const ids = new Set<string>();
  return Array.from(readList(value, "the server's answer", 'toolCalls', 1, MAX_CALLS), (call, index) => {
    const field = `toolCalls[${index}]`;
    if (!isFields(call)) return fail(field, 'an object', call);
    const id = readString(call.id, `${field}.id`);
    if (id === '' || ids.has(id)) return fail(`${field}.id`, 'an id that no other call has', id);
    ids.add(id);
    return { id, name: readString(call.name, `${field}.name`), args: call.args };
  });
}

function readError(value: unknown): OutcomeError {
  if (value === undefined || value === null) return { name: 'Error', message: 'The server did not say what failed.' };
  if (!isFields(value)) return fail('error', 'an object', value);
  const optional = (field: 'name' | 'stack' | 'code'): string | undefined =>
    value[field] === undefined || value[field] === null ? undefined : readString(value[field], `error.${field}`);
  const name = optional('name') ?? 'Error';
  const message = readString(value.message, 'error.message');
  const stack = optional('stack');
  const code = optional('code');
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
}
