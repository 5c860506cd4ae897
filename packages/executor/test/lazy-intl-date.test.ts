import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorlds, differences, everywhere, runHere, type Worlds } from './lazy-worlds.ts';

type DateKind = 'date' | 'time' | 'any';
declare const chunk: { made: { dateToLocaleString(ms: number, locales: unknown, options: unknown, kind: DateKind): string } } | undefined;
/** Where the chunk puts its class, and where Node has its own. */
declare const DateTimeFormat: typeof Intl.DateTimeFormat | undefined;
declare function advance(ms: number): number;

type Case = readonly [ms: number, options: Intl.DateTimeFormatOptions];

function formatAll(cases: readonly Case[]): unknown[] {
  const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
  return cases.map(([ms, options]) => {
    try {
      const format = new Format('en-US', { timeZone: 'UTC', ...options });
      return [format.format(ms), format.formatToParts(ms), Object.entries(format.resolvedOptions())];
    } catch (error) {
      return (error as Error).name;
    }
  });
}

const time = fc.oneof(
  fc.constantFrom(0, -1, 1_767_225_600_000, 1_709_164_800_000, -62_135_596_800_001, 8.63e15, -8.63e15),
  fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 }),
  fc
    .tuple(fc.nat(11), fc.nat(30), fc.constantFrom(0, 1, 11, 12, 13, 23), fc.constantFrom(0, 30, 59), fc.constantFrom(0, 7))
    .map(([month, day, hour, minute, second]) => Date.UTC(2026, month, day + 1, hour, minute, second)),
);

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const text = some('narrow', 'short', 'long');
const numeric = some('numeric', '2-digit');
const clock = { hour12: fc.boolean(), hourCycle: some('h11', 'h12', 'h23', 'h24') };
const zone = { timeZone: some('UTC', 'GMT', 'Etc/UTC', '+05:30', '-0300', '+14', '-00:30') };
const fields = fc.record(
  {
    weekday: text,
    era: text,
    year: numeric,
    month: fc.oneof(numeric, text),
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
    fractionalSecondDigits: some(1, 2, 3),
    dayPeriod: text,
    timeZoneName: some('short', 'long', 'shortOffset', 'longOffset'),
    ...clock,
    ...zone,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Intl.DateTimeFormatOptions>;
const style = some('full', 'long', 'medium', 'short');
const styles = fc.record(
  { dateStyle: style, timeStyle: style, ...clock, ...zone },
  { requiredKeys: [] },
) as fc.Arbitrary<Intl.DateTimeFormatOptions>;

/**
 * Fields that make a date or a time. For the rest (a weekday and a month without a day, seconds of an hour) ICU has no
 * pattern and glues one together, here and there differently from us.
 */
function isOrdinary({
  weekday,
  era,
  year,
  month,
  day,
  hour,
  minute,
  second,
  fractionalSecondDigits,
  dayPeriod,
  timeZoneName,
}: Intl.DateTimeFormatOptions): boolean {
  const hasMonth = month !== undefined;
  const hasYear = year !== undefined;
  const hasDay = day !== undefined;
  return (
    !(weekday !== undefined && (hasMonth || hasYear) && !(hasMonth && hasDay)) &&
    !(hasDay && hasYear && !hasMonth) &&
    !(era !== undefined && !(hasYear && (hasMonth || !hasDay))) &&
    !(second !== undefined && minute === undefined && (hour !== undefined || fractionalSecondDigits !== undefined)) &&
    !(fractionalSecondDigits !== undefined && second === undefined) &&
    !(dayPeriod !== undefined && hour === undefined) &&
    !(timeZoneName !== undefined && minute !== undefined && hour === undefined)
  );
}

describe('Intl.DateTimeFormat and the toLocaleString methods of dates', () => {
  let worlds: Worlds;
  beforeAll(async () => {
    worlds = await createWorlds('intl-date');
  });

  const expectAsNode = <A extends unknown[]>(probe: (...args: A) => unknown, ...args: A): void => {
    expect(worlds.run(probe, ...args)).toEqual(everywhere(runHere(probe, ...args)));
  };
  const expectCasesAsNode = (cases: readonly Case[]): void => {
    expect(differences(cases, worlds.run(formatAll, cases), runHere(formatAll, cases))).toEqual({});
  };

  it('format fields as Node does, to the same text, parts and options', () => {
    expectCasesAsNode(fc.sample(fc.tuple(time, fields.filter(isOrdinary)), { numRuns: 3000, seed: 1 }));
  });

  it('format styles as Node does', () => {
    expectCasesAsNode(fc.sample(fc.tuple(time, styles), { numRuns: 1000, seed: 2 }));
  });

  it('format every usual combination of date fields as Node does', () => {
    const widths = {
      weekday: [undefined, 'long', 'short'],
      year: [undefined, 'numeric', '2-digit'],
      month: [undefined, 'long', 'short', 'numeric', '2-digit'],
      day: [undefined, 'numeric', '2-digit'],
    };
    const all = widths.weekday.flatMap((weekday) =>
      widths.year.flatMap((year) => widths.month.flatMap((month) => widths.day.map((day) => ({ weekday, year, month, day })))),
    );
    const ordinary = (all as Intl.DateTimeFormatOptions[]).filter(isOrdinary);
    expectCasesAsNode(
      ordinary
        .flatMap((one) => [one, { ...one, hour: 'numeric', minute: '2-digit' } as const])
        .map((one): Case => [Date.UTC(2026, 2, 4, 15, 5, 9), one]),
    );
  });

  it('name every hour and part of the day as Node does', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    const given: Intl.DateTimeFormatOptions[] = [
      { hour: 'numeric' },
      { hour: '2-digit', minute: '2-digit', hour12: false },
      { hour: 'numeric', hourCycle: 'h11' },
      { hour: 'numeric', hourCycle: 'h24' },
      { hour: 'numeric', dayPeriod: 'short' },
      { hour: 'numeric', minute: 'numeric', dayPeriod: 'narrow' },
    ];
    expectCasesAsNode(
      given.flatMap((one) => hours.flatMap((hour) => [0, 30].map((minute): Case => [Date.UTC(2026, 0, 1, hour, minute), one]))),
    );
  });

  it('give what a Date has as toLocaleString, toLocaleDateString and toLocaleTimeString', () => {
    expectAsNode(() => {
      const format = (ms: number, kind: DateKind, options?: unknown): string => {
        if (typeof chunk !== 'undefined') return chunk.made.dateToLocaleString(ms, 'en-US', options, kind);
        const methods = { any: 'toLocaleString', date: 'toLocaleDateString', time: 'toLocaleTimeString' } as const;
        return new Date(ms)[methods[kind]]('en-US', options === undefined ? { timeZone: 'UTC' } : (options as Intl.DateTimeFormatOptions));
      };
      const given: unknown[] = [
        undefined,
        { timeZone: 'UTC', month: 'short', day: 'numeric' },
        { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' },
        { timeZone: 'UTC', weekday: 'long' },
        { timeZone: 'UTC', hour12: false },
        { timeZone: 'UTC', timeZoneName: 'short' },
        { timeZone: 'UTC', dateStyle: 'medium' },
        { timeZone: 'UTC', timeStyle: 'short' },
        { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' },
        { timeZone: 'UTC', era: 'short' },
        null,
      ];
      return (['any', 'date', 'time'] as const).map((kind) =>
        given.flatMap((options) =>
          [1_772_636_709_000, Number.NaN].map((ms) => {
            try {
              return format(ms, kind, options);
            } catch (error) {
              return (error as Error).name;
            }
          }),
        ),
      );
    });
  });

  it('take dates as Node does', () => {
    expectAsNode(() => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      const format = new Format('en-US', { timeZone: 'UTC', timeStyle: 'medium', dateStyle: 'short' });
      const dates: unknown[] = [
        new Date(5e11),
        5e11,
        '500000000000',
        1.9,
        -1.9,
        null,
        true,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        8.64e15 + 1,
        new Date(Number.NaN),
        'soon',
        Symbol('s'),
        5n,
      ];
      return dates.map((date) => {
        try {
          return format.format(date as Date);
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('mean the run’s own time when handed none', () => {
    const probe = (): unknown => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      const format = new Format('en-US', { dateStyle: 'short', timeStyle: 'medium' });
      const before = format.format();
      advance(90_000);
      return [before, format.format(undefined), format.formatToParts().length];
    };
    expect(worlds.run(probe)).toEqual(everywhere(['1/1/26, 12:00:00 AM', '1/1/26, 12:01:30 AM', 13]));
  });

  it('read options as Node does, and refuse the same', () => {
    expectAsNode(() => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      const given: unknown[] = [
        null,
        5,
        'text',
        { month: 'x' },
        { hour: 'long' },
        { timeZone: 'Nowhere/Land' },
        { timeZone: '' },
        { timeZone: '+25:00' },
        { timeZone: null },
        { hourCycle: 'h25' },
        { dateStyle: 'tiny' },
        { dateStyle: 'full', year: 'numeric' },
        { timeStyle: 'full', fractionalSecondDigits: 1 },
        { fractionalSecondDigits: 0 },
        { fractionalSecondDigits: 4 },
        { calendar: '!' },
        { formatMatcher: 'x' },
        { localeMatcher: 'x' },
      ];
      return given.map((options) => {
        try {
          return new Format('en-US', options as never).format(0).length > 0;
        } catch (error) {
          return (error as Error).name;
        }
      });
    });
  });

  it('refuse the zones they have no table for, and name what they have', () => {
    const probe = (): unknown => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      try {
        return new Format('en-US', { timeZone: 'America/New_York' }).format(0);
      } catch (error) {
        return [(error as Error).name, (error as Error).message];
      }
    };
    const message = 'Invalid time zone specified: America/New_York (here there are UTC and offsets such as +05:30)';
    expect(worlds.run(probe)).toEqual(everywhere(['RangeError', message]));
  });

  it('honour the hour cycle of a locale', () => {
    expectAsNode(() => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      return ['en-US-u-hc-h23', 'en-US-u-ca-gregory-hc-h11', 'en-US-u-hc-h99'].map((locale) =>
        new Format(locale, { timeZone: 'UTC', timeStyle: 'short' }).format(0),
      );
    });
  });

  it('look and behave like the class of Intl', () => {
    expectAsNode(() => {
      const Format = typeof DateTimeFormat === 'undefined' ? Intl.DateTimeFormat : DateTimeFormat;
      class Mine extends Format {}
      const format = new Format('en-US', { timeZone: 'UTC' });
      return [
        [Format.name, Format.length, Object.prototype.toString.call(format), format.constructor === Format, Object.keys(Format.prototype)],
        [Format('en-US') instanceof Format, new Mine('en-US') instanceof Mine],
        [0, 86_400_000].map((ms) => format.format(ms)),
        format.format === format.format,
        Format.supportedLocalesOf(['en-US']),
      ];
    });
  });
});
