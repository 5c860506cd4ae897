import { IsomuxError, type OutcomeError } from './errors.ts';
import { describeValue, isFields } from './header-fields.ts';
import { assertToolName } from './tool-name.ts';

/** Tools that one run may be offered. */
const MAX_TOOLS = 10_000;

/** What the payloads of an `open` message say. */
export interface OpenPayloads {
  /** The program: JavaScript function-body text. */
  readonly code: string;
  /** Names of the tools offered; each passes {@link assertToolName} and none comes twice. */
  readonly tools: readonly string[];
  /** JSON text of the frozen global `env`, or null for none. */
  readonly env: string | null;
}

function parseJson(payload: string | undefined, what: string): unknown {
  try {
    return JSON.parse(payload ?? '');
  } catch (cause) {
    throw new IsomuxError('PROTOCOL_ERROR', `${what} is not JSON`, { cause });
  }
}

/** Reads a payload that holds a JSON string, such as a console line. @throws IsomuxError `PROTOCOL_ERROR` naming `what`. */
export function parseStringPayload(payload: string | undefined, what: string): string {
  const value = parseJson(payload, what);
  if (typeof value === 'string') return value;
  throw new IsomuxError('PROTOCOL_ERROR', `${what} must be a JSON string; it is ${describeValue(value)}`);
}

/** Makes the payloads of an `open` message. The inverse of {@link parseOpenPayloads}. */
export function encodeOpenPayloads(open: OpenPayloads): readonly string[] {
  return [JSON.stringify(open.code), JSON.stringify(open.tools), open.env ?? 'null'];
}

/**
 * Reads the payloads of an `open` message and validates them.
 *
 * @throws IsomuxError `PROTOCOL_ERROR`, or `TOOL_NAME_INVALID` for a name that cannot be offered.
 */
export function parseOpenPayloads(payloads: readonly string[]): OpenPayloads {
  const code = parseStringPayload(payloads[0], 'the code of an open message');
  const names = parseJson(payloads[1], 'the tool names of an open message');
  if (!Array.isArray(names) || names.length > MAX_TOOLS) {
    throw new IsomuxError(
      'PROTOCOL_ERROR',
      `the tool names of an open message must be an array of up to ${MAX_TOOLS}; it is ${describeValue(names)}`,
    );
  }
  const tools = new Set<string>();
  for (const name of names as unknown[]) {
    assertToolName(name);
    if (tools.has(name)) throw new IsomuxError('PROTOCOL_ERROR', `the tool ${describeValue(name)} is offered twice`);
    tools.add(name);
  }
  const env = parseJson(payloads[2], 'the env of an open message');
  return { code, tools: [...tools], env: env === null ? null : (payloads[2] ?? null) };
}

function readOptionalString(value: unknown, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new IsomuxError('PROTOCOL_ERROR', `${field} of an error payload must be a string; it is ${describeValue(value)}`);
}

/**
 * Reads a payload that holds an {@link OutcomeError}: a failed outcome or a failed tool call. Only its known fields come
 * back, all of them strings.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the field.
 */
export function parseOutcomeError(payload: string | undefined): OutcomeError {
  const value = parseJson(payload, 'an error payload');
  if (!isFields(value)) throw new IsomuxError('PROTOCOL_ERROR', `an error payload must be an object; it is ${describeValue(value)}`);
  const { name, message } = value;
  if (typeof name !== 'string')
    throw new IsomuxError('PROTOCOL_ERROR', `name of an error payload must be a string; it is ${describeValue(name)}`);
  if (typeof message !== 'string') {
    throw new IsomuxError('PROTOCOL_ERROR', `message of an error payload must be a string; it is ${describeValue(message)}`);
  }
  const stack = readOptionalString(value.stack, 'stack');
  const code = readOptionalString(value.code, 'code');
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
}
