/**
 * Everything of the language the runtime uses after guest code has run, captured before it. A guest may patch
 * `Promise.prototype.then`, `Array.prototype`, `JSON` or `Object.prototype`; nothing below looks any of that up again.
 *
 * Rules for the rest of `guest/`: no method calls on values, no spread, no array destructuring, no `for…of`, no `await`,
 * no writes to a property that is not own already, no `JSON.stringify` of the runtime's own objects. Template literals are
 * for strings and numbers only: the bundle has sums in their place.
 */

/** Turns a method into a function of its receiver. A bound `call` is invoked without any property lookup. */
const { bind, call } = Function.prototype;
const uncurryThis = bind.bind(call) as <F extends (...args: never[]) => unknown>(
  method: F,
) => (self: unknown, ...args: Parameters<F>) => ReturnType<F>;

export const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
export const { create: createObject, freeze, prototype: objectPrototype } = Object;
export const { isArray } = Array;
export const isBufferView: (value: unknown) => value is ArrayBufferView = ArrayBuffer.isView;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { ceil, floor, max, round, trunc } = Math;
export const NativePromise: PromiseConstructor = Promise;
export const NativeError: ErrorConstructor = Error;
export const NativeTypeError: TypeErrorConstructor = TypeError;
export const NativeRangeError: RangeErrorConstructor = RangeError;
export const NativeReferenceError: ReferenceErrorConstructor = ReferenceError;
export const NativeMap: MapConstructor = Map;
export const NativeWeakMap: WeakMapConstructor = WeakMap;
export const NativeWeakSet: WeakSetConstructor = WeakSet;
export const NativeDate: DateConstructor = Date;
export const NativeUint8Array: Uint8ArrayConstructor = Uint8Array;
export const NativeString: StringConstructor = String;
const hasInstance: (constructor: unknown, value: unknown) => boolean = uncurryThis(Function.prototype[Symbol.hasInstance]) as never;
export const isNativeError: (value: unknown) => boolean = (Error as { isError?: (value: unknown) => boolean }).isError ?? isInstanceOfError;
function isInstanceOfError(value: unknown): boolean {
  try {
    return hasInstance(NativeError, value);
  } catch {
    return false;
  }
}
export const numberIsFinite: (value: unknown) => boolean = Number.isFinite;
export const toNumber: NumberConstructor = Number;
export const symbolToPrimitive: typeof Symbol.toPrimitive = Symbol.toPrimitive;
/** Indirect eval: evaluates in the realm's global scope, never in the runtime's. */
export const evalInGlobalScope: (source: string) => unknown = eval;

export const functionBind: (self: unknown, ...args: unknown[]) => (...args: never[]) => unknown = uncurryThis(bind) as never;
export const functionToString: (self: unknown) => string = uncurryThis(Function.prototype.toString) as never;
export const hasOwn: (object: object, key: PropertyKey) => boolean = Object.hasOwn;
export const stringSlice: (self: string, from: number, to?: number) => string = uncurryThis(String.prototype.slice) as never;
export const stringIndexOf: (self: string, search: string, from?: number) => number = uncurryThis(String.prototype.indexOf) as never;
const stringCharCodeAt: (self: string, index: number) => number = uncurryThis(String.prototype.charCodeAt) as never;
/** Each lone surrogate becomes U+FFFD: the text then survives every engine's way of passing strings. */
export const stringToWellFormed: (self: string) => string = uncurryThis(String.prototype.toWellFormed) as never;
export const regExpExec: (self: RegExp, text: string) => RegExpExecArray | null = uncurryThis(RegExp.prototype.exec) as never;
export const mapGet: <K, V>(self: Map<K, V>, key: K) => V | undefined = uncurryThis(Map.prototype.get) as never;
export const mapSet: <K, V>(self: Map<K, V>, key: K, value: V) => void = uncurryThis(Map.prototype.set) as never;
export const mapHas: (self: Map<unknown, unknown>, key: unknown) => boolean = uncurryThis(Map.prototype.has) as never;
export const mapDelete: (self: Map<unknown, unknown>, key: unknown) => boolean = uncurryThis(Map.prototype.delete) as never;
export const mapClear: (self: Map<unknown, unknown>) => void = uncurryThis(Map.prototype.clear) as never;
export const mapForEach: <K, V>(self: Map<K, V>, visit: (value: V, key: K) => void) => void = uncurryThis(Map.prototype.forEach) as never;
export const setForEach: <T>(self: Set<T>, visit: (value: T) => void) => void = uncurryThis(Set.prototype.forEach) as never;
export const weakMapGet: <V>(self: WeakMap<object, V>, key: object) => V | undefined = uncurryThis(WeakMap.prototype.get) as never;
export const weakMapSet: (self: WeakMap<object, unknown>, key: object, value: unknown) => void = uncurryThis(
  WeakMap.prototype.set,
) as never;
export const weakSetAdd: (self: WeakSet<object>, value: object) => void = uncurryThis(WeakSet.prototype.add) as never;
export const weakSetHas: (self: WeakSet<object>, value: object) => boolean = uncurryThis(WeakSet.prototype.has) as never;
export const dateToString: (self: Date) => string = uncurryThis(Date.prototype.toString) as never;
export const dateToUTCString: (self: Date) => string = uncurryThis(Date.prototype.toUTCString) as never;
export const dateToISOString: (self: Date) => string = uncurryThis(Date.prototype.toISOString) as never;
export const dateGetTime: (self: Date) => number = uncurryThis(Date.prototype.getTime) as never;
export const symbolToString: (self: symbol) => string = uncurryThis(Symbol.prototype.toString) as never;
export const numberValueOf: (self: unknown) => number = uncurryThis(Number.prototype.valueOf) as never;
export const bigintValueOf: (self: unknown) => bigint = uncurryThis(BigInt.prototype.valueOf) as never;
export const bigintToString: (self: bigint) => string = uncurryThis(BigInt.prototype.toString) as never;
/** What is in a `new Number(…)` and the like; throws for anything else. */
export const stringValueOf: (self: unknown) => string = uncurryThis(String.prototype.valueOf) as never;
export const booleanValueOf: (self: unknown) => boolean = uncurryThis(Boolean.prototype.valueOf) as never;
const nativeThen: (self: Promise<unknown>, ok: unknown, bad: unknown) => Promise<unknown> = uncurryThis(Promise.prototype.then) as never;

