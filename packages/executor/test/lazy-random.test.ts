import { createCipheriv } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SeededRandom } from '../guest/lazy/random.ts';
import { createWorlds, everywhere, type Worlds } from './lazy-worlds.ts';

declare const chunk: { exports: { createRandom(seedHex: string): SeededRandom } };

const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';

function draw(seedHex: string, lengths: readonly number[]): number[][] {
  const random = chunk.exports.createRandom(seedHex);
  return lengths.map((length) => [...random.bytes(length)]);
}

/** Node's own ChaCha20; OpenSSL's IV is the block counter, little-endian, then the nonce. */
function keystream(seedHex: string, length: number): number[] {
  return [...createCipheriv('chacha20', Buffer.from(seedHex, 'hex'), Buffer.alloc(16)).update(Buffer.alloc(length))];
}

describe('createRandom', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('random');
  });

  it('gives the keystream of RFC 8439 appendix A.1, test vectors 1 and 2, for the zero key', () => {
    const expected =
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586' +
      '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f';
    expect(worlds.run(draw, '0'.repeat(64), [128])).toEqual(everywhere([[...Buffer.from(expected, 'hex')]]));
  });

  it('is one stream, however it is cut', () => {
    const lengths = [0, 1, 7, 63, 64, 65, 500, 0, 4096, 5000, 3];
    const expected = keystream(
      SEED,
      lengths.reduce((sum, length) => sum + length, 0),
    );
    for (const pieces of Object.values(worlds.run(draw, SEED, lengths))) expect(pieces.flat()).toEqual(expected);
  });

  it('takes 53 bits of the stream for each float', () => {
    const bytes = Buffer.from(keystream(SEED, 8 * 300));
    const expected = Array.from({ length: 300 }, (_, index) => {
      const high = bytes.readUInt32LE(8 * index) >>> 5;
      const low = bytes.readUInt32LE(8 * index + 4) >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    });
    const probe = (seedHex: string): number[] => {
      const random = chunk.exports.createRandom(seedHex);
      return Array.from({ length: 300 }, () => random.float());
    };
    expect(worlds.run(probe, SEED)).toEqual(everywhere(expected));
  });

  it('draws floats evenly from [0, 1)', () => {
    const probe = (seedHex: string): { inRange: boolean; mean: number; buckets: number[] } => {
      const random = chunk.exports.createRandom(seedHex);
      const values = Array.from({ length: 20_000 }, () => random.float());
      const buckets = Array(10).fill(0) as number[];
      for (const value of values) buckets[Math.floor(value * 10)] = (buckets[Math.floor(value * 10)] ?? 0) + 1;
      return { inRange: values.every((value) => value >= 0 && value < 1), mean: values.reduce((a, b) => a + b) / values.length, buckets };
    };
    for (const { inRange, mean, buckets } of Object.values(worlds.run(probe, SEED))) {
      expect(inRange).toBe(true);
      expect(mean).toBeCloseTo(0.5, 2);
      for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(250);
    }
  });

  it('lets bytes and floats interleave at any offset', () => {
    const probe = (seedHex: string): unknown[] => {
      const random = chunk.exports.createRandom(seedHex);
      return [[...random.bytes(3)], random.float(), [...random.bytes(58)], random.float(), random.float()];
    };
    const answers = worlds.run(probe, SEED);
    expect(answers['bare V8'][0]).toEqual(keystream(SEED, 3));
    expect(answers).toEqual(everywhere(answers['bare V8']));
  });

  it('keeps streams apart and refuses what is no seed', () => {
    const probe = (seedHex: string): unknown => {
      const [left, right] = [chunk.exports.createRandom(seedHex), chunk.exports.createRandom(seedHex)];
      left.bytes(10);
      const same = left.float() !== right.float();
      const refused = ['', '00', `${seedHex}00`, seedHex.replace('0', 'g'), ` ${seedHex}`].map((seed) => {
        try {
          return chunk.exports.createRandom(seed).float();
        } catch (error) {
          return (error as Error).name;
        }
      });
      return [same, refused];
    };
    expect(worlds.run(probe, SEED)).toEqual(everywhere([true, Array(5).fill('TypeError')]));
  });
});
