import type { ClockMode, GlobalsPreset, LogLevel } from '@isomux/protocol';

/**
 * The text that crosses into and out of a realm, once each way per turn: one line of JSON, then payload texts, whose
 * lengths (UTF-16 code units) the line gives. Payloads are sliced, never parsed on the way.
 *
 * This is private to executor and guest runtime, which always ship together; the protocol between the halves is another.
 */

/** First line into the realm. `i` are the inputs in order: start, resolve, reject, timer. */
export interface InputLine {
  /** Logical time, milliseconds since the epoch with a fraction. */
  readonly n: number;
  readonly i: readonly InputEntry[];
}

/** `['s', configLength, codeLength]` (both JSON texts), `['v', callId, length]` (value), `['e', callId, length]` (error), `['t', timerId]`. */
export type InputEntry =
  | readonly ['s', number, number]
  | readonly ['v', number, number]
  | readonly ['e', number, number]
  | readonly ['t', number];

/** The start input's first payload: all that the runtime must know about the run. */
export interface RealmConfig {
  readonly tools: readonly string[];
  readonly seed: string;
  readonly startMs: number;
  readonly clock: ClockMode;
  readonly globals: GlobalsPreset;
  /** JSON text of the frozen global `env`, or null for none. */
  readonly env: string | null;
  readonly maxCalls: number;
  readonly maxArgumentBytes: number;
  readonly maxReturnBytes: number;
  readonly maxLogBytes: number;
  readonly maxLogLines: number;
  readonly maxTimers: number;
}

/**
 * First line out of the realm. The runtime writes it piece by piece and the executor checks it field by field, so that no
 * code names this type: it is where the shape is said.
 *
 * @public
 */
export interface EmissionLine {
  /** Calls made: `[id, tool index, argument length]`. */
  readonly c?: readonly (readonly [number, number, number])[];
  /** Timers set: `[id, delay in ms]`. */
  readonly t?: readonly (readonly [number, number])[];
  /** Timers cleared. */
  readonly x?: readonly number[];
  /** Present once, when the program has ended. */
  readonly d?: DoneEntry;
}

/** `['v', length]` value · `['u']` undefined · `['f', length]` failure (an {@link OutcomeError}) · `['y', length]` syntax error without position. */
export type DoneEntry = readonly ['v', number] | readonly ['u'] | readonly ['f', number] | readonly ['y', number];

/** The letter before each emitted console line. */
export const LOG_LEVEL_LETTERS: Readonly<Record<string, LogLevel>> = {
  l: 'log',
  e: 'error',
  w: 'warn',
  i: 'info',
  d: 'debug',
};

/**
 * What stands before the program's text when the runtime compiles it, on the same line, so that line numbers need no
 * mapping and columns only on the first line. An arrow function can be followed only by `)` or `,` here, a class method
 * (see {@link PROGRAM_CHECK_PREFIX}) by neither: a body that closes its function early cannot satisfy both.
 */
export const PROGRAM_PREFIX = '(async()=>{"use strict";';
/** What stands after it. The newline ends a last `//` comment. */
export const PROGRAM_SUFFIX = '\n})';
/**
 * The second wrapper, only parsed, never run: whatever a body that closes it early goes on with, the script throws first,
 * and being strict it declares nothing global. (QuickJS's `Function` would run such a body's rest while it parses.)
 */
export const PROGRAM_CHECK_PREFIX = '"use strict";throw 0;(class{async m(){';
/** Its end. */
export const PROGRAM_CHECK_SUFFIX = '\n}})';

/** The program's text as function-body text: without a byte order mark, a hashbang line turned into a comment. Length and lines stay. */
export function programBody(code: string): string {
  const mark = code[0] === '\uFEFF' ? ' ' : '';
  const text = code.slice(mark.length);
  return mark + (text.startsWith('#!') ? `//${text.slice(2)}` : text);
}

/**
 * `line:column` in the program of a place in its wrapped text. A place past the program's end, in the wrapper's own last
 * line, is the end: that is where a brace too few or too many shows.
 */
export function programPlace(body: string, prefix: string, line: number, column: number): string {
  const lines = body.split(/\r\n|[\n\r\u2028\u2029]/);
  if (line > lines.length) return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
  return `${line}:${Math.max(1, line === 1 ? column - prefix.length : column)}`;
}
