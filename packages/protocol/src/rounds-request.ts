import { IsomuxError } from './errors.ts';
import { describeValue, isFields, readList, type UnknownFields } from './header-fields.ts';
import type { LimitsInput } from './limit-parser.ts';
import { LIMIT_NAMES, LIMIT_RANGES, type Limits } from './limits.ts';
import type { Settlement } from './ledger.ts';
import { PROTOCOL_VERSION } from './messages.ts';

/** A result that a request of the round protocol brings: as its call's settlement, and by the id under which it came. */
export interface RoundResult extends Settlement {
  /** The id as the client sent it. `id` is the number in it. */
  readonly key: string;
  /** What follows the number and a dot; empty where nothing does. Unchecked but for its alphabet, that of base64url. */
  readonly suffix: string;
}

/** A request of the round protocol, checked. */
export interface RoundRequest {
  readonly code: string;
  /** Names of the tools, in order. Not checked: a name that cannot be offered is no malformed request. */
  readonly tools: readonly unknown[];
  /** In the order of the calls, none twice. */
  readonly results: readonly RoundResult[];
  /** Wall budget in milliseconds; undefined where the client leaves it to the server. */
  readonly wallMs: number | undefined;
  /** Heap of the guest; undefined likewise. */
  readonly memoryBytes: number | undefined;
  /** The other limits that the client has asked for. */
  readonly limits: LimitsInput;
}

const MiB = 1024 * 1024;

/** Tools that one request may offer, as an `open` message may. */
const MAX_TOOLS = 10_000;
/** Results that one request may bring: as many as a run may make calls. */
const MAX_RESULTS = LIMIT_RANGES.maxCalls.max;
/** Protocols that one request may name. */
const MAX_ACCEPTED = 16;
const ID = /^tc_(0|[1-9]\d{0,5})(?:\.([A-Za-z0-9_-]+))?$/;

function fail(field: string, expected: string, value: unknown): never {
  throw new IsomuxError('PROTOCOL_ERROR', `${field} must be ${expected}; it is ${describeValue(value)}`);
}

/** Existing clients write null where they have nothing to say. */
function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/**
 * Checks the body of `POST /execute`, field by field. Fields it does not know are ignored.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the field and what it must be.
 */
export function parseExecuteRequest(body: unknown): RoundRequest {
  if (!isFields(body)) return fail('the body', 'an object with code and tools', body);
  const { code } = body;
  if (typeof code !== 'string') return fail('code', 'a string', code);
  const { wallMs, memoryBytes, ...limits } = readLimits(body.limits);
  return {
    code,
    tools: readTools(body.tools),
    results: readResults(body.toolResults),
    wallMs: readAmount(body.timeout, 'timeout') ?? wallMs,
    memoryBytes: readMegabytes(body.memoryLimit) ?? memoryBytes,
    limits,
  };
}

/**
 * Whether the client that sent a request of the round protocol would rather speak the whole protocol. False for everything that does not say
 * so in the field `accept`, whatever it is.
 */
export function acceptsUpgrade(body: unknown): boolean {
  const accept = isFields(body) ? body.accept : undefined;
  return Array.isArray(accept) && accept.length <= MAX_ACCEPTED && accept.includes(`isomux.${PROTOCOL_VERSION}`);
}

function readTools(value: unknown): readonly unknown[] {
  if (isMissing(value)) return [];
  return Array.from(readList(value, 'the body', 'tools', 0, MAX_TOOLS), (tool, index) =>
    isFields(tool) ? tool.name : fail(`tools[${index}]`, 'an object with a name', tool),
  );
}

function readAmount(value: unknown, field: string): number | undefined {
  if (isMissing(value)) return undefined;
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  return fail(field, 'a finite number that is not negative', value);
}

function readLimits(value: unknown): LimitsInput {
  const limits: { -readonly [Name in keyof Limits]?: number } = {};
  if (isMissing(value)) return limits;
  if (!isFields(value)) return fail('limits', 'an object', value);
  for (const name of LIMIT_NAMES) {
    const limit = readAmount(value[name], `limits.${name}`);
    if (limit !== undefined) limits[name] = limit;
  }
  return limits;
}

function readMegabytes(value: unknown): number | undefined {
  const megabytes = readAmount(value, 'memoryLimit');
  return megabytes === undefined ? undefined : Math.min(megabytes * MiB, LIMIT_RANGES.memoryBytes.max);
}

function readResults(value: unknown): readonly RoundResult[] {
  if (isMissing(value)) return [];
  if (!isFields(value)) return fail('toolResults', 'an object', value);
  const entries = Object.entries(value);
  if (entries.length > MAX_RESULTS) return fail('toolResults', `an object of up to ${MAX_RESULTS}`, value);
  const results = entries.map(([key, payload]) => readResult(key, payload)).toSorted((a, b) => a.id - b.id);
  for (const [index, { id, key }] of results.entries()) {
    if (results[index + 1]?.id === id) throw new IsomuxError('PROTOCOL_ERROR', `toolResults has call ${describeValue(key)} twice`);
  }
  return results;
}

function readResult(key: string, payload: unknown): RoundResult {
  const [, digits, suffix = ''] = ID.exec(key) ?? [];
  if (digits === undefined) return fail('a key of toolResults', 'the id of a call, tc_0 and so on', key);
  const field = `toolResults.tc_${digits}`;
  if (!isFields(payload)) return fail(field, 'an object with success', payload);
  const { success } = payload;
  if (typeof success !== 'boolean') return fail(`${field}.success`, 'true or false', success);
  return {
    key,
    id: Number(digits),
    suffix,
    ok: success,
    text: success ? encodeValue(payload.value, `${field}.value`) : encodeError(payload, field),
  };
}

function encodeValue(value: unknown, field: string): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    throw new IsomuxError('PROTOCOL_ERROR', `${field} is nested too deeply`);
  }
}

function encodeError(payload: UnknownFields, field: string): string {
  const read = (name: string): string | undefined => {
    const value = payload[name];
    return isMissing(value) || typeof value === 'string' ? (value ?? undefined) : fail(`${field}.${name}`, 'a string', value);
  };
  // The words of existing servers.
  const message = read('error') ?? 'Tool call failed';
  return JSON.stringify({ name: read('name') ?? 'Error', message, code: read('code') });
}
