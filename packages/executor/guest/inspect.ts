import { quote } from './json.ts';
import {
  apply,
  arrayBufferLength,
  bigintToString,
  ceil,
  dataValue,
  dateGetTime,
  dateToISOString,
  floor,
  functionToString,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  isNativeError,
  mapForEach,
  mapSize,
  NativePromise,
  numberIsFinite,
  objectPrototype,
  ownKeys,
  regExpFlags,
  regExpSource,
  setForEach,
  setSize,
  stringIndexOf,
  stringSlice,
  symbolToString,
  typedArrayLength,
  typedArrayTag,
} from './primordials.ts';

const MAX_DEPTH = 16;
/** Text of one call stops growing here, so that one console call on a huge structure stays cheap. */
const MAX_CHARS = 262_144;

interface Ancestor {
  readonly value: object;
  readonly up: Ancestor | undefined;
}

/** One line for one value, as the driver contract lays it down. Never throws, whatever the value does. */
export function describe(value: unknown): string {
  return inspect(value, true, undefined, 0);
}

/** One console call's arguments as one line: format directives first, the rest joined by spaces. */
export function formatArguments(args: readonly unknown[]): string {
  let line = '';
  let next = 0;
  const first = args.length > 0 ? args[0] : undefined;
  if (typeof first === 'string' && args.length > 1 && stringIndexOf(first, '%') !== -1) {
    let i = 0;
    next = 1;
    while (i < first.length) {
      const percent = stringIndexOf(first, '%', i);
      if (percent === -1 || percent === first.length - 1) break;
      line += stringSlice(first, i, percent);
      const directive = first[percent + 1] as string;
      i = percent + 2;
      if (directive === '%') line += '%';
      else if (stringIndexOf('sdifjoOc', directive) === -1 || next >= args.length) line += `%${directive}`;
      else line += formatDirective(directive, args[next++]);
    }
    line += stringSlice(first, i);
  } else if (args.length > 0) {
    line = describe(first);
    next = 1;
  }
  for (; next < args.length && line.length < MAX_CHARS; next++) line += ` ${describe(args[next])}`;
  return line;
}

function formatDirective(directive: string, value: unknown): string {
  if (directive === 'c') return '';
  if (directive === 's' || directive === 'j' || directive === 'o' || directive === 'O') return describe(value);
  if (typeof value === 'bigint') return describe(value);
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') return 'NaN';
  const number = +value;
  return directive === 'i' && numberIsFinite(number) ? `${number < 0 ? ceil(number) : floor(number)}` : `${number}`;
}

function inspect(value: unknown, top: boolean, up: Ancestor | undefined, depth: number): string {
  switch (typeof value) {
    case 'string':
      return top ? value : quote(value);
    case 'number':
      return value === 0 && 1 / value < 0 ? '-0' : `${value}`;
    case 'bigint':
      return `${bigintToString(value)}n`;
    case 'symbol':
      return symbolToString(value);
    case 'undefined':
      return 'undefined';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'function':
      try {
        return inspectFunction(value);
      } catch {
        return '[Throws]';
      }
    default:
      if (value === null) return 'null';
      try {
        return inspectObject(value as object, top, up, depth);
      } catch {
        return '[Throws]';
      }
  }
}

function inspectFunction(value: object): string {
  const name = dataValue(value, 'name');
  const named = typeof name === 'string' && name !== '';
  let source = '';
  try {
    source = functionToString(value);
  } catch {
    source = '';
  }
  if (stringSlice(source, 0, 5) === 'class' && !isWordCharacter(source[5])) return named ? `[class ${name}]` : '[class (anonymous)]';
  return named ? `[Function: ${name}]` : '[Function (anonymous)]';
}

function isWordCharacter(c: string | undefined): boolean {
  return c !== undefined && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c === '_' || c === '$');
}

/** What a brand check says: the check's own value for the real thing, undefined for a look-alike. */
function probe<T>(check: (value: object) => T, value: object): T | undefined {
  try {
    return check(value);
  } catch {
    return undefined;
  }
}

function inspectObject(value: object, top: boolean, up: Ancestor | undefined, depth: number): string {
  for (let a = up; a !== undefined; a = a.up) if (a.value === value) return '[Circular]';
  if (depth >= MAX_DEPTH) return '[…]';
  if (isNativeError(value)) return bare(errorLine(value), top);
  const here: Ancestor = { value, up };
  const prototype = getPrototypeOf(value);
  const isList = isArray(value);
  // Plain things are most things, and a brand check that fails is an exception.
  if (!isList && prototype !== objectPrototype && prototype !== null) {
    const branded = inspectBranded(value, top, here, depth);
    if (branded !== undefined) return branded;
  }
  const toJSON = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJSON === 'function') return inspect(apply(toJSON, value, ['']), top, here, depth + 1);
  if (isList) return inspectArray(value as readonly unknown[], here, depth);
  const className = classOf(prototype);
  if (className === 'RegExp') {
    const source = probe(regExpSource, value);
    if (source !== undefined) return `/${source}/${regExpFlags(value)}`;
  }
  if (className === 'Promise' || className === 'WeakMap' || className === 'WeakSet') return `${className} {}`;
  const body = inspectMembers(value, here, depth);
  return className === '' || className === 'Object' ? body : `${className} ${body}`;
}

