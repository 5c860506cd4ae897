import { quote } from './json.ts';
import { describe } from './inspect.ts';
import { isOutOfMemory, isStackOverflow } from './engine-errors.ts';
import {
  dataValue,
  getOwnPropertyDescriptor,
  isNativeError,
  regExpExec,
  stringIndexOf,
  stringSlice,
  NativeString,
  NativeWeakSet,
  weakSetAdd,
  weakSetHas,
} from './primordials.ts';
import { PREPARED_PREFIX, PROGRAM_PREFIX } from '../src/realm-wire.ts';

/** A thrown value as plain strings: safe to put anywhere, whatever was thrown. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code: string | undefined;
}

const MAX_TEXT = 16_384;
const MAX_FRAMES = 20;
/** V8 writes `name (program.js:1:2)`, QuickJS `name (<input>:1:2)`; frames of anything else are not the guest's. */
const FRAME = /^\s*at (?:async )?(?:(.*?) \()?(program\.js|prepared\.js|<input>):(\d+):(\d+)\)?$/;

/** Describes what a program threw. May run guest code (getters, proxies) and still never throws. */
export function captureThrown(value: unknown): Thrown {
  if (isStackOverflow(value))
    return limitThrown(
      'StackOverflowError',
      'The program exceeded its stack size limit. Check for recursion that never ends.',
      'STACK_OVERFLOW',
      value,
    );
  if (isOutOfMemory(value))
    return limitThrown(
      'MemoryLimitError',
      'The program exceeded its memory limit. Allow more, or hold less at once.',
      'MEMORY_LIMIT',
      value,
    );
  if (typeof value !== 'object' || value === null) {
    const message = typeof value === 'function' ? describe(value) : safeString(value);
    return { name: 'Error', message: cut(message), stack: cut(`Error: ${message}`), code: undefined };
  }
  const error = isNativeError(value);
  const name = readString(value, 'name') ?? 'Error';
  const message = readString(value, 'message') ?? (error ? '' : describe(value));
  const code = readCode(value);
  const stack = `${name}: ${message}${error ? guestFrames(value) : ''}${causes(value, 0)}`;
  return { name: cut(name === '' ? 'Error' : name), message: cut(message), stack: cut(stack), code };
}

function limitThrown(name: string, message: string, code: string, value: unknown): Thrown {
  return { name, message, code, stack: cut(`${name}: ${message}${guestFrames(value as object)}`) };
}

/** The JSON text of an OutcomeError. */
export function thrownToJson(thrown: Thrown): string {
  const code = thrown.code === undefined ? '' : `,"code":${quote(thrown.code)}`;
  return `{"name":${quote(thrown.name)},"message":${quote(thrown.message)},"stack":${quote(thrown.stack)}${code}}`;
}

function safeString(value: unknown): string {
  try {
    return NativeString(value);
  } catch {
    return 'unknown';
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${stringSlice(text, 0, MAX_TEXT)}…` : text;
}

function readString(value: object, key: string): string | undefined {
  try {
    const read = (value as Record<string, unknown>)[key];
    return typeof read === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

function readCode(value: object): string | undefined {
  try {
    const read = (value as { code?: unknown }).code;
    return typeof read === 'string' ? cut(read) : typeof read === 'number' ? `${read}` : undefined;
  } catch {
    return undefined;
  }
}

/** Errors whose stack was made by {@link guestFrames}: their columns are the guest's already. */
const cleanStacks: WeakSet<object> = new NativeWeakSet();

/** Says that an error's stack shows nothing but guest frames, in the guest's columns. */
export function markCleanStack(error: object): void {
  weakSetAdd(cleanStacks, error);
}

/** The guest's own frames of an error's stack, each on a line of its own, with the wrapper taken out of the first line's columns. */
export function guestFrames(value: object): string {
  const raw = readString(value, 'stack');
  if (raw === undefined) return '';
  const isClean = weakSetHas(cleanStacks, value);
  let out = '';
  let frames = 0;
  let from = 0;
  for (let lines = 0; lines < 200 && frames < MAX_FRAMES && from <= raw.length; lines++) {
    const newline = stringIndexOf(raw, '\n', from);
    const end = newline === -1 ? raw.length : newline;
    if (end - from < 400) {
      const frame = parseFrame(stringSlice(raw, from, end), isClean);
      if (frame !== '') {
        out += `\n${frame}`;
        frames++;
      }
    }
    from = end + 1;
  }
  return out;
}

function parseFrame(line: string, isClean: boolean): string {
  const match = regExpExec(FRAME, line);
  if (match === null) return '';
  const file = match[2] === 'prepared.js' ? 'prepared.js' : 'program.js';
  const row = +(match[3] as string);
  const prefix = file === 'prepared.js' ? PREPARED_PREFIX : PROGRAM_PREFIX;
  const column = +(match[4] as string) - (row === 1 && !isClean ? prefix.length : 0);
  if (column < 1) return '';
  const name = match[1];
  const named = name !== undefined && name !== '' && name !== 'eval' && name !== '<anonymous>' && name !== '<eval>' && name !== 'anonymous';
  return named ? `    at ${name} (${file}:${row}:${column})` : `    at ${file}:${row}:${column}`;
}

/** What an error says of its causes and, for an AggregateError, of its parts. */
function causes(value: object, depth: number): string {
  if (depth > 4) return '';
  let out = '';
  try {
    if (getOwnPropertyDescriptor(value, 'cause') !== undefined)
      out += `\nCaused by: ${oneLine((value as { cause: unknown }).cause, depth)}`;
    const parts = dataValue(value, 'errors') as { length: number; [i: number]: unknown } | undefined;
    if (typeof parts === 'object' && parts !== null) {
      for (let i = 0; i < parts.length && i < 10 && out.length < MAX_TEXT; i++) out += `\n  [errors][${i}]: ${oneLine(parts[i], depth)}`;
    }
  } catch {
    return out;
  }
  return out;
}

function oneLine(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return safeString(value);
  const name = readString(value, 'name') ?? 'Error';
  const message = readString(value, 'message') ?? describe(value);
  return `${name}: ${message}${guestFrames(value)}${causes(value, depth + 1)}`;
}
