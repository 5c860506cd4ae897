import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, differences, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

declare const chunk: { made: { localeCompare(left: string, right: string, locales?: unknown, options?: unknown): number } } | undefined;
/** Where the chunk puts its class, and where Node has its own. */
declare const Collator: typeof Intl.Collator | undefined;

type Case = readonly [left: string, right: string, options: Intl.CollatorOptions];

function compareAll(cases: readonly Case[]): number[] {
  const Class = typeof Collator === 'undefined' ? Intl.Collator : Collator;
  return cases.map(([left, right, options]) => new Class('en-US', options).compare(left, right));
}

const letters = (text: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(text));
const ascii = fc.integer({ min: 0x20, max: 0x7e }).map((unit) => String.fromCharCode(unit));
const alphabets: Record<string, fc.Arbitrary<string>> = {
  ascii,
  cases: letters('aAbBcCzZ '),
  accents: letters('aáàâäãåAÁÀÄbcçÇeéèêëEÉnñNoóòôöõøOÖØuúùûüUssßæÆœŒłŁđÐþÞžŽšŠčĆıiİIyýÿ'),
  'combining marks': fc.constantFrom('a', 'e', 'o', 'A', 'b', '\u0301', '\u0300', '\u0308', '\u0327', '\u0301'),
  punctuation: letters('-_,;:!?."\'()[]{}@*/\\&#%`^+<=>|~$ \u201c\u201d\u2018\u2019\u2013\u2014\u2026\u2022\u00ab\u00bb\u20ac\u00a3'),
  numbers: fc.constantFrom('1', '2', '10', '02', '100', '0', 'a', 'b', ' ', '.', '\u00e9'),
  Cyrillic: fc.integer({ min: 0x400, max: 0x45f }).map((unit) => String.fromCharCode(unit)),
  Greek: letters('\u03b1\u03ac\u0391\u0386\u03b2\u0392\u03b3\u03b5\u03ad\u03b9\u03ca\u0390\u03c3\u03c2\u03a3\u03c9\u03a9'),
  Hebrew: fc.integer({ min: 0x5d0, max: 0x5ea }).map((unit) => String.fromCharCode(unit)),
  kana: fc.constantFrom('\u3041', '\u3042', '\u30a1', '\u30a2', '\u3044', '\u304b', '\u304c', '\u30ab', '\u30ac', '\u3093', '\u3095', 'a'),
  Hangul: fc.integer({ min: 0xac00, max: 0xd7a3 }).map((unit) => String.fromCharCode(unit)),
  'wide forms': fc.integer({ min: 0xff01, max: 0xff5e }).map((unit) => String.fromCharCode(unit)),
  emoji: fc.constantFrom('\u{1f600}', '\u{1f389}', '\u2764', 'a', '1', '\u20ac', '\u2192'),
};
const anyLetter = fc.oneof(...Object.values(alphabets));

