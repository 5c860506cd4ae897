import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, differences, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

declare const chunk: { made: { numberToLocaleString(value: number | bigint, locales?: unknown, options?: unknown): string } } | undefined;
/** Where the chunk puts its class, and where Node has its own. */
declare const NumberFormat: typeof Intl.NumberFormat | undefined;

/** A number that survives JSON: its text, and whether it is a BigInt. */
type Case = readonly [value: string, isBigInt: boolean, options: Intl.NumberFormatOptions];

function formatAll(cases: readonly Case[]): unknown[] {
  const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
  return cases.map(([text, isBigInt, options]) => {
    try {
      const format = new Format('en-US', options);
      const value = isBigInt ? BigInt(text) : Number(text);
      return [format.format(value), format.formatToParts(value)];
    } catch (error) {
      return (error as Error).name;
    }
  });
}

const number = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '-1',
    'NaN',
    'Infinity',
    '-Infinity',
    '0.5',
    '1.005',
    '2.5',
    '999.5',
    '999999.5',
    '99950',
    '9995',
    '1e21',
    '5e-324',
  ),
  fc.integer({ min: -2_000_000, max: 2_000_000 }).map((cents) => String(cents / 100)),
  fc.integer().map(String),
  fc.double().map(String),
  fc.double({ min: -100, max: 100 }).map(String),
);
const value = fc.oneof(
  { weight: 9, arbitrary: number.map((text) => [text, false] as const) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map((big) => [String(big), true] as const) },
);

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const options = fc.record(
  {
    style: some('decimal', 'percent', 'currency', 'unit'),
    currency: some('USD', 'EUR', 'GBP', 'JPY', 'CHF', 'KWD', 'INR', 'PLN', 'XYZ', 'usd', 'us'),
    currencyDisplay: some('code', 'symbol', 'narrowSymbol', 'name'),
    currencySign: some('standard', 'accounting'),
    unit: some('kilometer', 'mile-per-hour', 'celsius', 'percent', 'byte', 'day', 'foot', 'liter-per-kilometer', 'parsec'),
    unitDisplay: some('short', 'narrow', 'long'),
    notation: some('standard', 'compact', 'scientific', 'engineering'),
    compactDisplay: some('short', 'long'),
    minimumIntegerDigits: some(1, 2, 5),
    minimumFractionDigits: some(0, 1, 2, 4),
    maximumFractionDigits: some(0, 1, 2, 3, 20, 101),
    minimumSignificantDigits: some(1, 2, 5),
    maximumSignificantDigits: some(1, 3, 21),
    useGrouping: some<unknown>(true, false, 'auto', 'always', 'min2', 'true', 'false', ''),
    signDisplay: some('auto', 'never', 'always', 'exceptZero', 'negative'),
    roundingMode: some('ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'),
    trailingZeroDisplay: some('auto', 'stripIfInteger'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Intl.NumberFormatOptions>;
/** Options as programs combine them: few at a time, so that the rest keep their defaults. */
const fewOptions = fc.tuple(options, fc.array(fc.nat(), { minLength: 1, maxLength: 4 })).map(([all, picks]): Intl.NumberFormatOptions => {
  const keys = Object.keys(all);
  const needed = { style: 'currency' in all && all.style === 'currency' ? ['currency'] : [], unit: all.style === 'unit' ? ['unit'] : [] };
  const chosen = new Set([...picks.map((pick) => keys[pick % Math.max(keys.length, 1)]), 'style', ...needed.style, ...needed.unit]);
  return Object.fromEntries(Object.entries(all).filter(([key]) => chosen.has(key)));
});

describe('Intl.NumberFormat and toLocaleString for numbers', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-number');
  });

  const expectAsNode = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    expect(worlds.run(probe, ...args)).toEqual(everywhere(runHere(probe, ...args)));
  };

  const expectCasesAsNode = (cases: readonly Case[]): void => {
    expect(differences(cases, worlds.run(formatAll, cases), runHere(formatAll, cases))).toEqual({});
  };

  it('format what Node formats, to the same text and parts', () => {
    const cases = (all: fc.Arbitrary<Intl.NumberFormatOptions>, seed: number): Case[] =>
      fc.sample(fc.tuple(value, all), { numRuns: 2500, seed }).map(([[text, isBigInt], given]) => [text, isBigInt, given]);
    // ICU takes a wrong power of ten for some numbers when it is given significant digits with an exponent.
    const isSound = (all: Intl.NumberFormatOptions): boolean =>
      !['scientific', 'engineering'].includes(all.notation ?? '') ||
      (all.minimumSignificantDigits === undefined && all.maximumSignificantDigits === undefined);
    expectCasesAsNode(cases(fewOptions.filter(isSound), 1));
    expectCasesAsNode(cases(options.filter(isSound), 2));
  });

  it('write every currency and every unit as Node does', () => {
    const displays = ['symbol', 'narrowSymbol', 'code', 'name'] as const;
    const currencies = Intl.supportedValuesOf('currency').flatMap((currency) =>
      displays.flatMap((currencyDisplay) =>
        ['1', '-1234.5'].map((text): Case => [text, false, { style: 'currency', currency, currencyDisplay }]),
      ),
    );
    const units = Intl.supportedValuesOf('unit').flatMap((unit) =>
      (['short', 'narrow', 'long'] as const).flatMap((unitDisplay) =>
        ['', '-per-second', '-per-gallon'].flatMap((per) =>
          // Node drops what a percentage is taken per.
          unit === 'percent' && per !== ''
            ? []
            : ['1', '-1234.5'].map((text): Case => [text, false, { style: 'unit', unit: unit + per, unitDisplay }]),
        ),
      ),
    );
    expectCasesAsNode([...currencies, ...units]);
  });

  it('round by increments and priorities as Node does', () => {
    const given: Intl.NumberFormatOptions[] = [
      { roundingIncrement: 5, maximumFractionDigits: 2, minimumFractionDigits: 2 },
      { roundingIncrement: 25, maximumFractionDigits: 0 },
      { roundingIncrement: 500, maximumFractionDigits: 1, minimumFractionDigits: 1, roundingMode: 'halfEven' },
      { roundingIncrement: 50, style: 'currency', currency: 'USD', roundingMode: 'floor' },
      { roundingIncrement: 5 },
      { roundingIncrement: 3 as never },
      { roundingIncrement: 5, maximumSignificantDigits: 2 },
      { roundingPriority: 'morePrecision', maximumFractionDigits: 1, maximumSignificantDigits: 3 },
      { roundingPriority: 'lessPrecision', maximumFractionDigits: 1, maximumSignificantDigits: 3 },
      { roundingPriority: 'morePrecision', minimumFractionDigits: 2 },
    ];
    const texts = ['0', '1', '1.024', '1.025', '12.5', '0.049', '123.456', '-99.975', '1234567.891'];
    expectCasesAsNode(given.flatMap((one) => texts.map((text): Case => [text, false, one])));
  });

  it('read any value as Node does', () => {
    expectAsNode(() => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      const values: unknown[] = [
        '1',
        '1.50',
        ' 12 ',
        '0x1F',
        '1e3',
        '-0',
        '',
        ' ',
        'abc',
        'Infinity',
        '12345678901234567890.123456789',
        '1_000',
        '1e400',
        '.5',
        '5.',
        '1e-400',
        null,
        undefined,
        true,
        [5],
        {},
        new Date(5),
        { valueOf: () => 7 },
        { [Symbol.toPrimitive]: () => 8 },
        Symbol('x'),
        () => 1,
        12n,
      ];
      return values.map((one) => {
        try {
          return new Format('en-US', { maximumFractionDigits: 10 }).format(one as number);
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('cannot be made to write a billion zeros', () => {
    const probe = (): unknown => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      return ['1e1000000000', '1e-1000000000'].map((text) => new Format('en-US').format(text as never));
    };
    expect(worlds.run(probe)).toEqual(everywhere(['\u221e', '0']));
  });

  it('resolve options as Node does', () => {
    expectAsNode(() => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      const given: (Intl.NumberFormatOptions | undefined)[] = [
        undefined,
        { style: 'percent' },
        { style: 'currency', currency: 'jpy' },
        { style: 'unit', unit: 'meter', unitDisplay: 'long' },
        { notation: 'compact', compactDisplay: 'long' },
        { notation: 'compact', maximumFractionDigits: 1 },
        { maximumSignificantDigits: 4 },
        { minimumFractionDigits: 5 },
        { useGrouping: false },
        { roundingMode: 'trunc', signDisplay: 'always' },
      ];
      return given.map((one) => Object.entries(new Format('en-US', one).resolvedOptions()));
    });
  });

  it('take locales as Node does, and say which they work in', () => {
    expectAsNode(() => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      const requests: unknown[] = [
        undefined,
        'en',
        'en-US',
        'en-us',
        [],
        ['en'],
        '',
        null,
        'en_US',
        5,
        {},
        [null],
        [5],
        'a',
        'en-u',
        'x-private',
        'en-Latn-US',
      ];
      return requests.map((locales) => {
        try {
          return Format.supportedLocalesOf(locales as never);
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
    const probe = (): unknown => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      const requests = ['de-DE', 'en-GB', ['fr', 'en-US'], undefined];
      return [requests.map((one) => new Format(one).resolvedOptions().locale), Format.supportedLocalesOf(['de', 'en-GB', 'fr'])];
    };
    expect(worlds.run(probe)).toEqual(everywhere([['en-US', 'en', 'en-US', 'en-US'], ['en-GB']]));
  });

  it('refuse bad options as Node does', () => {
    expectAsNode(() => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      const given: unknown[] = [
        null,
        5,
        'text',
        true,
        [],
        { style: null },
        { style: 'x' },
        { currency: 'US' },
        { style: 'currency' },
        { style: 'unit' },
        { minimumFractionDigits: -1 },
        { minimumFractionDigits: '2' },
        { maximumFractionDigits: 1.9 },
        { maximumFractionDigits: Number.NaN },
        { minimumFractionDigits: 3, maximumFractionDigits: 1 },
        { useGrouping: 0 },
        { useGrouping: null },
        { unit: 'parsec' },
        { numberingSystem: '!' },
        { localeMatcher: 'x' },
        { minimumIntegerDigits: 22 },
        { maximumSignificantDigits: 0 },
        { roundingMode: 'up' },
      ];
      return given.map((one) => {
        try {
          return new Format('en-US', one as never).format(1234.567);
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('look and behave like the class of Intl', () => {
    expectAsNode(() => {
      const Format = typeof NumberFormat === 'undefined' ? Intl.NumberFormat : NumberFormat;
      class Mine extends Format {}
      const format = new Format('en-US');
      return [
        [Format.name, Format.length, Object.prototype.toString.call(format), format.constructor === Format, Object.keys(Format.prototype)],
        [Format('en-US') instanceof Format, new Mine('en-US') instanceof Mine, new Mine('en-US').format(1000)],
        [1000, 2000].map(format.format),
        format.format === format.format,
      ];
    });
  });

  it('give what Number and BigInt have as toLocaleString', () => {
    expectAsNode(() => {
      const format = (one: number | bigint, locales?: string, given?: Intl.NumberFormatOptions): string =>
        typeof chunk === 'undefined'
          ? (one as number).toLocaleString(locales ?? 'en-US', given)
          : chunk.made.numberToLocaleString(one, locales, given);
      return [
        format(1234567.891),
        format(-0),
        format(12345678901234567890n),
        format(0.256, 'en-US', { style: 'percent' }),
        format(1234.5, 'en-US', { style: 'currency', currency: 'USD' }),
        format(1500, undefined, { notation: 'compact' }),
      ];
    });
  });
});
