import { isStackOverflow } from './engine-errors.ts';
import { PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX, PROGRAM_PREFIX, PROGRAM_SUFFIX, programPlace } from '../src/realm-wire.ts';
import {
  createObject,
  dataValue,
  defineProperty,
  evalInGlobalScope,
  guestFunction,
  isNativeError,
  isTypeOfObject,
  mapHas,
  mapSet,
  NativeMap,
  NativeReferenceError,
  regExpExec,
  setOwn,
  stringIndexOf,
} from './primordials.ts';

/** What compiling came to: a function, or the engine's SyntaxError with the place it names as `line:column`, when it names one. */
export type Compiled<T> = { readonly ok: true; readonly value: T } | CompileFailure;

export interface CompileFailure {
  readonly ok: false;
  readonly message: string;
  readonly place: string | undefined;
  /** Set where the source was too deep for the engine's parser, which says nothing about its syntax. */
  readonly tooDeep: unknown;
}

/**
 * Compiles a program without running anything. `evaluate` decides what the program sees: the global scope, or that of
 * prepared code, which may have run before and patched what it liked. It may throw what is no SyntaxError.
 */
export function compileProgram(text: string, evaluate: (source: string) => unknown): Compiled<() => Promise<unknown>> {
  // A body that has no closing brace cannot close the function it stands in.
  const failure = stringIndexOf(text, '}') === -1 ? undefined : checkSyntax(text, PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX);
  if (failure !== undefined) return failure;
  try {
    return {
      ok: true,
      value: evaluate(`${PROGRAM_PREFIX}${text}${PROGRAM_SUFFIX}\n//# sourceURL=program.js`) as () => Promise<unknown>,
    };
  } catch (thrown) {
    if (!isNativeError(thrown)) throw thrown;
    return compileFailure(thrown, text, PROGRAM_PREFIX);
  }
}

/** Parses a text in a wrapper that throws before it runs anything. */
export function checkSyntax(text: string, prefix: string, suffix: string): CompileFailure | undefined {
  try {
    evalInGlobalScope(prefix + text + suffix);
  } catch (thrown) {
    // What the wrapper throws says that the whole of it was parsed.
    if (thrown !== 0) return compileFailure(thrown, text, prefix);
  }
  return undefined;
}

/** Reads own data only: what the error inherits may be a guest's by now. */
export function compileFailure(thrown: unknown, text: string, prefix: string): CompileFailure {
  const error = isTypeOfObject(thrown) ? thrown : createObject(null);
  const message = dataValue(error, 'message');
  const line = dataValue(error, 'lineNumber');
  const column = dataValue(error, 'columnNumber');
  return {
    ok: false,
    message: typeof message === 'string' ? message : 'Invalid program',
    place: typeof line === 'number' ? programPlace(text, prefix, line, typeof column === 'number' ? column : 1) : undefined,
    tooDeep: isStackOverflow(thrown) ? thrown : undefined,
  };
}

/** A tool's name in the program, with what tells how it is meant: a test of its type, or the `.` or quote before it. */
const MENTION = /(\btypeof(?:\s{1,8}|\s{0,8}\(\s{0,8})|[.'"`])?\b((?:external|skill)_[A-Za-z0-9_$]+)/g;
const MAX_MENTIONS = 1_000;
const MAX_NAMES = 50;

/**
 * Makes a mentioned but not offered tool say which tools there are. The global is an accessor that throws the
 * ReferenceError an undeclared name would. Names that the program looks up otherwise than by using them (`typeof name`,
 * `globalThis.name`, `'name' in globalThis`) are left undeclared, so that looking finds nothing.
 */
export function installUnknownTools(code: string, tools: readonly string[]): void {
  if (stringIndexOf(code, 'external_') === -1 && stringIndexOf(code, 'skill_') === -1) return;
  const known = new NativeMap<string, true>();
  for (let i = 0; i < tools.length; i++) mapSet(known, tools[i] as string, true);
  const names: string[] = [];
  for (let found = regExpExec(MENTION, code), n = 0; found !== null && n < MAX_MENTIONS; found = regExpExec(MENTION, code), n++) {
    const name = found[2] as string;
    if (found[1] !== undefined) mapSet(known, name, true);
    else if (!mapHas(known, name)) setOwn(names, names.length, name);
  }
  if (names.length === 0) return;
  let offered = '';
  for (let i = 0; i < tools.length && i < MAX_NAMES; i++) offered += `${i === 0 ? '' : ', '}${tools[i] as string}`;
  if (tools.length > MAX_NAMES) offered += ` and ${tools.length - MAX_NAMES} more`;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (mapHas(known, name)) continue;
    mapSet(known, name, true);
    const descriptor = createObject(null) as PropertyDescriptor;
    descriptor.configurable = true;
    descriptor.get = guestFunction((): never => {
      throw new NativeReferenceError(`${name} is not defined. Tools that exist: ${offered === '' ? 'none' : offered}`);
    }, `get ${name}`);
    descriptor.set = guestFunction((value: unknown): void => setOwn(globalThis, name, value, false), `set ${name}`, 1);
    defineProperty(globalThis, name, descriptor);
  }
}
