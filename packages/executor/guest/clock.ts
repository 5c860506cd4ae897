import {
  adoptPrototype,
  apply,
  construct,
  createObject,
  defineProperty,
  floor,
  getOwnPropertyDescriptor,
  guestFunction,
  NativeDate,
  NativeWeakMap,
  setOwn,
  weakMapGet,
  weakMapSet,
} from './primordials.ts';
import { dateText, isZoneUtc, parseAsUtc, timeOfArguments } from './utc-date.ts';

/** The run's time: set once at the start of each turn, still within it. */
export interface Clock {
  now(): number;
  /** Milliseconds since the run began. */
  sinceStart(): number;
}

/**
 * Replaces `Date` by one that reads the run's clock and whose zone is UTC whatever the host's is, and gives
 * `Intl.DateTimeFormat`'s "now" the same time. Everything else of `Date` is the engine's own.
 */
export function installDate(clock: Clock, isLive: boolean): void {
  if (isLive && isZoneUtc) return;
  function make(...args: unknown[]): unknown {
    if (new.target === undefined) return dateText(new NativeDate(clock.now()));
    if (args.length === 0) return construct(NativeDate, [floor(clock.now())], new.target);
    return construct(NativeDate, isZoneUtc ? args : [timeOfArguments(args)], new.target);
  }
  adoptPrototype(make, NativeDate.prototype);
  const LogicalDate = guestFunction(make as never, 'Date', 7) as DateConstructor;
  adoptPrototype(LogicalDate, NativeDate.prototype);
  setOwn(
    LogicalDate,
    'now',
    guestFunction((): number => floor(clock.now()), 'now'),
    false,
  );
  setOwn(LogicalDate, 'parse', isZoneUtc ? NativeDate.parse : guestFunction(parseAsUtc as never, 'parse', 1), false);
  setOwn(LogicalDate, 'UTC', NativeDate.UTC, false);
  setOwn(NativeDate.prototype, 'constructor', LogicalDate, false);
  setOwn(globalThis, 'Date', LogicalDate, false);
  if (!isLive) installIntlNow(clock);
}

/** `format()` and `formatToParts()` without a date mean "now": the logical one. */
function installIntlNow(clock: Clock): void {
  const prototype = (globalThis as { Intl?: { DateTimeFormat?: { prototype: object } } }).Intl?.DateTimeFormat?.prototype;
  if (prototype === undefined) return;
  const getFormat = getOwnPropertyDescriptor(prototype, 'format')?.get;
  if (getFormat !== undefined) {
    const made = new NativeWeakMap<object, unknown>();
    const replacement = createObject(null) as PropertyDescriptor;
    replacement.configurable = true;
    replacement.get = function (this: object): unknown {
      const native = apply(getFormat, this, []) as (date: unknown) => string;
      const existing = weakMapGet(made, native);
      if (existing !== undefined) return existing;
      const format = guestFunction(
        (...args: [date?: unknown]): string => native(args.length === 0 || args[0] === undefined ? clock.now() : args[0]),
        '',
        1,
      );
      weakMapSet(made, native, format);
      return format;
    };
    defineProperty(prototype, 'format', replacement);
  }
  const parts = getOwnPropertyDescriptor(prototype, 'formatToParts')?.value as ((date: unknown) => unknown) | undefined;
  if (parts !== undefined) {
    const methods = {
      formatToParts(this: unknown, date?: unknown): unknown {
        return apply(parts, this, [date === undefined ? clock.now() : date]);
      },
    };
    setOwn(prototype, 'formatToParts', methods.formatToParts, false);
  }
}
