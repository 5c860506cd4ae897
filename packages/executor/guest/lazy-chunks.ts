import type { Clock } from './clock.ts';
import {
  arrayBufferLength,
  evalInGlobalScope,
  guestFunction,
  isBufferView,
  mapGet,
  mapSet,
  NativeMap,
  NativePromise,
  NativeTypeError,
  NativeUint8Array,
  setOwn,
  stringIndexOf,
  typedArrayTag,
} from './primordials.ts';
import type { Settings } from './settings.ts';
import type { Timers } from './timers.ts';

/** A stream of chance, seeded per run. */
export interface Random {
  /** 53 random bits in [0, 1). */
  float(): number;
  bytes(length: number): Uint8Array;
}

/** Parts of the runtime that are fetched when a program first touches them; other runs never pay for them. */
export interface LazyChunks {
  /** The chunk's exports, made once per realm. */
  get(name: string): object;
  random(): Random;
  /** Starts the stream of chance anew, from the seed there is now. */
  reseed(): void;
  /** The `crypto` global. */
  createCrypto(): object;
}

export function createLazyChunks(load: (name: string) => unknown, clock: Clock, timers: Timers, settings: Settings): LazyChunks {
  const loaded = new NativeMap<string, object>();
  let randomModule: { readonly createRandom: (seed: string) => Random } | undefined;
  let random: Random | undefined;

  function module(name: string): { readonly create: (env: object) => object; readonly createRandom: (seed: string) => Random } {
    const source = load(name);
    // A single line: the executor's positions and the guest's are never mixed up.
    return (typeof source === 'string' ? evalInGlobalScope(`${source}\n//# sourceURL=runtime.js`) : source) as never;
  }

  const chunks: LazyChunks = {
    get(name: string): object {
      const existing = mapGet(loaded, name);
      if (existing !== undefined) return existing;
      const made = module(name).create({
        now: (): number => clock.now(),
        setTimer: (run: () => void, delayMs: number): number => timers.setTimeout(run, delayMs),
        clearTimer: timers.clear,
        randomBytes: (length: number): Uint8Array => chunks.random().bytes(length),
      });
      mapSet(loaded, name, made);
      return made;
    },
    random(): Random {
      randomModule ??= module('random');
      random ??= randomModule.createRandom(settings.config.seed);
      return random;
    },
    reseed(): void {
      random = undefined;
    },
    createCrypto(): object {
      return createCrypto(chunks);
    },
  };
  return chunks;
}

const INTEGER_ARRAYS =
  ' Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array ';
const HEX = '0123456789abcdef';

function createCrypto(chunks: LazyChunks): object {
  const methods = {
    randomUUID(): string {
      const bytes = chunks.random().bytes(16);
      bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
      bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
      let text = '';
      for (let i = 0; i < 16; i++) {
        const byte = bytes[i] as number;
        if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
        text += (HEX[byte >> 4] as string) + (HEX[byte & 15] as string);
      }
      return text;
    },
    getRandomValues(array: Uint8Array): Uint8Array {
      let tag: string | undefined;
      try {
        tag = typedArrayTag(array);
      } catch {
        tag = undefined;
      }
      if (tag === undefined || stringIndexOf(INTEGER_ARRAYS, ` ${tag} `) === -1)
        throw new NativeTypeError('crypto.getRandomValues needs an integer typed array.');
      if (array.byteLength > 65_536) {
        const error = new NativeTypeError(`crypto.getRandomValues fills at most 65536 bytes at a time, not ${array.byteLength}.`);
        setOwn(error, 'name', 'QuotaExceededError', false);
        throw error;
      }
      const view = new NativeUint8Array(array.buffer, array.byteOffset, array.byteLength);
      const bytes = chunks.random().bytes(view.length);
      for (let i = 0; i < view.length; i++) view[i] = bytes[i] as number;
      return array;
    },
    digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
      return new NativePromise((resolve) => {
        const name = typeof algorithm === 'object' && algorithm !== null ? (algorithm as { name: unknown }).name : algorithm;
        const view = isBufferView(data)
          ? new NativeUint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
          : new NativeUint8Array(assertArrayBuffer(data));
        const digest = digestOf(chunks)(`${name as string}`, new NativeUint8Array(view));
        const copy = new NativeUint8Array(digest);
        resolve(copy.buffer);
      });
    },
  };
  return {
    randomUUID: guestFunction(methods.randomUUID, 'randomUUID'),
    getRandomValues: guestFunction(methods.getRandomValues, 'getRandomValues', 1),
    subtle: { digest: guestFunction(methods.digest, 'digest', 2) },
  };
}

function assertArrayBuffer(data: unknown): ArrayBuffer {
  try {
    arrayBufferLength(data);
  } catch {
    throw new NativeTypeError('crypto.subtle.digest needs an ArrayBuffer or a view of one.');
  }
  return data as ArrayBuffer;
}

function digestOf(chunks: LazyChunks): (name: string, bytes: Uint8Array) => Uint8Array {
  return (chunks.get('digest') as { digest: (name: string, bytes: Uint8Array) => Uint8Array }).digest;
}
