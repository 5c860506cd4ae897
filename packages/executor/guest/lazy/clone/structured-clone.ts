import { createDomException } from '../shared/dom-exception.ts';
import {
  isArrayBuffer,
  isBigIntObject,
  isBooleanObject,
  isDate,
  isDetached,
  isError,
  isMap,
  isNumberObject,
  isRegExp,
  isSet,
  isStringObject,
  isUncloneable,
  typedArrayName,
} from './brands.ts';
import { viewConstructor } from './views.ts';

/** Copies one more member of a container whose copy exists already; false when none is left. */
type Step = () => boolean;

const NATIVE_ERRORS: readonly ErrorConstructor[] = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/** Adds an ordinary property without looking at the target's prototype, so that `__proto__` and setters mean nothing. */
function put(target: object, key: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { configurable: true, enumerable, writable: true, value });
}

/** How the message of a DataCloneError names what it could not clone. */
function describe(value: unknown): string {
  try {
    if (typeof value === 'symbol' || typeof value === 'function') return String(value);
    const { constructor } = value as object;
    return typeof constructor === 'function' && constructor.name !== '' ? `#<${constructor.name}>` : '#<Object>';
  } catch {
    return '#<Object>';
  }
}

function uncloneable(value: unknown): Error {
  return createDomException('DataCloneError', `${describe(value)} could not be cloned.`);
}

/**
 * One run of the HTML standard's structured clone, serialising and deserialising in a single pass. Members wait on a stack
 * of steps instead of in recursion, in the standard's depth-first order, so that depth costs memory and never the native stack.
 */
class StructuredCloner {
  readonly #copies = new Map<object, object>();
  readonly #steps: Step[] = [];

  clone(value: unknown): unknown {
    const copy = this.#copy(value);
    for (let step = this.#steps.at(-1); step !== undefined; step = this.#steps.at(-1)) {
      if (!step()) this.#steps.pop();
    }
    return copy;
  }

