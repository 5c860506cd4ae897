import { datePattern, type Token } from './date-pattern.ts';
import type { DateSettings, HourCycle, TextWidth } from './date-settings.ts';
import type { Part } from './number-parts.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const MS_PER_MINUTE = 60_000;

function shorten(name: string, width: TextWidth): string {
  return width === 'long' ? name : name.slice(0, width === 'short' ? 3 : 1);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function hourText(hour: number, cycle: HourCycle, isPadded: boolean): string {
  const within12 = hour % 12;
  if (cycle === 'h23' || cycle === 'h24') return pad(cycle === 'h24' ? hour || 24 : hour);
  const shown = cycle === 'h11' ? within12 : within12 || 12;
  return isPadded ? pad(shown) : String(shown);
}

/** CLDR's parts of the day; noon lasts a minute at most, and is told only where nothing smaller than what is shown differs. */
function dayPeriodText(date: Date, width: TextWidth, settings: DateSettings): string {
  const hour = date.getUTCHours();
  const { minute, second } = settings.fields;
  const isExact = (minute === undefined || date.getUTCMinutes() === 0) && (second === undefined || date.getUTCSeconds() === 0);
  if (hour === 12 && isExact) return width === 'narrow' ? 'n' : 'noon';
  if (hour < 12) return 'in the morning';
  if (hour < 18) return 'in the afternoon';
  return hour < 21 ? 'in the evening' : 'at night';
}

function eraText(isBefore: boolean, width: TextWidth): string {
  if (width === 'long') return isBefore ? 'Before Christ' : 'Anno Domini';
  return (isBefore ? 'BC' : 'AD').slice(0, width === 'narrow' ? 1 : 2);
}

type Field = Exclude<Token, { literal: string }>;
/** `date` has the clock on the wall in its UTC fields; `ms` is the time itself. */
type FieldText = (date: Date, settings: DateSettings, ms: number) => string;

const FIELD_TEXTS: Readonly<Record<Field, FieldText>> = {
  weekday: (date, { fields }) => shorten(WEEKDAYS[date.getUTCDay()] ?? '', fields.weekday ?? 'long'),
  era: (date, { fields }) => eraText(date.getUTCFullYear() <= 0, fields.era ?? 'short'),
  year: (date, { fields }) => {
    const year = date.getUTCFullYear();
    const yearOfEra = year > 0 ? year : 1 - year;
    return fields.year === '2-digit' ? pad(yearOfEra % 100) : String(yearOfEra);
  },
  month: (date, { fields }) => {
    const month = date.getUTCMonth();
    if (fields.month === 'numeric') return String(month + 1);
    return fields.month === '2-digit' ? pad(month + 1) : shorten(MONTHS[month] ?? '', fields.month ?? 'long');
  },
  day: (date, { fields }) => (fields.day === '2-digit' ? pad(date.getUTCDate()) : String(date.getUTCDate())),
  dayPeriod: (date, settings) => dayPeriodText(date, settings.fields.dayPeriod ?? 'long', settings),
  amPm: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  hour: (date, { fields, hourCycle }) => hourText(date.getUTCHours(), hourCycle, fields.hour === '2-digit'),
  // Alone, a minute or second is a plain number, whatever width was asked for.
  minute: (date, { fields }) => {
    const isAlone = fields.hour === undefined && fields.second === undefined;
    return isAlone ? String(date.getUTCMinutes()) : pad(date.getUTCMinutes());
  },
  second: (date, { fields }) => (fields.minute === undefined ? String(date.getUTCSeconds()) : pad(date.getUTCSeconds())),
  fractionalSecondDigits: (date, { fields }) => String(date.getUTCMilliseconds()).padStart(3, '0').slice(0, fields.fractionalSecondDigits),
  timeZoneName: (_date, { fields, zone }, ms) => zone.nameAt(ms, fields.timeZoneName ?? 'short'),
};

const PART_TYPES: Readonly<Record<string, string>> = { amPm: 'dayPeriod', fractionalSecondDigits: 'fractionalSecond' };

/** The pieces of a time, formatted. `ms` must be a valid time value. */
export function dateParts(ms: number, settings: DateSettings): Part[] {
  // The clock on the wall, read as if it were UTC.
  const date = new Date(ms + settings.zone.offsetAt(ms) * MS_PER_MINUTE);
  return datePattern(settings.fields, settings.hourCycle).map((token) =>
    typeof token === 'object'
      ? { type: 'literal', value: token.literal }
      : { type: PART_TYPES[token] ?? token, value: FIELD_TEXTS[token](date, settings, ms) },
  );
}
