import { PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX, PROGRAM_PREFIX, PROGRAM_SUFFIX } from '../src/realm-wire.ts';
import { createObject, defineProperty, evalInGlobalScope, mapHas, mapSet, NativeFunction, NativeMap, NativeReferenceError, regExpExec, setOwn, stringIndexOf, stringSlice } from './primordials.ts';

/** A program that compiled, or the engine's SyntaxError with the place it names, when it names one. */
export type Compiled =
  | { readonly ok: true; readonly program: () => Promise<unknown> }
  | { readonly ok: false; readonly message: string; readonly line: number | undefined; readonly column: number | undefined };

/** The function-body text as the engine will see it: without BOM, a hashbang line turned into a comment. */
function prepare(code: string): string {
  let text = code;
  if (text[0] === '\uFEFF') text = stringSlice(text, 1);
  if (text[0] === '#' && text[1] === '!') text = `//${stringSlice(text, 2)}`;
  return text;
}

/** Compiles without running anything. Called before any guest code, so plain language is safe here. */
export function compileProgram(code: string): Compiled {
  const text = prepare(code);
  try {
    // Parsed only. The two extra lines are what `Function` puts before its body.
    new NativeFunction(PROGRAM_CHECK_PREFIX + text + PROGRAM_CHECK_SUFFIX);
  } catch (thrown) {
    return failed(thrown, 2, PROGRAM_CHECK_PREFIX.length);
  }
  try {
    return { ok: true, program: evalInGlobalScope(`${PROGRAM_PREFIX}${text}${PROGRAM_SUFFIX}\n//# sourceURL=program.js`) as () => Promise<unknown> };
  } catch (thrown) {
    return failed(thrown, 0, PROGRAM_PREFIX.length);
  }
}

function failed(thrown: unknown, linesBefore: number, columnsBefore: number): Compiled {
  const error = thrown as { message?: unknown; lineNumber?: unknown; columnNumber?: unknown };
  const message = typeof error.message === 'string' ? error.message : 'Invalid program';
  if (typeof error.lineNumber !== 'number') return { ok: false, message, line: undefined, column: undefined };
  const line = error.lineNumber - linesBefore;
  const column = typeof error.columnNumber === 'number' ? error.columnNumber - (line === 1 ? columnsBefore : 0) : 1;
  return { ok: false, message, line, column: column < 1 ? 1 : column };
}

const MENTION = /\b(?:external|skill)_[A-Za-z0-9_$]+/g;

/**
 * Makes a mentioned but not offered tool say which tools there are. The global is an accessor that throws the
 * ReferenceError an undeclared name would. Names the program tests with `typeof` are left undeclared.
 */
export function installUnknownTools(code: string, tools: readonly string[]): void {
  if (stringIndexOf(code, 'external_') === -1 && stringIndexOf(code, 'skill_') === -1) return;
  const known = new NativeMap<string, true>();
  for (let i = 0; i < tools.length; i++) mapSet(known, tools[i] as string, true);
  for (let found = regExpExec(MENTION, code), n = 0; found !== null && n < 1000; found = regExpExec(MENTION, code), n++) {
    const name = found[0];
    if (mapHas(known, name)) continue;
    mapSet(known, name, true);
    if (stringIndexOf(code, `typeof ${name}`) !== -1) continue;
    const descriptor = createObject(null) as PropertyDescriptor;
    descriptor.configurable = true;
    descriptor.get = (): never => {
      const shown = tools.slice(0, 50).join(', ');
      const rest = tools.length > 50 ? ` and ${tools.length - 50} more` : '';
      const error = new NativeReferenceError(`${name} is not defined. Tools that exist: ${tools.length === 0 ? 'none' : shown + rest}`);
      throw error;
    };
    descriptor.set = (value: unknown): void => setOwn(globalThis, name, value, false);
    defineProperty(globalThis, name, descriptor);
  }
}
