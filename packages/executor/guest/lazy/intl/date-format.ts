import { dateParts } from './date-parts.ts';
import { type DateKind, type DateSettings, readDateSettings } from './date-settings.ts';
import { supportedLocalesOf } from './locale.ts';
import { joinParts, type Part } from './number-parts.ts';

const GREATEST_TIME = 8.64e15;

let readClock: () => number = () => 0;

/** Gives formatters the time of the run, for when they are handed none. */
export function bindClock(now: () => number): void {
  readClock = now;
}

function timeOf(date: unknown): number {
  // Unlike `Number`, the operator refuses a BigInt.
  const ms = date === undefined ? readClock() : +(date as number);
  if (!(Math.abs(ms) <= GREATEST_TIME)) throw new RangeError('Invalid time value');
  return Math.trunc(ms);
}

/** What the object of `resolvedOptions()` shows, in the standard's order and without what does not apply. */
function describe(settings: DateSettings): Record<string, unknown> {
  const { fields, hourCycle, dateStyle, timeStyle } = settings;
  const isStyled = dateStyle !== undefined || timeStyle !== undefined;
  const isClock = fields.hour !== undefined;
  const shown: [string, unknown][] = [
    ['locale', settings.locale],
    ['calendar', 'gregory'],
    ['numberingSystem', 'latn'],
    ['timeZone', settings.zone.id],
    ['hourCycle', isClock ? hourCycle : undefined],
    ['hour12', isClock ? hourCycle === 'h12' || hourCycle === 'h11' : undefined],
    ...(isStyled ? [] : describeFields(settings)),
    ['dateStyle', dateStyle],
    ['timeStyle', timeStyle],
  ];
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined));
}

function describeFields({ fields, hourCycle }: DateSettings): [string, unknown][] {
  const isPadded = hourCycle === 'h23' || hourCycle === 'h24';
  const { hour, minute, second } = fields;
  return Object.entries({
    ...fields,
    hour: hour !== undefined && isPadded ? '2-digit' : hour,
    minute: minute !== undefined && (hour !== undefined || second !== undefined) ? '2-digit' : minute && 'numeric',
    second: second !== undefined && minute !== undefined ? '2-digit' : second && 'numeric',
  });
}

/** `Intl.DateTimeFormat` for English and the Gregorian calendar. Ranges are missing. */
export class DateTimeFormat {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #settings: DateSettings;
  #bound: ((date?: unknown) => string) | undefined;

  constructor(locales?: unknown, options?: unknown) {
    this.#settings = readDateSettings(locales, options, 'any', 'date');
  }

  /** Bound to its format, so that it can be handed to `map`. */
  get format(): (date?: unknown) => string {
    this.#bound ??= (date) => joinParts(dateParts(timeOf(date), this.#settings));
    return this.#bound;
  }

  formatToParts(date?: unknown): Part[] {
    return dateParts(timeOf(date), this.#settings);
  }

  resolvedOptions(): Record<string, unknown> {
    return describe(this.#settings);
  }
}

/** What `toLocaleString` (`any`), `toLocaleDateString` and `toLocaleTimeString` of a Date do with its time value. */
export function dateToLocaleString(ms: number, locales: unknown, options: unknown, kind: DateKind): string {
  return Number.isNaN(ms) ? 'Invalid Date' : joinParts(dateParts(ms, readDateSettings(locales, options, kind, kind)));
}