/** `size` of a real Map or Set; throws for anything else, which is how the inspector tells them from look-alikes. */
export const mapSize: (self: unknown) => number = uncurryThis(
  getOwnPropertyDescriptor(Map.prototype, 'size')?.get as () => number,
) as never;
export const setSize: (self: unknown) => number = uncurryThis(
  getOwnPropertyDescriptor(Set.prototype, 'size')?.get as () => number,
) as never;
export const arrayBufferLength: (self: unknown) => number = uncurryThis(
  getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get as () => number,
) as never;
const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
/** The class name of a real typed array, undefined for anything else. Needs no cooperation of the value. */
export const typedArrayTag: (self: unknown) => string | undefined = uncurryThis(
  getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get as () => string | undefined,
) as never;
export const typedArrayLength: (self: unknown) => number = uncurryThis(
  getOwnPropertyDescriptor(typedArrayPrototype, 'length')?.get as () => number,
) as never;
export const regExpSource: (self: unknown) => string = uncurryThis(
  getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get as () => string,
) as never;
export const regExpFlags: (self: unknown) => string = uncurryThis(
  getOwnPropertyDescriptor(RegExp.prototype, 'flags')?.get as () => string,
) as never;

/**
 * The value of an own data property; undefined for none and for an accessor. A descriptor inherits from the guest's
 * `Object.prototype`, so what it does not say itself must not be read from it.
 */
export function dataValue(target: object, key: PropertyKey): unknown {
  const descriptor = getOwnPropertyDescriptor(target, key);
  return descriptor !== undefined && hasOwn(descriptor, 'value') ? descriptor.value : undefined;
}

/** Defines an own data property, whatever setters the guest has put on the prototypes. */
export function setOwn(target: object, key: PropertyKey, value: unknown, enumerable = true): void {
  const descriptor = createObject(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.enumerable = enumerable;
  descriptor.writable = true;
  descriptor.configurable = true;
  defineProperty(target, key, descriptor);
}

/**
 * A function as guests see it: under this name, and, being bound, without source text of the runtime to read. The
 * receiver is lost, so it serves only functions that have no use for one.
 */
export function guestFunction<F extends (...args: never[]) => unknown>(run: F, name: string, length = 0): F {
  const bound = functionBind(run, undefined);
  describeFunction(bound, name, length);
  return bound as unknown as F;
}

/** Sets a function's `name` and `length` as the language would have. */
export function describeFunction(target: object, name: string, length: number): void {
  const descriptor = createObject(null) as PropertyDescriptor;
  descriptor.configurable = true;
  descriptor.value = name;
  defineProperty(target, 'name', descriptor);
  descriptor.value = length;
  defineProperty(target, 'length', descriptor);
}

/** Gives a constructor of the runtime's the prototype of the native one it stands for. */
export function adoptPrototype(constructor: object, prototype: object): void {
  const descriptor = createObject(null) as PropertyDescriptor;
  descriptor.value = prototype;
  descriptor.writable = false;
  defineProperty(constructor, 'prototype', descriptor);
}

/** `then` that no guest code can see: the species lookup is shadowed, so the derived promise is always a native one. */
export function thenNatively(promise: Promise<unknown>, ok: (value: never) => unknown, bad?: (reason: never) => unknown): void {
  setOwn(promise, 'constructor', undefined, false);
  setOwn(nativeThen(promise, ok, bad), 'constructor', undefined, false);
}

const settled: Promise<undefined> = Promise.resolve(undefined);
setOwn(settled, 'constructor', undefined, false);

/** Runs `job` from an otherwise empty stack when the current code has returned; what it throws is an unhandled rejection. */
export function runAsMicrotask(job: () => unknown): void {
  void nativeThen(settled, job, undefined);
}

/** True for what the language calls an object: functions, too. */
export function isTypeOfObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Length of `text` as UTF-8; a lone surrogate counts as the three bytes of its replacement. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = stringCharCodeAt(text, i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length && (stringCharCodeAt(text, i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

/** True when `text` is over `maxBytes` as UTF-8; counts only when the length alone cannot tell. */
export function isOverBytes(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && utf8Length(text) > maxBytes);
}
