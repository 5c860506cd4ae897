import { isStackOverflow } from './engine-errors.ts';
import {
  PROGRAM_CHECK_PREFIX,
  PROGRAM_CHECK_SUFFIX,
  PROGRAM_PREFIX,
  PROGRAM_SUFFIX,
  programBody,
  programPlace,
} from '../src/realm-wire.ts';
import {
  createObject,
  defineProperty,
  evalInGlobalScope,
  guestFunction,
  mapHas,
  mapSet,
  NativeMap,
  NativeReferenceError,
  regExpExec,
  setOwn,
  stringIndexOf,
} from './primordials.ts';

/** A program that compiled, or the engine's SyntaxError with the place it names as `line:column`, when it names one; or its stack overflow. */
export type Compiled =
  | { readonly ok: true; readonly program: () => Promise<unknown> }
  | { readonly ok: false; readonly message: string; readonly place: string | undefined; readonly tooDeep: unknown };

/** Compiles without running anything. Called before any guest code, so plain language is safe here. */
export function compileProgram(code: string): Compiled {
  const text = programBody(code);
  try {
    evalInGlobalScope(PROGRAM_CHECK_PREFIX + text + PROGRAM_CHECK_SUFFIX);
  } catch (thrown) {
    // What the wrapper throws says that the whole of it was parsed.
    if (thrown !== 0) return failed(thrown, text, PROGRAM_CHECK_PREFIX);
  }
  try {
    return {
      ok: true,
      program: evalInGlobalScope(`${PROGRAM_PREFIX}${text}${PROGRAM_SUFFIX}\n//# sourceURL=program.js`) as () => Promise<unknown>,
    };
  } catch (thrown) {
    return failed(thrown, text, PROGRAM_PREFIX);
  }
}

function failed(thrown: unknown, text: string, prefix: string): Compiled {
  const { message, lineNumber, columnNumber } = thrown as { message?: unknown; lineNumber?: unknown; columnNumber?: unknown };
  const tooDeep = isStackOverflow(thrown) ? thrown : undefined;
  const place =
    typeof lineNumber === 'number'
      ? programPlace(text, prefix, lineNumber, typeof columnNumber === 'number' ? columnNumber : 1)
      : undefined;
  return { ok: false, message: typeof message === 'string' ? message : 'Invalid program', place, tooDeep };
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
