import { isOutOfMemory, isStackOverflow } from './engine-errors.ts';
import {
  apply,
  booleanValueOf,
  getOwnPropertyDescriptor,
  isArray,
  isTypeOfObject,
  jsonStringify,
  numberIsFinite,
  numberValueOf,
  ownKeys,
  stringSlice,
  stringValueOf,
} from './primordials.ts';

const TOO_DEEP = 'the value is nested too deeply for JSON';

/**
 * A value's JSON text, or the place and reason it has none. `text` undefined means the value itself is `undefined` in JSON.
 * `exhausted` is the engine's own error where it was memory that the text did not get; otherwise it is undefined.
 */
export type JsonResult =
  | { readonly ok: true; readonly text: string | undefined }
  | { readonly ok: false; readonly reason: string; readonly exhausted: unknown };

/** `JSON.stringify(value)` as a result. May run guest code (getters, proxies, `toJSON`). */
export function toJson(value: unknown): JsonResult {
  try {
    return { ok: true, text: jsonStringify(value) };
  } catch (thrown) {
    // Looking closer would run the value's code again, at the end of the stack: twice as often at every level of a recursion.
    return isStackOverflow(thrown) || isOutOfMemory(thrown) ? unwritten(thrown) : writeSlowly(value);
  }
}

function unwritten(thrown: unknown): JsonResult {
  return isOutOfMemory(thrown) ? { ok: false, reason: 'there was no memory for it', exhausted: thrown } : failed(TOO_DEEP);
}

/** Own fields only, all of them: those of `Object.prototype` are the guest's. */
function failed(reason: string): JsonResult {
  return { ok: false, reason, exhausted: undefined };
}

/** A JSON string literal. Never runs guest code: `toJSON` is not looked up on a primitive string. */
export function quote(text: string): string {
  return jsonStringify(text);
}

const MAX_DEPTH = 2_000;
const MAX_VISITS = 200_000;

interface Walk {
  visits: number;
  /** Why the value has no JSON form; empty so far. */
  reason: string;
}

interface Ancestor {
  readonly value: object;
  readonly up: Ancestor | undefined;
}

/**
 * Follows JSON.stringify's own walk, to find the first thing that has no JSON form. There may be none: QuickJS keeps its
 * place in an array, where a guest with a setter on `Array.prototype` disturbs it. Then this is the value's text.
 */
function writeSlowly(value: unknown): JsonResult {
  const walk: Walk = { visits: 0, reason: '' };
  try {
    const text = write(value, '$', '', undefined, 0, walk);
    return walk.reason === '' ? { ok: true, text } : failed(walk.reason);
  } catch (thrown) {
    return unwritten(thrown);
  }
}

function fail(walk: Walk, reason: string): undefined {
  walk.reason = reason;
}

/** The text of one value, undefined where JSON leaves it out and where `walk.reason` says that it has none. `name` is the key it is held under. */
function write(input: unknown, path: string, name: PropertyKey, up: Ancestor | undefined, depth: number, walk: Walk): string | undefined {
  let value = input;
  if (isTypeOfObject(value) || typeof value === 'bigint') {
    if (++walk.visits > MAX_VISITS) return fail(walk, 'the value has no JSON form');
    if (depth > MAX_DEPTH) return fail(walk, TOO_DEEP);
    try {
      const toJSON = (value as { toJSON?: unknown }).toJSON;
      if (typeof toJSON === 'function') value = apply(toJSON, value, [typeof name === 'number' ? `${name}` : name]);
    } catch {
      return fail(walk, `toJSON threw at ${path}`);
    }
  }
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return numberIsFinite(value) ? `${value}` : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return fail(walk, `a BigInt at ${path}`);
    case 'object':
      return value === null ? 'null' : (writeBoxed(value) ?? writeMembers(value, path, up, depth, walk));
    default:
      return undefined;
  }
}

/** `new Number(1)` and the like, which JSON writes as what is in them. */
function writeBoxed(value: object): string | undefined {
  return unbox(numberValueOf, value) ?? unbox(stringValueOf, value) ?? unbox(booleanValueOf, value);
}

function unbox(valueOf: (value: object) => unknown, value: object): string | undefined {
  try {
    return jsonStringify(valueOf(value));
  } catch {
    return undefined;
  }
}

function writeMembers(value: object, path: string, up: Ancestor | undefined, depth: number, walk: Walk): string | undefined {
  for (let a = up; a !== undefined; a = a.up) if (a.value === value) return fail(walk, `a circular reference at ${path}`);
  const here: Ancestor = { value, up };
  let length = 0;
  let keys: readonly PropertyKey[] | undefined;
  try {
    if (isArray(value)) length = value.length;
    else {
      keys = ownKeys(value);
      length = keys.length;
    }
  } catch {
    return fail(walk, `a value that cannot be read at ${path}`);
  }
  let out = '';
  for (let i = 0; i < length; i++) {
    const key = keys === undefined ? i : keys[i];
    if (typeof key === 'symbol' || key === undefined) continue;
    let member: unknown;
    try {
      if (keys !== undefined && getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue;
      member = (value as Record<PropertyKey, unknown>)[key];
    } catch {
      return fail(walk, `a getter threw at ${memberPath(path, key)}`);
    }
    const isInner = isTypeOfObject(member) || typeof member === 'bigint';
    const text = write(member, isInner ? memberPath(path, key) : '', key, here, depth + 1, walk);
    if (walk.reason !== '') return undefined;
    if (typeof key === 'number') out += `${i === 0 ? '' : ','}${text ?? 'null'}`;
    else if (text !== undefined) out += `${out === '' ? '' : ','}${quote(key)}:${text}`;
  }
  return keys === undefined ? `[${out}]` : `{${out}}`;
}

function memberPath(path: string, key: string | number): string {
  return shorten(typeof key === 'number' ? `${path}[${key}]` : isIdentifier(key) ? `${path}.${key}` : `${path}[${quote(key)}]`);
}

function shorten(path: string): string {
  return path.length > 200 ? `${stringSlice(path, 0, 100)}…${stringSlice(path, path.length - 90)}` : path;
}

function isIdentifier(key: string): boolean {
  if (key.length === 0 || key.length > 60) return false;
  for (let i = 0; i < key.length; i++) {
    const c = key[i] as string;
    const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_' || c === '$';
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
  }
  return true;
}

/** Makes every object below `value` (JSON data) read-only. */
export function deepFreeze(value: unknown, freeze: (object: object) => object): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const keys = ownKeys(value);
  for (let i = 0; i < keys.length; i++) deepFreeze((value as Record<PropertyKey, unknown>)[keys[i] as PropertyKey], freeze);
  return freeze(value);
}