function bare(text: string, top: boolean): string {
  return top ? text : quote(text);
}

/** Dates, maps, sets and binary data, known by what they are and not by what they say. Undefined for anything else. */
function inspectBranded(value: object, top: boolean, here: Ancestor, depth: number): string | undefined {
  const time = probe(dateGetTime as never as (value: object) => number, value);
  if (time !== undefined) return bare(time === time ? dateToISOString(value as Date) : 'Invalid Date', top);
  const entries = probe(mapSize, value);
  if (entries !== undefined) {
    let out = '';
    let left = entries;
    mapForEach(value as Map<unknown, unknown>, (entry, key) => {
      if (isFull(out)) return;
      out += `${left-- === entries ? '' : ', '}${inspect(key, false, here, depth + 1)} => ${inspect(entry, false, here, depth + 1)}`;
    });
    return `Map(${entries}) {${out}${left > 0 ? ', …' : ''}}`;
  }
  const members = probe(setSize, value);
  if (members !== undefined) {
    let out = '';
    let left = members;
    setForEach(value as Set<unknown>, (entry) => {
      if (!isFull(out)) out += `${left-- === members ? '' : ', '}${inspect(entry, false, here, depth + 1)}`;
    });
    return `Set(${members}) {${out}${left > 0 ? ', …' : ''}}`;
  }
  const tag = probe(typedArrayTag, value);
  if (tag !== undefined) {
    const length = typedArrayLength(value);
    let out = '';
    let i = 0;
    for (; i < length && !isFull(out); i++) out += `${i === 0 ? '' : ','}${inspect((value as never)[i], false, here, depth + 1)}`;
    return `${tag}(${length}) [${out}${i < length ? ',…' : ''}]`;
  }
  const bytes = probe(arrayBufferLength, value);
  return bytes === undefined ? undefined : `ArrayBuffer(${bytes})`;
}

/** True when enough was written: an ellipsis stands for the rest. */
function isFull(out: string): boolean {
  return out.length >= MAX_CHARS;
}

function errorLine(value: object): string {
  let name: unknown = 'Error';
  let message: unknown = '';
  try {
    name = (value as Error).name;
  } catch {
    name = 'Error';
  }
  try {
    message = (value as Error).message;
  } catch {
    message = '[Throws]';
  }
  const shown = typeof name === 'string' && name !== '' ? name : 'Error';
  return typeof message === 'string' && message !== '' ? `${shown}: ${message}` : shown;
}

function classOf(prototype: object | null): string {
  if (prototype === null || prototype === objectPrototype) return '';
  if (prototype === NativePromise.prototype) return 'Promise';
  const constructor = dataValue(prototype, 'constructor');
  if (typeof constructor !== 'function') return '';
  const name = dataValue(constructor, 'name');
  return typeof name === 'string' ? stringSlice(name, 0, 100) : '';
}

function inspectArray(value: readonly unknown[], here: Ancestor, depth: number): string {
  let out = '';
  let i = 0;
  for (; i < value.length && !isFull(out); i++) out += `${i === 0 ? '' : ','}${member(value, i, here, depth)}`;
  return `[${out}${i < value.length ? ',…' : ''}]`;
}

function inspectMembers(value: object, here: Ancestor, depth: number): string {
  const keys = ownKeys(value);
  let out = '';
  let i = 0;
  for (; i < keys.length && !isFull(out); i++) {
    const key = keys[i] as string | symbol;
    if (typeof key === 'symbol' || getOwnPropertyDescriptor(value, key)?.enumerable !== true) continue;
    out += `${out === '' ? '' : ','}${quote(key)}:${member(value, key, here, depth)}`;
  }
  return `{${out}${i < keys.length ? ',…' : ''}}`;
}

/** One member; accessors are named, not run. */
function member(value: object, key: PropertyKey, here: Ancestor, depth: number): string {
  try {
    const descriptor = getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined) return 'undefined';
    if (!hasOwn(descriptor, 'value')) return '[Getter]';
    // Read, not taken from the descriptor: a Proxy's `get` trap has its say.
    return inspect((value as Record<PropertyKey, unknown>)[key], false, here, depth + 1);
  } catch {
    return '[Throws]';
  }
}
