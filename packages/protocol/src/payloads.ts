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
  /** Undefined unless the header has a `preparation`. */
  readonly preparation?: PreparationPayloads | undefined;
}

/** What the payloads of an `open` message say of its preparation. */
export interface PreparationPayloads {
  /** Prepared code: the text of a script. */
  readonly code: string;
  /** The tools it declares, all of which the run offers. */
  readonly tools: readonly string[];
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
  const payloads = [JSON.stringify(open.code), JSON.stringify(open.tools), open.env ?? 'null'];
  if (open.preparation === undefined) return payloads;
  return [...payloads, JSON.stringify(open.preparation.code), JSON.stringify(open.preparation.tools)];
}

/**
 * Reads the payloads of an `open` message and validates them.
 *
 * @throws IsomuxError `PROTOCOL_ERROR`, or `TOOL_NAME_INVALID` for a name that cannot be offered.
 */
export function parseOpenPayloads(payloads: readonly string[]): OpenPayloads {
  const code = parseStringPayload(payloads[0], 'the code of an open message');
  const tools = parseToolNames(payloads[1], 'the tool names of an open message');
  const env = parseJson(payloads[2], 'the env of an open message');
  const open = { code, tools: [...tools], env: env === null ? null : (payloads[2] ?? null) };
  return payloads.length === 3 ? open : { ...open, preparation: parsePreparation(payloads, tools) };
}

function parsePreparation(payloads: readonly string[], offered: ReadonlySet<string>): PreparationPayloads {
  const code = parseStringPayload(payloads[3], 'the prepared code of an open message');
  const tools = [...parseToolNames(payloads[4], 'the declared tools of an open message')];
  const missing = tools.find((name) => !offered.has(name));
  if (missing === undefined) return { code, tools };
  throw new IsomuxError('PROTOCOL_ERROR', `the run is not offered the tool ${describeValue(missing)}, which its prepared code declares`);
}

function parseToolNames(payload: string | undefined, what: string): ReadonlySet<string> {
  const names = parseJson(payload, what);
  if (!Array.isArray(names) || names.length > MAX_TOOLS) {
    throw new IsomuxError('PROTOCOL_ERROR', `${what} must be an array of up to ${MAX_TOOLS}; it is ${describeValue(names)}`);
  }
  const tools = new Set<string>();
  for (const name of names as unknown[]) {
    assertToolName(name);
    if (tools.has(name)) throw new IsomuxError('PROTOCOL_ERROR', `the tool ${describeValue(name)} is offered twice`);
    tools.add(name);
  }
  return tools;
}

function readOptionalString(value: unknown, field: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new IsomuxError('PROTOCOL_ERROR', `${field} of an error payload must be a string; it is ${describeValue(value)}`);
}

/**
 * Reads a payload that holds an {@link OutcomeError}: a failed outcome or a failed tool call. Only its known fields come
 * back, all of them strings but `cause`, which has no cause itself.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the field.
 */
export function parseOutcomeError(payload: string | undefined): OutcomeError {
  const value = parseJson(payload, 'an error payload');
  const error = readError(value, 'an error payload');
  const cause = isFields(value) ? value.cause : undefined;
  return cause === undefined ? error : { ...error, cause: readError(cause, 'the cause of an error payload') };
}

function readError(value: unknown, what: string): OutcomeError {
  if (!isFields(value)) throw new IsomuxError('PROTOCOL_ERROR', `${what} must be an object; it is ${describeValue(value)}`);
  const { name, message } = value;
  if (typeof name !== 'string') throw new IsomuxError('PROTOCOL_ERROR', `name of ${what} must be a string; it is ${describeValue(name)}`);
  if (typeof message !== 'string') {
    throw new IsomuxError('PROTOCOL_ERROR', `message of ${what} must be a string; it is ${describeValue(message)}`);
  }
  const stack = readOptionalString(value.stack, 'stack');
  const code = readOptionalString(value.code, 'code');
  return { name, message, ...(stack === undefined ? {} : { stack }), ...(code === undefined ? {} : { code }) };
}
