import {
  apply,
  dateGetTime,
  dateToString,
  dateToUTCString,
  isTypeOfObject,
  NativeDate,
  NativeTypeError,
  regExpExec,
  setOwn,
  stringIndexOf,
  stringSlice,
  symbolToPrimitive,
  toNumber,
  trunc,
} from './primordials.ts';

/**
 * Makes UTC the zone of a realm: what a program says of a date must not depend on where its executor stands. The methods
 * are replaced only where the host's zone is another, so that elsewhere they cost nothing.
 */

/** True when the zone is UTC in winter and in summer. */
export const isZoneUtc: boolean =
  new NativeDate(2024, 0, 1).getTimezoneOffset() === 0 && new NativeDate(2024, 6, 1).getTimezoneOffset() === 0;

const prototype = NativeDate.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
const parse = NativeDate.parse;
const utcTime = NativeDate.UTC as (...args: unknown[]) => number;
const ZONE_TEXT = 'GMT+0000 (Coordinated Universal Time)';

/** `Date.prototype.toString` in the zone UTC, the same on every engine: what V8 says. */
export function dateText(date: Date): string {
  if (isInvalid(date)) return 'Invalid Date';
  return `${dayText(date)} ${timeText(date)}`;
}

/** From `Thu, 01 Jan 1970 00:00:00 GMT` to `Thu Jan 01 1970`. */
function dayText(date: Date): string {
  const text = dateToUTCString(date);
  const yearEnd = stringIndexOf(text, ' ', 13);
  return `${stringSlice(text, 0, 3)} ${stringSlice(text, 8, 11)} ${stringSlice(text, 5, 7)} ${stringSlice(text, 12, yearEnd)}`;
}

function timeText(date: Date): string {
  const text = dateToUTCString(date);
  return `${stringSlice(text, text.length - 12, text.length - 4)} ${ZONE_TEXT}`;
}

function isInvalid(date: Date): boolean {
  const time = dateGetTime(date);
  return time !== time;
}

/** Makes dates speak of UTC, in the same words on every engine. Once, before guest code; where the engine does already, nothing changes. */
export function installUtcDates(): void {
  installDateTexts();
  if (!isZoneUtc) installUtcMethods();
}

/** Gives the methods that show the zone one text, unless the engine's own says the same. */
function installDateTexts(): void {
  const epoch = new NativeDate(0);
  if (isZoneUtc && dateToString(epoch) === dateText(epoch)) return;
  const methods = {
    toString(this: Date): string {
      return dateText(this);
    },
    toTimeString(this: Date): string {
      return isInvalid(this) ? 'Invalid Date' : timeText(this);
    },
    toDateString(this: Date): string {
      return isInvalid(this) ? 'Invalid Date' : dayText(this);
    },
  };
  define('toString', methods.toString);
  define('toTimeString', methods.toTimeString);
  define('toDateString', methods.toDateString);
}

function define(name: string, method: unknown): void {
  setOwn(prototype, name, method, false);
}

/** Local getters and setters become the UTC ones, and the texts say UTC. */
function installUtcMethods(): void {
  const names = ['Date', 'Day', 'FullYear', 'Hours', 'Milliseconds', 'Minutes', 'Month', 'Seconds'];
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    define(`get${name}`, prototype[`getUTC${name}`]);
    if (name !== 'Day') define(`set${name}`, prototype[`setUTC${name}`]);
  }
  const { getUTCFullYear, setUTCFullYear, setTime } = prototype as Record<string, (...args: unknown[]) => number>;
  const methods = {
    getTimezoneOffset(this: Date): number {
      return isInvalid(this) ? NaN : 0;
    },
    getYear(this: Date): number {
      return apply(getUTCFullYear as () => number, this, []) - 1900;
    },
    setYear(this: Date, value: unknown): number {
      const year = toNumber(value);
      if (year !== year) return apply(setTime as (time: number) => number, this, [NaN]);
      const whole = trunc(year);
      if (isInvalid(this)) apply(setTime as (time: number) => number, this, [0]);
      return apply(setUTCFullYear as (year: number) => number, this, [whole >= 0 && whole <= 99 ? 1900 + whole : year]);
    },
  };
  define('getTimezoneOffset', methods.getTimezoneOffset);
  define('getYear', methods.getYear);
  define('setYear', methods.setYear);
}

/** The time value that `new Date(...args)` means, one argument or more, in the zone UTC. */
export function timeOfArguments(args: readonly unknown[]): unknown {
  if (args.length > 1) return apply(utcTime, undefined, args);
  const only = args[0];
  if (!isTypeOfObject(only)) return typeof only === 'string' ? parseAsUtc(only) : only;
  try {
    return dateGetTime(only as Date);
  } catch {
    const plain = toPrimitive(only);
    return typeof plain === 'string' ? parseAsUtc(plain) : plain;
  }
}

/** The language's ToPrimitive without a hint, which nothing hands out. */
function toPrimitive(value: object): unknown {
  const exotic = (value as Record<symbol, unknown>)[symbolToPrimitive];
  if (exotic !== undefined && exotic !== null) {
    const plain: unknown = apply(exotic as (hint: string) => unknown, value, ['default']);
    if (!isTypeOfObject(plain)) return plain;
    throw new NativeTypeError('Cannot convert object to primitive value');
  }
  const valueOf: unknown = (value as { valueOf: unknown }).valueOf;
  if (typeof valueOf === 'function') {
    const plain: unknown = apply(valueOf as () => unknown, value, []);
    if (!isTypeOfObject(plain)) return plain;
  }
  return `${value as never}`;
}

const MAX_DATE_LENGTH = 200;
const ISO_DATE = /^(?:\d{4}|[+-]\d{6})(?:-\d\d(?:-\d\d)?)?$/;
const ISO_TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
/** What makes a text name its zone: `Z`, `UTC`, `EST` and the like as a word, or a sign after a time of day. */
const ZONE = /(?:^|[^a-z])(?:z|ut|utc|gmt|[ecmp][sd]t)(?![a-z])|\d:\d\d.*[+-]\d/i;
const COMMENT = /\([^()]*\)/;

/** `Date.parse` in the zone UTC: only texts without a zone of their own mean another time than the engine says. */
export function parseAsUtc(input: unknown): number {
  const text = `${input as string}`;
  const time = parse(text);
  if (time !== time || text.length > MAX_DATE_LENGTH || regExpExec(ISO_DATE, text) !== null) return time;
  if (regExpExec(ZONE, withoutComment(text)) !== null) return time;
  const inUtc = parse(regExpExec(ISO_TIME, text) === null ? `${text} UTC` : `${text}Z`);
  return inUtc === inUtc ? inUtc : time;
}

function withoutComment(text: string): string {
  const found = regExpExec(COMMENT, text);
  if (found === null) return text;
  const start = stringIndexOf(text, found[0]);
  return `${stringSlice(text, 0, start)}${stringSlice(text, start + found[0].length)}`;
}
