import type { RealmConfig } from './realm-wire.ts';

/** A call the guest made in a turn. */
export interface EmittedCall {
  readonly id: number;
  readonly tool: string;
  /** The argument's JSON text. */
  readonly argument: string;
}

/** How the program ended, as text. */
export type EmittedDone =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'failure'; readonly text: string }
  | { readonly kind: 'syntax-error'; readonly message: string };

/** One turn's emission, checked field by field. */
export interface Emission {
  readonly calls: readonly EmittedCall[];
  readonly timersSet: readonly { readonly id: number; readonly delayMs: number }[];
  readonly timersCleared: readonly number[];
  readonly done: EmittedDone | undefined;
}

const KEYS: ReadonlySet<string> = new Set(['c', 't', 'x', 'd']);
const EMPTY: Emission = { calls: [], timersSet: [], timersCleared: [], done: undefined };
const MAX_DELAY_MS = 2_147_483_647;

/**
 * Reads what a realm's `collect` returned. The text is untrusted (law 1): anything the guest runtime would not have
 * written gives undefined, and the run ends. `nextCallId` is the id the turn's first call must have.
 */
export function parseEmission(text: string, config: RealmConfig, nextCallId: number): Emission | undefined {
  if (text === '{}\n') return EMPTY;
  if (typeof text !== 'string') return undefined;
  const newline = text.indexOf('\n');
  if (newline === -1 || newline > maxLineLength(config)) return undefined;
  let line: unknown;
  try {
    line = JSON.parse(text.slice(0, newline));
  } catch {
    return undefined;
  }
  if (!isRecord(line) || !Object.keys(line).every((key) => KEYS.has(key))) return undefined;
  const reader = { text, at: newline + 1 };
  const calls = readCalls(line['c'], config, nextCallId, reader);
  const timersSet = readTimers(line['t'], config);
  const timersCleared = readIds(line['x'], config);
  const done = line['d'] === undefined ? null : readDone(line['d'], config, reader);
  if (calls === undefined || timersSet === undefined || timersCleared === undefined || done === undefined || reader.at !== text.length)
    return undefined;
  return { calls, timersSet, timersCleared, done: done ?? undefined };
}

/** The longest first line that a turn's calls and timers can make: known before it is parsed. */
function maxLineLength({ maxCalls, maxTimers }: RealmConfig): number {
  return 256 + 64 * maxCalls + 64 * maxTimers;
}

interface Reader {
  readonly text: string;
  at: number;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readText(length: unknown, reader: Reader): string | undefined {
  if (!isIndex(length) || reader.at + length > reader.text.length) return undefined;
  const text = reader.text.slice(reader.at, reader.at + length);
  reader.at += length;
  return text;
}

function readCalls(value: unknown, config: RealmConfig, nextCallId: number, reader: Reader): EmittedCall[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || nextCallId + value.length > config.maxCalls) return undefined;
  const calls: EmittedCall[] = [];
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 3) return undefined;
    const [id, index, length] = entry as unknown[];
    const tool = isIndex(index) ? config.tools[index] : undefined;
    const argument = readText(length, reader);
    if (id !== nextCallId + calls.length || tool === undefined || argument === undefined) return undefined;
    if (argument.length > config.maxArgumentBytes) return undefined;
    calls.push({ id, tool, argument });
  }
  return calls;
}

function readTimers(value: unknown, config: RealmConfig): { id: number; delayMs: number }[] | undefined {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > config.maxTimers) return undefined;
  const timers: { id: number; delayMs: number }[] = [];
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 2) return undefined;
    const [id, delayMs] = entry as unknown[];
    if (!isIndex(id) || !isIndex(delayMs) || delayMs > MAX_DELAY_MS) return undefined;
    timers.push({ id, delayMs });
  }
  return timers;
}

function readIds(value: unknown, config: RealmConfig): number[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) && value.length <= config.maxTimers && value.every(isIndex) ? value : undefined;
}

function readDone(value: unknown, config: RealmConfig, reader: Reader): EmittedDone | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kind, length] = value as unknown[];
  if (kind === 'u') return value.length === 1 ? { kind: 'undefined' } : undefined;
  if (value.length !== 2) return undefined;
  const text = readText(length, reader);
  if (text === undefined || text.length > Math.max(config.maxReturnBytes, 1_048_576)) return undefined;
  if (kind === 'v') return { kind: 'value', text };
  const parsed = parseJson(text);
  if (kind === 'y') return typeof parsed === 'string' ? { kind: 'syntax-error', message: parsed } : undefined;
  return kind === 'f' && isFailure(parsed) ? { kind: 'failure', text } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isFailure(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, message, stack, code, cause } = value;
  const optional = (field: unknown): boolean => field === undefined || typeof field === 'string';
  // No cause: that field is the executor's own.
  return typeof name === 'string' && typeof message === 'string' && optional(stack) && optional(code) && cause === undefined;
}
