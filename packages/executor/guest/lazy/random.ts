import { chacha20 } from '@noble/ciphers/chacha.js';

/** A stream of pseudo-random bytes that is a pure function of its seed, on every engine. */
export interface SeededRandom {
  /** A multiple of 2^-53 in [0, 1), from the next 8 bytes of the stream. */
  float(): number;
  /** The next `length` bytes of the stream. */
  bytes(length: number): Uint8Array;
}

const SEED_BYTES = 32;
const CHACHA_BLOCK_BYTES = 64;
/** First refill and largest: a program that wants one number pays for one block, one that wants many pays per block rarely. */
const FIRST_REFILL_BYTES = CHACHA_BLOCK_BYTES;
const MAX_REFILL_BYTES = 64 * CHACHA_BLOCK_BYTES;
/** The key is used for one stream only, so the nonce need not vary. */
const NONCE: Uint8Array = new Uint8Array(12);

function parseSeed(seedHex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(seedHex)) throw new TypeError('A seed is 32 bytes of hexadecimal');
  const seed = new Uint8Array(SEED_BYTES);
  for (let index = 0; index < SEED_BYTES; index += 1) seed[index] = Number.parseInt(seedHex.slice(2 * index, 2 * index + 2), 16);
  return seed;
}

/**
 * The keystream of ChaCha20 (RFC 8439) under the seed, an all-zero nonce and a counter from 0. It ends after 256 GiB, by
 * throwing.
 */
export function createRandom(seedHex: string): SeededRandom {
  const key = parseSeed(seedHex);
  let buffer = new Uint8Array(0);
  let used = 0;
  let block = 0;

  function refill(): void {
    const length = Math.min(Math.max(FIRST_REFILL_BYTES, 2 * buffer.length), MAX_REFILL_BYTES);
    buffer = new Uint8Array(length);
    chacha20(key, NONCE, buffer, buffer, block);
    block += length / CHACHA_BLOCK_BYTES;
    used = 0;
  }

  function nextByte(): number {
    if (used === buffer.length) refill();
    const byte = buffer[used] ?? 0;
    buffer[used] = 0;
    used += 1;
    return byte;
  }

  return {
    float() {
      const high = nextByte() | (nextByte() << 8) | (nextByte() << 16) | (nextByte() << 24);
      const low = nextByte() | (nextByte() << 8) | (nextByte() << 16) | (nextByte() << 24);
      return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
    },
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let index = 0; index < length; index += 1) bytes[index] = nextByte();
      return bytes;
    },
  };
}
