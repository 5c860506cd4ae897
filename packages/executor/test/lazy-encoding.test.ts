import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

interface DecodeCase {
  readonly label: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  readonly pieces: readonly (readonly number[])[];
}

/** Decodes the pieces as a stream; a piece that is refused gives the error's name and ends the case. */
function decodeAll(cases: readonly DecodeCase[]): unknown[] {
  return cases.map(({ label, fatal, ignoreBOM, pieces }) => {
    const decoder = new TextDecoder(label, { fatal, ignoreBOM });
    const out: string[] = [];
    try {
      for (const [index, piece] of pieces.entries())
        out.push(decoder.decode(Uint8Array.from(piece), { stream: index < pieces.length - 1 }));
    } catch (error) {
      out.push((error as Error).name);
    }
    return out.map((text) => Array.from(text, (character) => character.codePointAt(0)));
  });
}

function encodeAll(texts: readonly string[]): number[][] {
  return texts.map((text) => [...new TextEncoder().encode(text)]);
}

function encodeIntoAll(cases: readonly (readonly [string, number])[]): unknown[] {
  return cases.map(([text, size]) => {
    const target = new Uint8Array(size).fill(7);
    return [new TextEncoder().encodeInto(text, target), [...target]];
  });
}

/** Bytes that are nearly UTF-8: whole characters, parts of them, and noise. */
const utf8Piece = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        [0x41],
        [0xc3, 0xa9],
        [0xe2, 0x82, 0xac],
        [0xf0, 0x9f, 0x98, 0x80],
        [0xef, 0xbb, 0xbf],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90],
        [0xc0, 0x80],
      ),
      fc.constantFrom([0xc3], [0xe2], [0xe2, 0x82], [0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0x80], [0xff], [0xe0, 0x80], [0xfe, 0xff]),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.flat());
const utf16Piece = fc.array(fc.constantFrom(0x41, 0x00, 0x3d, 0xd8, 0x00, 0xde, 0xff, 0xfe), { maxLength: 7 });
const unicode = fc.string({ unit: 'binary', maxLength: 20 });
const loneSurrogates = fc.string({ unit: fc.constantFrom('a', '\u00e9', '\u20ac', '\ud83d', '\ude00', '\ud83d\ude00'), maxLength: 10 });

const decodeCase = (label: fc.Arbitrary<string>, piece: fc.Arbitrary<number[]>): fc.Arbitrary<DecodeCase> =>
  fc.record({ label, fatal: fc.boolean(), ignoreBOM: fc.boolean(), pieces: fc.array(piece, { minLength: 1, maxLength: 4 }) });

describe('TextEncoder and TextDecoder', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('encoding');
  });

  const expectAsNode = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    const expected = runHere(probe, ...args);
    expect(worlds.run(probe, ...args)).toEqual(everywhere(expected));
  };

  it('decode streamed and broken UTF-8 as Node does', () => {
    const cases = fc.sample(decodeCase(fc.constantFrom('utf-8', 'UTF8', 'unicode-1-1-utf-8'), utf8Piece), { numRuns: 3000, seed: 1 });
    const join = (pieces: unknown): (number | undefined)[] => (pieces as number[][]).flat();
    // Node strips a mark also after a replacement character, where none is due: its answers for kept marks are the oracle.
    const kept = runHere(
      decodeAll,
      cases.map((one) => ({ ...one, ignoreBOM: true })),
    ).map(join);
    const expected = kept.map((points, index) => (points[0] === 0xfeff && cases[index]?.ignoreBOM === false ? points.slice(1) : points));
    for (const answer of Object.values(worlds.run(decodeAll, cases))) expect(answer.map(join)).toEqual(expected);
  });

  it('decode streamed and broken UTF-16 as Node does', () => {
    expectAsNode(
      decodeAll,
      fc.sample(decodeCase(fc.constantFrom('utf-16le', 'utf-16be', 'ucs-2'), utf16Piece), { numRuns: 2000, seed: 2 }),
    );
  });

  it('decode every byte of the single-byte encodings as the standard says', () => {
    const probe = (label: string): string => new TextDecoder(label).decode(Uint8Array.from({ length: 256 }, (_, index) => index));
    for (const label of ['iso-8859-2', 'iso-8859-15', 'koi8-r', 'windows-1251']) expectAsNode(probe, label);
    // The standard makes these one, which Node long did not.
    for (const label of ['latin1', 'ascii', 'windows-1252']) {
      for (const answer of Object.values(worlds.run(probe, label))) expect(answer.slice(0x80, 0x84)).toBe('\u20ac\u0081\u201a\u0192');
    }
  });

  it('encode what Node encodes', () => {
    expectAsNode(encodeAll, [
      '',
      ...fc.sample(unicode, { numRuns: 1000, seed: 3 }),
      ...fc.sample(loneSurrogates, { numRuns: 1000, seed: 4 }),
    ]);
  });

  it('encode into too small a target without splitting a character', () => {
    expectAsNode(encodeIntoAll, fc.sample(fc.tuple(loneSurrogates, fc.integer({ min: 0, max: 20 })), { numRuns: 1500, seed: 5 }));
  });

  it('have the properties and defaults of the standard', () => {
    expectAsNode((): unknown => {
      const decoder = new TextDecoder(' UTF-8\n', { fatal: true });
      return [
        [
          decoder.encoding,
          decoder.fatal,
          decoder.ignoreBOM,
          new TextEncoder().encoding,
          new TextDecoder().encoding,
          new TextDecoder('utf-16').encoding,
        ],
        [TextDecoder.name, TextEncoder.name, Object.prototype.toString.call(decoder), Object.prototype.toString.call(new TextEncoder())],
        [new TextDecoder().decode(), new TextDecoder().decode(undefined, undefined), new TextEncoder().encode().length],
        [...new TextEncoder().encode(null as never)],
        new TextDecoder().decode(new Uint8Array([65, 66, 67]).buffer),
        new TextDecoder().decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1)),
        new TextDecoder().decode(new Uint16Array([0x4241])),
      ];
    });
  });

  it('refuse what Node refuses, by the same kind of error', () => {
    expectAsNode((): unknown => {
      const attempts = [
        () => new TextDecoder('nonsense'),
        () => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)),
        () => new TextDecoder().decode('text' as never),
        () => new TextEncoder().encodeInto('a', [] as never),
        () => (TextDecoder as unknown as () => unknown)(),
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('refuse encodings they know by name only at once, not when decoding', () => {
    const probe = (): string[] =>
      ['gbk', 'shift_jis', 'big5', 'euc-kr', 'iso-2022-jp', 'gb18030', 'euc-jp'].map((label) => {
        try {
          return new TextDecoder(label).encoding;
        } catch (error) {
          return (error as Error).name;
        }
      });
    expect(worlds.run(probe)).toEqual(everywhere(Array(7).fill('RangeError')));
  });

  it('round-trip a megabyte promptly', () => {
    const probe = (): boolean => {
      const text = 'na\u00efve caf\u00e9 \ud83d\ude00 '.repeat(60_000);
      return new TextDecoder().decode(new TextEncoder().encode(text)) === text;
    };
    expect(worlds.run(probe)).toEqual(everywhere(true));
  }, 10_000);
});
