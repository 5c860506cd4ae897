import type { ClockMode, GlobalsPreset, LogLevel } from '@isomux/protocol';

/**
 * The text that crosses into and out of a realm, once each way per turn: one line of JSON, then payload texts, whose
 * lengths (UTF-16 code units) the line gives. Payloads are sliced, never parsed on the way.
 *
 * This is private to executor and guest runtime, which always ship together; the protocol between the halves is another.
 */

/** First line into the realm. `i` are the inputs in order: globals, preparation, start, resolve, reject, timer. */
export interface InputLine {
  /** Logical time, milliseconds since the epoch with a fraction. */
  readonly n: number;
  readonly i: readonly InputEntry[];
}

/**
 * `['g', configLength]` (makes the globals of a preset for a run that nothing is known of yet; alone in its turn),
 * `['p', configLength, codeLength]` and `['s', configLength, codeLength]` (all JSON texts), `['v', callId, length]` (value),
 * `['e', callId, length]` (error), `['t', timerId]`. A preparation is alone in its turn and comes before the start, if at all.
 */
export type InputEntry =
  | readonly ['g', number]
  | readonly ['p', number, number]
  | readonly ['s', number, number]
  | readonly ['v', number, number]
  | readonly ['e', number, number]
  | readonly ['t', number];

/**
 * The first payload of a start or a preparation: all that the runtime must know about it. After a preparation the run's
 * `tools` begin with the preparation's, and its `globals` are the same.
 */
export interface RealmConfig {
  readonly tools: readonly string[];
  readonly seed: string;
  readonly startMs: number;
  readonly clock: ClockMode;
  readonly globals: GlobalsPreset;
  /** JSON text of the frozen global `env`, or null for none, and where a preparation has put it there already. */
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
  /** Present once, when the program, or the preparation, has ended. */
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

/**
 * Prepared code is wrapped in the same way, in a function that ends by giving the way into its scope: a direct eval of
 * what the runtime has put on the global object for that moment. It binds no name, so that programs see none of it.
 */
export const PREPARED_PREFIX = '(()=>{"use strict";';
/** The property in which a program's wrapped text waits to be compiled. */
export const PREPARED_SLOT = 'isomux:program';
/** What stands after prepared code. */
export const PREPARED_SUFFIX: string = `\n;return()=>eval(this["${PREPARED_SLOT}"])})`;
/** The second wrapper of prepared code. As in a method, nothing can close it; and `return` and `await` mean nothing in it. */
export const PREPARED_CHECK_PREFIX = '"use strict";throw 0;(class{static{';
/** Its end. */
export const PREPARED_CHECK_SUFFIX = '\n}})';
/** A third one, only for the words of its error: a block says that `return` is misplaced, and nothing about classes. */
export const PREPARED_BLOCK_PREFIX = '"use strict";throw 0;{';
/** Its end. */
export const PREPARED_BLOCK_SUFFIX = '\n}';

/**
 * A program's text, or prepared code, as what stands in a function: without a byte order mark, a hashbang line turned into
 * a comment. Length and lines stay.
 */
export function programBody(code: string): string {
  const mark = code[0] === '\uFEFF' ? ' ' : '';
  const text = code.slice(mark.length);
  return mark + (text.startsWith('#!') ? `//${text.slice(2)}` : text);
}

/**
 * `line:column` in the program of a place in its wrapped text. A place past the program's end, in the wrapper's own last
 * line, is the end: that is where a brace too few or too many shows. The runtime uses it when guest code has run already,
 * so it calls nothing.
 */
export function programPlace(body: string, prefix: string, line: number, column: number): string {
  let lines = 1;
  let lineStart = 0;
  for (let i = 0; i < body.length; i++) {
    const character = body[i];
    if (character === '\n' || character === '\u2028' || character === '\u2029' || (character === '\r' && body[i + 1] !== '\n')) {
      lines++;
      lineStart = i + 1;
    }
  }
  if (line > lines) return `${lines}:${body.length - lineStart + 1}`;
  const inBody = line === 1 ? column - prefix.length : column;
  return `${line}:${inBody < 1 ? 1 : inBody}`;
}
