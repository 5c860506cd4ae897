import { IsomuxError } from './errors.ts';
import { describeValue } from './header-fields.ts';
import { MAX_TOOL_NAME_LENGTH } from './limits.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What a guest finds besides ECMAScript's own globals, on every backend. */
export const PORTABLE_GLOBALS: readonly string[] = Object.freeze(
  words(`
    console setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone URL URLSearchParams
    TextEncoder TextDecoder atob btoa crypto performance AbortController AbortSignal
  `),
);

/** Words that strict code, or code in an async function, cannot use as a name. */
const RESERVED_WORDS = words(`
  break case catch class const continue debugger default delete do else enum export extends false finally for function if
  import in instanceof new null return super switch this throw true try typeof var void while with
  implements interface let package private protected public static yield await eval arguments
`);

/** Globals of ECMAScript, the newest ones and those an engine may lack or Isomux removes included. */
const LANGUAGE_GLOBALS = words(`
  globalThis undefined NaN Infinity isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape unescape Object Function Boolean Symbol Error AggregateError EvalError RangeError
  ReferenceError SyntaxError TypeError URIError SuppressedError Number BigInt Math Date Temporal String RegExp Array
  Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array
  Float16Array Float32Array Float64Array Map Set WeakMap WeakSet WeakRef FinalizationRegistry ArrayBuffer
  SharedArrayBuffer DataView Atomics JSON Iterator AsyncIterator Promise Proxy Reflect Intl DisposableStack
  AsyncDisposableStack ShadowRealm WebAssembly
`);

/** Globals that a host may add, and classes that the portable globals bring with them. */
const RUNTIME_GLOBALS = words('env fetch Headers Request Response DOMException Event EventTarget');

const GLOBALS: ReadonlySet<string> = new Set([...LANGUAGE_GLOBALS, ...PORTABLE_GLOBALS, ...RUNTIME_GLOBALS]);
const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS);
const IDENTIFIER = /^[$_\p{ID_Start}][$\u200c\u200d\p{ID_Continue}]*$/u;

function refuse(name: unknown, why: string): never {
  throw new IsomuxError('TOOL_NAME_INVALID', `the tool name ${describeValue(name)} ${why}; rename the tool`);
}

/**
 * Throws unless guest code could call a tool of this name as a global function without losing anything else: it must be
 * an identifier, no reserved word, and no global that ECMAScript or the runtime provides. The list is fixed, so the same
 * names are refused on every backend. `constructor` and `toString` are ordinary names.
 *
 * @throws IsomuxError `TOOL_NAME_INVALID` naming the tool and the reason.
 */
export function assertToolName(name: unknown): asserts name is string {
  if (typeof name !== 'string') refuse(name, 'is not a string');
  if (name.length > MAX_TOOL_NAME_LENGTH) refuse(name, `is longer than ${MAX_TOOL_NAME_LENGTH} characters`);
  if (!IDENTIFIER.test(name)) refuse(name, 'is not a JavaScript identifier');
  if (RESERVED.has(name)) refuse(name, 'is a reserved word of JavaScript');
  if (GLOBALS.has(name)) refuse(name, 'is the name of a global that every program has');
  if (name === '__proto__') refuse(name, 'would replace the prototype of the global object');
}
