import {
  adoptPrototype,
  construct,
  dataValue,
  deleteProperty,
  getPrototypeOf,
  guestFunction,
  isNativeError,
  NativeError,
  NativeRangeError,
  NativeWeakSet,
  setOwn,
  stringSlice,
  weakSetAdd,
  weakSetHas,
} from './primordials.ts';

/**
 * Tells an error the engine itself raised for an exhausted stack or heap from one a program made. Provenance decides: the
 * guest's `RangeError` brands everything it constructs, QuickJS's `InternalError` cannot be constructed at all, and only an
 * error that no program made is looked at further. `throw new RangeError('Maximum call stack size exceeded')` stays a RangeError.
 */
const madeByGuest: WeakSet<object> = new NativeWeakSet();
const InternalError = (globalThis as { InternalError?: ErrorConstructor }).InternalError;
const internalErrorPrototype: object | undefined = InternalError?.prototype;
const captureStackTrace = (NativeError as { captureStackTrace?: (error: object, above: unknown) => void }).captureStackTrace;

/** Puts the branding `RangeError` in place and takes `InternalError` away. Once, before guest code. */
export function installEngineErrors(): void {
  if (internalErrorPrototype !== undefined) {
    deleteProperty(globalThis, 'InternalError');
    setOwn(internalErrorPrototype, 'constructor', NativeError, false);
  }
  // A plain function: it must be callable with and without `new`, like the one it replaces.
  function make(message: unknown, options: unknown): object {
    const args = message === undefined && options === undefined ? [] : [message, options];
    const error = construct(NativeRangeError, args, new.target ?? make) as object;
    weakSetAdd(madeByGuest, error);
    if (captureStackTrace !== undefined) captureStackTrace(error, make);
    return error;
  }
  adoptPrototype(make, NativeRangeError.prototype);
  const BrandingRangeError = guestFunction(make, 'RangeError', 1) as unknown as RangeErrorConstructor;
  adoptPrototype(BrandingRangeError, NativeRangeError.prototype);
  Reflect.setPrototypeOf(BrandingRangeError, NativeError);
  setOwn(NativeRangeError.prototype, 'constructor', BrandingRangeError, false);
  setOwn(globalThis, 'RangeError', BrandingRangeError, false);
}

function engineMessage(value: unknown): string | undefined {
  try {
    if (typeof value !== 'object' || value === null || !isNativeError(value) || weakSetHas(madeByGuest, value)) return undefined;
    const prototype = getPrototypeOf(value);
    if (prototype !== NativeRangeError.prototype && (internalErrorPrototype === undefined || prototype !== internalErrorPrototype))
      return undefined;
    const message = dataValue(value, 'message');
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** True for the engine's own stack overflow error. */
export function isStackOverflow(value: unknown): boolean {
  const message = engineMessage(value);
  return message === 'Maximum call stack size exceeded' || message === 'stack overflow';
}

/** What QuickJS says, with a position, when it had no memory to compile into. */
const UNCOMPILED = 'bytecode buffer overflow';

/** Engine-made errors that mean "no more memory": QuickJS's, then V8's for buffers, strings and collections. */
export function isOutOfMemory(value: unknown): boolean {
  const message = engineMessage(value);
  if (message !== undefined && stringSlice(message, 0, UNCOMPILED.length) === UNCOMPILED) return true;
  switch (message) {
    case 'out of memory':
    case 'Array buffer allocation failed':
    case 'Invalid string length':
    case 'invalid string length':
    case 'string too long':
    case 'Map maximum size exceeded':
    case 'Set maximum size exceeded':
      return true;
    default:
      return false;
  }
}