  /** The copy of a value; a container's is still empty, with a step to fill it on the stack. */
  #copy(value: unknown): unknown {
    if (typeof value === 'symbol' || typeof value === 'function') throw uncloneable(value);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    // Nearly everything is this or an array; the brands cost a caught exception each.
    if (tag === 'Object') return this.#copyMembers(value, {});
    if (Array.isArray(value)) return this.#copyMembers(value, new Array(value.length));
    if (ArrayBuffer.isView(value)) return this.#remember(value, this.#copyView(value));
    if (isDate(value)) return this.#remember(value, new Date(Date.prototype.getTime.call(value)));
    if (isMap(value)) return this.#copyMap(value);
    if (isSet(value)) return this.#copySet(value);
    if (isError(value)) return this.#copyError(value);
    if (isRegExp(value)) return this.#remember(value, new RegExp(value.source, value.flags));
    if (isArrayBuffer(value)) return this.#remember(value, copyBuffer(value));
    if (isNumberObject(value)) return this.#remember(value, Object(Number.prototype.valueOf.call(value)));
    if (isStringObject(value)) return this.#remember(value, Object(String.prototype.valueOf.call(value)));
    if (isBooleanObject(value)) return this.#remember(value, Object(Boolean.prototype.valueOf.call(value)));
    if (isBigIntObject(value)) return this.#remember(value, Object(BigInt.prototype.valueOf.call(value)));
    if (isUncloneable(value, tag)) throw uncloneable(value);
    return this.#copyMembers(value, {});
  }

  #remember<T extends object>(value: object, copy: T): T {
    this.#copies.set(value, copy);
    return copy;
  }

  #copyMembers(source: object, target: object): object {
    const keys = Object.keys(source);
    let next = 0;
    this.#steps.push(() => {
      const key = keys[next];
      if (key === undefined) return false;
      next += 1;
      if (Object.hasOwn(source, key)) put(target, key, this.#copy((source as Record<string, unknown>)[key]));
      return true;
    });
    return this.#remember(source, target);
  }

  #copyMap(source: Map<unknown, unknown>): Map<unknown, unknown> {
    const target = new Map<unknown, unknown>();
    const entries: unknown[] = [];
    Map.prototype.forEach.call(source, (value, key) => entries.push(key, value));
    let next = 0;
    let key: unknown;
    this.#steps.push(() => {
      if (next === entries.length) return false;
      const copy = this.#copy(entries[next]);
      if (next % 2 === 0) key = copy;
      else target.set(key, copy);
      next += 1;
      return true;
    });
    return this.#remember(source, target);
  }

  #copySet(source: Set<unknown>): Set<unknown> {
    const target = new Set<unknown>();
    const members: unknown[] = [];
    Set.prototype.forEach.call(source, (member) => members.push(member));
    let next = 0;
    this.#steps.push(() => {
      if (next === members.length) return false;
      target.add(this.#copy(members[next]));
      next += 1;
      return true;
    });
    return this.#remember(source, target);
  }

  /** Name, message, stack and cause survive, as in V8; other properties and the guest's own class do not. */
  #copyError(source: Error): Error {
    const name = String(source.name);
    const constructor = NATIVE_ERRORS.find((candidate) => candidate.name === name) ?? Error;
    const target = new constructor();
    const { stack } = source;
    if (typeof stack === 'string') put(target, 'stack', stack, false);
    const message = Object.getOwnPropertyDescriptor(source, 'message');
    if (message !== undefined && 'value' in message) put(target, 'message', String(message.value), false);
    const cause = Object.getOwnPropertyDescriptor(source, 'cause');
    let causeLeft = cause !== undefined;
    this.#steps.push(() => {
      if (!causeLeft) return false;
      causeLeft = false;
      put(target, 'cause', this.#copy(source.cause), false);
      return true;
    });
    return this.#remember(source, target);
  }

  #copyView(source: ArrayBufferView): ArrayBufferView {
    const { buffer } = source;
    if (!isArrayBuffer(buffer)) throw uncloneable(buffer);
    // Copied first: a detached buffer is refused there.
    const copy = (this.#copies.get(buffer) ?? this.#remember(buffer, copyBuffer(buffer))) as ArrayBuffer;
    const name = typedArrayName(source);
    if (name === undefined) return new DataView(copy, source.byteOffset, source.byteLength);
    const constructor = viewConstructor(name);
    if (constructor === undefined) throw uncloneable(source);
    return new constructor(copy, source.byteOffset, (source as Uint8Array).length);
  }
}

function copyBuffer(source: ArrayBuffer): ArrayBuffer {
  if (isDetached(source)) throw detached();
  const options = source.resizable ? { maxByteLength: source.maxByteLength } : undefined;
  const copy = new ArrayBuffer(source.byteLength, options);
  new Uint8Array(copy).set(new Uint8Array(source));
  return copy;
}

function detached(): Error {
  return createDomException('DataCloneError', 'An ArrayBuffer is detached and could not be cloned.');
}

/** The buffers of a transfer list, checked. Nothing else is transferable here. */
function transferredBuffers(transfer: Iterable<unknown> | undefined): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const item of transfer ?? []) {
    if (typeof item !== 'object' || item === null || !isArrayBuffer(item)) {
      throw createDomException('DataCloneError', 'Value in the transfer list is not transferable.');
    }
    if (isDetached(item)) throw detached();
    if (buffers.includes(item)) throw createDomException('DataCloneError', 'Transfer list contains duplicate ArrayBuffer');
    buffers.push(item);
  }
  return buffers;
}

/** The global `structuredClone`. A Proxy is cloned as the object it looks like: the language cannot tell it from one. */
export function structuredClone(value: unknown, options?: { transfer?: Iterable<unknown> } | null): unknown {
  if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
  const transferred = transferredBuffers(options?.transfer);
  const copy = new StructuredCloner().clone(value);
  // Only now can nothing fail any more. The bytes have been copied already: what is left of a transfer is the old buffer's end.
  for (const buffer of transferred) buffer.transfer();
  return copy;
}