const options: fc.Arbitrary<Intl.CollatorOptions> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record(
    {
      sensitivity: fc.constantFrom('base', 'accent', 'case', 'variant'),
      numeric: fc.boolean(),
      ignorePunctuation: fc.boolean(),
      caseFirst: fc.constantFrom('upper', 'lower', 'false'),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Intl.CollatorOptions>,
);

/** Pairs that often share a beginning or differ only in case or accents. */
function pairs(alphabet: fc.Arbitrary<string>): fc.Arbitrary<Case> {
  const text = fc.array(alphabet, { maxLength: 5 }).map((parts) => parts.join(''));
  const pair = fc.oneof(
    fc.tuple(text, text),
    text.map((one): [string, string] => [one, one.toUpperCase()]),
    fc.tuple(text, text).map(([one, other]): [string, string] => [one, one + other]),
    text.map((one): [string, string] => [one, one.normalize('NFD').replace(/\p{M}/gu, '')]),
  );
  return fc.tuple(pair, options).map(([[left, right], given]): Case => [left, right, given]);
}

describe('Intl.Collator and localeCompare', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-collator');
  });

  const expectAsNode = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    expect(worlds.run(probe, ...args)).toEqual(everywhere(runHere(probe, ...args)));
  };

  for (const [name, alphabet] of [...Object.entries(alphabets), ['mixed text', anyLetter] as const]) {
    it(`order ${name} as Node does`, () => {
      const cases = fc.sample(pairs(alphabet), { numRuns: 500, seed: 1 });
      expect(differences(cases, worlds.run(compareAll, cases), runHere(compareAll, cases))).toEqual({});
    });
  }

  it('sort names and file names the way people do', () => {
    expectAsNode(() => {
      const Class = typeof Collator === 'undefined' ? Intl.Collator : Collator;
      const names = [
        'Zo\u00eb',
        'zebra',
        'Apple',
        'apple',
        '\u00c5ngstr\u00f6m',
        'angle',
        '\u00e9clair',
        'Eclair',
        'e-mail',
        'email',
        '10 items',
        '9 items',
        '',
        ' lead',
      ];
      const files = ['img12.png', 'img10.png', 'img2.png', 'IMG1.png', 'img02.png', 'img.png'];
      return [
        names.toSorted(new Class('en').compare),
        files.toSorted(new Class(undefined, { numeric: true, sensitivity: 'base' }).compare),
      ];
    });
  });

  it('give what a string has as localeCompare', () => {
    expectAsNode(() => {
      const compare = (left: string, right: string, locales?: string, given?: Intl.CollatorOptions): number =>
        typeof chunk === 'undefined' ? left.localeCompare(right, locales, given) : chunk.made.localeCompare(left, right, locales, given);
      return [
        compare('a', 'B'),
        compare('a', 'A'),
        compare('r\u00e9sum\u00e9', 'resume'),
        compare('r\u00e9sum\u00e9', 'resume', 'en', { sensitivity: 'base' }),
        compare('2', '10'),
        compare('2', '10', 'en', { numeric: true }),
        compare('2', '10', 'en-u-kn-true'),
        compare('a', 'A', 'en-u-kf-upper'),
        compare('\u00e5', 'a\u030a'),
        compare('a\0', 'a'),
      ];
    });
  });

  it('resolve options as Node does, and refuse the same', () => {
    expectAsNode(() => {
      const Class = typeof Collator === 'undefined' ? Intl.Collator : Collator;
      const given: unknown[] = [
        undefined,
        {},
        { numeric: true, caseFirst: 'upper', sensitivity: 'accent', ignorePunctuation: true, usage: 'search' },
        null,
        { sensitivity: 'x' },
        { usage: 'x' },
        { caseFirst: 'x' },
        { collation: '!' },
      ];
      return given.map((one) => {
        try {
          const { locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst } = new Class(
            'en-US',
            one as never,
          ).resolvedOptions();
          return [locale, usage, sensitivity, ignorePunctuation, collation, numeric, caseFirst];
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('look and behave like the class of Intl', () => {
    expectAsNode(() => {
      const Class = typeof Collator === 'undefined' ? Intl.Collator : Collator;
      class Mine extends Class {}
      const collator = new Class('en-US');
      return [
        [Class.name, Class.length, Object.prototype.toString.call(collator), collator.constructor === Class],
        [Class('en-US') instanceof Class, new Mine('en-US') instanceof Mine, collator.compare === collator.compare],
        [collator.compare(undefined as never, 'undefined'), collator.compare(1 as never, '1'), Class.supportedLocalesOf(['en-US'])],
      ];
    });
  });

  it('keep right when many different texts pass through one collator', () => {
    expectAsNode(() => {
      const Class = typeof Collator === 'undefined' ? Intl.Collator : Collator;
      const texts = Array.from({ length: 1100 }, (_, index) => `\u00e9l\u00e8ve ${(index * 7919) % 1100}`);
      const { compare } = new Class('en', { numeric: true });
      const sorted = texts.toSorted(compare);
      return [sorted[0], sorted[1], sorted[1099], sorted.toReversed().toSorted(compare).join() === sorted.join()];
    });
  });
});
