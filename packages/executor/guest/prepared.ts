import {
  PREPARED_BLOCK_PREFIX,
  PREPARED_BLOCK_SUFFIX,
  PREPARED_CHECK_PREFIX,
  PREPARED_CHECK_SUFFIX,
  PREPARED_PREFIX,
  PREPARED_SLOT,
  PREPARED_SUFFIX,
} from '../src/realm-wire.ts';
import {
  createObject,
  dataValue,
  defineProperty,
  deleteProperty,
  evalInGlobalScope,
  getOwnPropertyDescriptor,
  hasOwn,
  setOwn,
  stringToWellFormed,
} from './primordials.ts';
import { checkSyntax, compileFailure, type CompileFailure, type Compiled } from './program.ts';

/** Prepared code before it has run: run once, it gives the way into its scope. */
export type PreparedCode = () => () => unknown;

/**
 * Compiles prepared code without running it. `evaluate` is the engine's own evaluation under the name `prepared.js`, for
 * engines that take no name from the source. Where it cannot, the frames say `program.js`.
 */
export function compilePrepared(text: string, evaluate: ((source: string) => unknown) | undefined): Compiled<PreparedCode> {
  const failure = checkSyntax(text, PREPARED_CHECK_PREFIX, PREPARED_CHECK_SUFFIX);
  if (failure !== undefined) return checkSyntax(text, PREPARED_BLOCK_PREFIX, PREPARED_BLOCK_SUFFIX) ?? inOurWords(failure);
  const source = PREPARED_PREFIX + text + PREPARED_SUFFIX;
  try {
    const value = attempt(evaluate, source) ?? evalInGlobalScope(`${source}\n//# sourceURL=prepared.js`);
    return { ok: true, value: value as PreparedCode };
  } catch (thrown) {
    return compileFailure(thrown, text, PREPARED_PREFIX);
  }
}

/** Where the engine fails the runtime tries itself, and gets an error that has a place. */
function attempt(evaluate: ((source: string) => unknown) | undefined, source: string): unknown {
  // Half a character would not survive the way through the engine's own strings.
  if (evaluate === undefined || stringToWellFormed(source) !== source) return undefined;
  try {
    return evaluate(source);
  } catch {
    return undefined;
  }
}

/** The engine's words are about a class that the author has not written. */
function inOurWords({ place, tooDeep }: CompileFailure): CompileFailure {
  const message = 'It closes the script that it is, or uses `arguments` or `await` outside of a function';
  return { ok: false, message, place, tooDeep };
}

/** What {@link evaluateInScope} throws when prepared code has made compiling impossible. No guest sees it. */
export const SCOPE_IS_LOCKED: unique symbol = Symbol('locked');

/**
 * Evaluates a source in the scope of prepared code. A direct eval is one only while the name `eval` means the engine's
 * own, so that is put back for the moment if prepared code has replaced it; nothing of the guest's runs meanwhile.
 */
export function evaluateInScope(enter: () => unknown, source: string): unknown {
  const isReplaced = dataValue(globalThis, 'eval') !== evalInGlobalScope;
  const replaced = isReplaced ? copyDescriptor(getOwnPropertyDescriptor(globalThis, 'eval')) : undefined;
  try {
    if (isReplaced) putGlobal('eval', evalInGlobalScope);
    putGlobal(PREPARED_SLOT, source);
    return enter();
  } finally {
    deleteProperty(globalThis, PREPARED_SLOT);
    if (isReplaced && replaced === undefined) deleteProperty(globalThis, 'eval');
    else if (replaced !== undefined) defineProperty(globalThis, 'eval', replaced);
  }
}

function putGlobal(name: string, value: unknown): void {
  setOwn(globalThis, name, value, false);
  if (dataValue(globalThis, name) !== value) throw SCOPE_IS_LOCKED;
}

/** With nothing to inherit: a descriptor must not take what it does not say itself from the guest's `Object.prototype`. */
function copyDescriptor(descriptor: PropertyDescriptor | undefined): PropertyDescriptor | undefined {
  if (descriptor === undefined) return undefined;
  const copy = createObject(null) as PropertyDescriptor;
  copy.configurable = descriptor.configurable === true;
  copy.enumerable = descriptor.enumerable === true;
  if (hasOwn(descriptor, 'value')) {
    copy.value = descriptor.value;
    copy.writable = descriptor.writable === true;
  } else {
    copy.get = descriptor.get as () => unknown;
    copy.set = descriptor.set as (value: unknown) => void;
  }
  return copy;
}
