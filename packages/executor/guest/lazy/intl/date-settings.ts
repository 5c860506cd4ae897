import { resolveLocale } from './locale.ts';
import { booleanOption, coerceOptions, numberInRange, type Options, patternOption, stringOption, TYPE_IDENTIFIER } from './options.ts';
import { resolveZone, type Zone } from './time-zone.ts';
import { toDomString } from '../shared/web-idl.ts';

const TEXT = ['narrow', 'short', 'long'] as const;
const NUMERIC = ['2-digit', 'numeric'] as const;
const MONTH = [...NUMERIC, ...TEXT] as const;
const STYLES = ['full', 'long', 'medium', 'short'] as const;
const ZONE_NAMES = ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric'] as const;
const HOUR_CYCLES = ['h11', 'h12', 'h23', 'h24'] as const;

export type HourCycle = (typeof HOUR_CYCLES)[number];
export type TextWidth = (typeof TEXT)[number];
export type NumericWidth = (typeof NUMERIC)[number];
export type DateStyle = (typeof STYLES)[number];
export type ZoneNameStyle = (typeof ZONE_NAMES)[number];

/** The fields a program asked for, each with its width. */
export interface DateFields {
  readonly weekday?: TextWidth | undefined;
  readonly era?: TextWidth | undefined;
  readonly year?: NumericWidth | undefined;
  readonly month?: NumericWidth | TextWidth | undefined;
  readonly day?: NumericWidth | undefined;
  readonly dayPeriod?: TextWidth | undefined;
  readonly hour?: NumericWidth | undefined;
  readonly minute?: NumericWidth | undefined;
  readonly second?: NumericWidth | undefined;
  readonly fractionalSecondDigits?: number | undefined;
  readonly timeZoneName?: ZoneNameStyle | undefined;
}

export interface DateSettings {
  readonly locale: string;
  readonly zone: Zone;
  readonly hourCycle: HourCycle;
  readonly fields: DateFields;
  readonly dateStyle: DateStyle | undefined;
  readonly timeStyle: DateStyle | undefined;
}

/** What a formatter shows when the options name no field, and which fields count as naming one. */
export type DateKind = 'date' | 'time' | 'any';

function readFields(options: Options): DateFields {
  return {
    weekday: stringOption(options, 'weekday', TEXT, undefined),
    era: stringOption(options, 'era', TEXT, undefined),
    year: stringOption(options, 'year', NUMERIC, undefined),
    month: stringOption(options, 'month', MONTH, undefined),
    day: stringOption(options, 'day', NUMERIC, undefined),
    dayPeriod: stringOption(options, 'dayPeriod', TEXT, undefined),
    hour: stringOption(options, 'hour', NUMERIC, undefined),
    minute: stringOption(options, 'minute', NUMERIC, undefined),
    second: stringOption(options, 'second', NUMERIC, undefined),
    fractionalSecondDigits: numberInRange(options['fractionalSecondDigits'], 'fractionalSecondDigits', 1, 3, undefined),
    timeZoneName: stringOption(options, 'timeZoneName', ZONE_NAMES, undefined),
  };
}

function withDefaults(fields: DateFields, required: DateKind, defaults: DateKind): DateFields {
  const { weekday, year, month, day, dayPeriod, hour, minute, second, fractionalSecondDigits } = fields;
  const hasDate = [weekday, year, month, day].some((field) => field !== undefined);
  const hasTime = [dayPeriod, hour, minute, second, fractionalSecondDigits].some((field) => field !== undefined);
  if ((required !== 'time' && hasDate) || (required !== 'date' && hasTime)) return fields;
  return {
    ...fields,
    ...(defaults === 'time' ? {} : ({ year: 'numeric', month: 'numeric', day: 'numeric' } as const)),
    ...(defaults === 'date' ? {} : ({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const)),
  };
}

/**
 * Reads what `Intl.DateTimeFormat` and the `toLocale…String` methods are given. `required` is the kind of field that must be
 * named, `defaults` what is shown when none is: `('any', 'date')` for the class.
 */
export function readDateSettings(locales: unknown, givenOptions: unknown, required: DateKind, defaults: DateKind): DateSettings {
  const { locale, extensions } = resolveLocale(locales, ['hc']);
  const options = coerceOptions(givenOptions);
  stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
  patternOption(options, 'calendar', TYPE_IDENTIFIER);
  patternOption(options, 'numberingSystem', TYPE_IDENTIFIER);
  const hour12 = booleanOption(options, 'hour12', undefined);
  const hourCycle = stringOption(options, 'hourCycle', HOUR_CYCLES, HOUR_CYCLES.find((cycle) => cycle === extensions['hc']) ?? 'h12');
  const zone = resolveZone(options['timeZone'] === undefined ? 'UTC' : toDomString(options['timeZone']));
  const fields = readFields(options);
  stringOption(options, 'formatMatcher', ['basic', 'best fit'], undefined);
  const dateStyle = stringOption(options, 'dateStyle', STYLES, undefined);
  const timeStyle = stringOption(options, 'timeStyle', STYLES, undefined);
  const common = { locale, zone, hourCycle: hour12 === undefined ? hourCycle : hour12 ? 'h12' : 'h23', dateStyle, timeStyle } as const;
  if (dateStyle === undefined && timeStyle === undefined) {
    return { ...common, fields: tidy(withDefaults(fields, required, defaults), common.hourCycle) };
  }

  const named = Object.entries(fields).find(([, width]) => width !== undefined);
  if (named !== undefined)
    throw new TypeError(`Can't set option ${named[0]} when ${dateStyle === undefined ? 'timeStyle' : 'dateStyle'} is used`);
  if (required === 'date' && timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
  if (required === 'time' && dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
  return { ...common, fields: styleFields(dateStyle, timeStyle) };
}

/** What is asked for and shown by no pattern, or shown by every pattern that has its neighbours. */
function tidy(fields: DateFields, hourCycle: HourCycle): DateFields {
  const { hour, minute, fractionalSecondDigits } = fields;
  const isFullDay = hour !== undefined && (hourCycle === 'h23' || hourCycle === 'h24');
  return {
    ...fields,
    ...(isFullDay ? { dayPeriod: undefined } : {}),
    ...(fractionalSecondDigits !== undefined && minute !== undefined ? { second: '2-digit' } : {}),
  };
}

function styleFields(dateStyle: DateStyle | undefined, timeStyle: DateStyle | undefined): DateFields {
  const month = { full: 'long', long: 'long', medium: 'short', short: 'numeric' } as const;
  const date: DateFields =
    dateStyle === undefined
      ? {}
      : {
          ...(dateStyle === 'full' ? { weekday: 'long' } : {}),
          year: dateStyle === 'short' ? '2-digit' : 'numeric',
          month: month[dateStyle],
          day: 'numeric',
        };
  const time: DateFields =
    timeStyle === undefined
      ? {}
      : {
          hour: 'numeric',
          minute: '2-digit',
          ...(timeStyle === 'short' ? {} : { second: '2-digit' }),
          ...(timeStyle === 'full' ? { timeZoneName: 'long' } : timeStyle === 'long' ? { timeZoneName: 'short' } : {}),
        };
  return { ...date, ...time };
}
