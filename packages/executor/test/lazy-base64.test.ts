import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

/** Each input with its outcome, or the name and legacy code of the error. */
function decodeAll(inputs: readonly unknown[]): unknown[] {
  return inputs.map((input) => {
    try {
      return atob(input as string);
    } catch (error) {
      const { name, code } = error as { name: string; code?: unknown };
      return [name, error instanceof TypeError ? null : code, error instanceof Error];
    }
  });
}

function encodeAll(inputs: readonly unknown[]): unknown[] {
  return inputs.map((input) => {
    try {
      return btoa(input as string);
    } catch (error) {
      const { name, code } = error as { name: string; code?: unknown };
      return [name, error instanceof TypeError ? null : code, error instanceof Error];
    }
  });
}

const byteStrings = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
const nearlyBase64 = fc.string({ unit: fc.constantFrom(...Array.from('ABCDwxyz019+/== \n\t\f\v-\u00e9')), maxLength: 14 });

describe('atob and btoa', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('base64');
  });

  it('decode what Node decodes and refuse what it refuses', () => {
    const inputs = [
      '',
      'YQ==',
      'YQ=',
      'YQ',
      'YWI=',
      'YWJj',
      ' Y\tQ\n=\f=\r',
      'YQ===',
      '=',
      'Y',
      'YR==',
      'YWJ\u00a0',
      null,
      12,
      true,
      ['YQ=='],
      {},
      ...fc.sample(nearlyBase64, { numRuns: 2000, seed: 1 }),
    ];
    const expected = runHere(decodeAll, inputs);
    expect(worlds.run(decodeAll, inputs)).toEqual(everywhere(expected));
  });

  it('encode what Node encodes and refuse what it refuses', () => {
    const inputs = [
      '',
      'a',
      'ab',
      'abc',
      '\u00ff',
      '\u0100',
      '\ud83d\ude00',
      null,
      12,
      {},
      ...fc.sample(byteStrings, { numRuns: 500, seed: 2 }),
    ];
    const expected = runHere(encodeAll, inputs);
    expect(worlds.run(encodeAll, inputs)).toEqual(everywhere(expected));
  });

  it('are inverses on all bytes', () => {
    const probe = (inputs: readonly string[]): boolean => inputs.every((input) => atob(btoa(input)) === input);
    const inputs = fc.sample(byteStrings, { numRuns: 500, seed: 3 });
    expect(worlds.run(probe, inputs)).toEqual(everywhere(true));
  });

  it('name themselves and their error', () => {
    const probe = (): unknown => {
      try {
        return atob('?');
      } catch (error) {
        const { name, constructor } = error as Error;
        return [
          atob.name,
          btoa.name,
          name,
          constructor.name,
          String(error).startsWith('InvalidCharacterError: '),
          Object.keys(error as object),
        ];
      }
    };
    expect(worlds.run(probe)).toEqual(everywhere(['atob', 'btoa', 'InvalidCharacterError', 'DOMException', true, []]));
  });

  it('refuse a call without an argument, and a symbol', () => {
    const probe = (): unknown[] =>
      [
        () => (atob as () => string)(),
        () => (btoa as () => string)(),
        () => atob(Symbol('x') as never),
        () => btoa(Symbol('x') as never),
      ].map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return error instanceof TypeError;
        }
      });
    expect(worlds.run(probe)).toEqual(everywhere([true, true, true, true]));
  });
});
