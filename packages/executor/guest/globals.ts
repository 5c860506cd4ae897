import type { GlobalsPreset } from '@isomux/protocol';
import {
  createObject,
  defineProperty,
  deleteProperty,
  guestFunction,
  hasOwn,
  mapHas,
  mapSet,
  NativeDate,
  NativeMap,
  ownKeys,
  setOwn,
} from './primordials.ts';

/** ECMAScript's globals that exist on every backend. Whatever else an engine brings is removed before guest code. */
const ECMASCRIPT_GLOBALS =
  'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float16Array Float32Array ' +
  'Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ' +
  'ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray ' +
  'WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt ' +
  'undefined unescape';

/** Globals that each preset takes away again. `agent` takes none. */
const REMOVED: Readonly<Record<GlobalsPreset, string>> = {
  minimal: 'Date Intl',
  compute: '',
  data: '',
  agent: '',
};

/** Deletes every global that is not ECMAScript's, and those the preset leaves out. */
export function pruneGlobals(preset: GlobalsPreset): void {
  const allowed = new NativeMap<string, true>();
  const add = (names: string, into: Map<string, true>): void => {
    const list = names.split(' ');
    for (let i = 0; i < list.length; i++) mapSet(into, list[i] as string, true);
  };
  add(ECMASCRIPT_GLOBALS, allowed);
  const removed = new NativeMap<string, true>();
  add(REMOVED[preset], removed);
  const keys = ownKeys(globalThis);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | symbol;
    if (typeof key === 'symbol' || !mapHas(allowed, key) || mapHas(removed, key)) deleteProperty(globalThis, key);
  }
  // The way back to Temporal, which reads the host's clock and zone.
  deleteProperty(NativeDate.prototype, 'toTemporalInstant');
  if (preset === 'minimal') deleteProperty(Math, 'random');
}

/** Defines an ordinary global: writable, configurable, not enumerable, like the language's own. */
export function defineGlobal(name: string, value: unknown): void {
  setOwn(globalThis, name, value, false);
}

/**
 * Defines globals that cost nothing until a program touches one of them: `load` then returns them all, and each becomes
 * an ordinary global, unless the program has meanwhile put something of its own there. `target` for members of another object.
 */
export function defineLazyGlobals(names: readonly string[], load: () => object, target: object = globalThis): void {
  let loaded: Record<string, unknown> | undefined;
  let isLoading = false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const descriptor = createObject(null) as PropertyDescriptor;
    descriptor.get = guestFunction((): unknown => {
      // A library that looks whether the engine has the global already must find that it has not.
      if (isLoading) return undefined;
      isLoading = true;
      try {
        loaded ??= load() as Record<string, unknown>;
      } finally {
        isLoading = false;
      }
      const value = hasOwn(loaded, name) ? loaded[name] : undefined;
      setOwn(target, name, value, false);
      return value;
    }, `get ${name}`);
    descriptor.set = guestFunction((value: unknown): void => defineGlobal(name, value), `set ${name}`, 1);
    descriptor.configurable = true;
    descriptor.enumerable = false;
    defineProperty(target, name, descriptor);
  }
}

/** Language features that one of the engines still lacks and models use. */
export function installMissingFeatures(): void {
  if (typeof (Array as { fromAsync?: unknown }).fromAsync === 'function') return;
  const holder = {
    async fromAsync(
      items: AsyncIterable<unknown> | Iterable<unknown> | ArrayLike<unknown>,
      map?: (value: unknown, index: number) => unknown,
    ): Promise<unknown[]> {
      if (map !== undefined && typeof map !== 'function') throw new TypeError('The second argument of Array.fromAsync must be a function.');
      const out: unknown[] = [];
      const source = (
        Symbol.asyncIterator in Object(items) || Symbol.iterator in Object(items) ? items : Array.from(items as ArrayLike<unknown>)
      ) as AsyncIterable<unknown>;
      for await (const item of source) setOwn(out, out.length, map === undefined ? item : await map(item, out.length));
      return out;
    },
  };
  setOwn(Array, 'fromAsync', guestFunction(holder.fromAsync, 'fromAsync', 1), false);
}
