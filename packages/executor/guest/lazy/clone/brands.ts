/**
 * Tells what an object really is, whatever its prototype or `Symbol.toStringTag` say: each test calls a method of the
 * language that throws for an object without the internal slot.
 */

type Method = (this: unknown, ...args: never[]) => unknown;

function getter(prototype: object, key: PropertyKey): Method {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get;
  if (get === undefined) throw new TypeError(`No getter for ${String(key)}`);
  return get;
}

function brand(method: Method): (value: object) => boolean {
  return (value) => {
    try {
      method.call(value);
      return true;
    } catch {
      return false;
    }
  };
}

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const getTypedArrayName = getter(typedArrayPrototype, Symbol.toStringTag) as (this: unknown) => string | undefined;
const getDetached = getter(ArrayBuffer.prototype, 'detached') as (this: ArrayBuffer) => boolean;

export const isArrayBuffer = brand(getter(ArrayBuffer.prototype, 'byteLength')) as (value: object) => value is ArrayBuffer;
export const isDate = brand(Date.prototype.getTime) as (value: object) => value is Date;
export const isMap = brand(getter(Map.prototype, 'size')) as (value: object) => value is Map<unknown, unknown>;
/** True of `RegExp.prototype` too, which answers for its `source`. */
export const isRegExp = brand(getter(RegExp.prototype, 'source')) as (value: object) => value is RegExp;
export const isSet = brand(getter(Set.prototype, 'size')) as (value: object) => value is Set<unknown>;
export const isBooleanObject = brand(Boolean.prototype.valueOf) as (value: object) => value is Boolean;
export const isNumberObject = brand(Number.prototype.valueOf) as (value: object) => value is Number;
export const isStringObject = brand(String.prototype.valueOf) as (value: object) => value is String;
export const isBigIntObject = brand(BigInt.prototype.valueOf) as (value: object) => value is BigInt;
const isSymbolObject = brand(Symbol.prototype.valueOf) as (value: object) => value is Symbol;
const isWeakMap = brand(WeakMap.prototype.has);
const isWeakSet = brand(WeakSet.prototype.has);

export const isError: (value: object) => value is Error =
  (Error as { isError?: (value: object) => value is Error }).isError ??
  ((value): value is Error => Object.prototype.toString.call(value) === '[object Error]');

export function isDetached(buffer: ArrayBuffer): boolean {
  return getDetached.call(buffer);
}

/** `Uint8Array` and so on, or undefined for a DataView and everything else. */
export function typedArrayName(value: object): string | undefined {
  return getTypedArrayName.call(value);
}

/** What has state of its own that no copy can have. For most of these the language has no test but their tag. */
export function isUncloneable(value: object, tag: string): boolean {
  return (
    isSymbolObject(value) ||
    isWeakMap(value) ||
    isWeakSet(value) ||
    /^(?:Arguments|Promise|WeakRef)$|(?:Generator|Iterator|Iterator Helper)$/.test(tag)
  );
}
