import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, type Worlds } from './lazy-worlds.ts';

declare const chunk: { made: { digest(algorithmName: string, bytes: Uint8Array): Uint8Array } };

function digestAll(algorithm: string, lengths: readonly number[]): number[][] {
  return lengths.map((length) => [
    ...chunk.made.digest(
      algorithm,
      Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255),
    ),
  ]);
}

describe('digest', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('digest');
  });

  for (const algorithm of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
    it(`hashes with ${algorithm} as Node does, at every padding boundary`, () => {
      const lengths = [...Array.from({ length: 260 }, (_, length) => length), 1000, 4096];
      const expected = lengths.map((length) => [
        ...createHash(algorithm.replace('-', '').toLowerCase())
          .update(Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255))
          .digest(),
      ]);
      expect(worlds.run(digestAll, algorithm, lengths)).toEqual(everywhere(expected));
    });
  }

  it('takes algorithm names in any case and refuses others by name', () => {
    const probe = (): unknown => {
      const names = ['MD5', 'SHA256', '', 'constructor'];
      return [
        [...chunk.made.digest('sha-1', new Uint8Array())].length,
        names.map((name) => {
          try {
            return chunk.made.digest(name, new Uint8Array());
          } catch (error) {
            return (error as Error).name;
          }
        }),
      ];
    };
    expect(worlds.run(probe)).toEqual(everywhere([20, Array(4).fill('NotSupportedError')]));
  });

  it('leaves its input alone and gives a fresh array', () => {
    const probe = (): unknown => {
      const input = new Uint8Array(200).fill(9);
      const [first, second] = [chunk.made.digest('SHA-256', input), chunk.made.digest('SHA-256', input)];
      first.fill(0);
      return [input.every((byte) => byte === 9), second.some((byte) => byte !== 0), first.byteOffset, first.buffer.byteLength];
    };
    expect(worlds.run(probe)).toEqual(everywhere([true, true, 0, 32]));
  });
});
