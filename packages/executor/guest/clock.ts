import { apply, construct, createObject, defineProperty, floor, getOwnPropertyDescriptor, NativeDate, NativeString, setOwn } from './primordials.ts';

/** The run's time: set once at the start of each turn, still within it. */
export interface Clock {
  now(): number;
  /** Milliseconds since the run began. */
  sinceStart(): number;
}

/**
 * Replaces `Date` by one that reads the logical clock, and gives `Intl.DateTimeFormat`'s "now" the same time. Everything
 * else of `Date` is the engine's own.
 */
export function installDate(clock: Clock): void {
  function Date(...args: unknown[]): unknown {
    if (new.target === undefined) return NativeString(new NativeDate(clock.now()));
    return construct(NativeDate, args.length === 0 ? [floor(clock.now())] : args, new.target);
  }
  const LogicalDate = Date as unknown as DateConstructor;
  freezeProperty(LogicalDate, 'prototype', NativeDate.prototype);
  const length = createObject(null) as PropertyDescriptor;
  length.value = 7;
  defineProperty(LogicalDate, 'length', length);
  setOwn(LogicalDate, 'now', { now: (): number => floor(clock.now()) }.now, false);
  setOwn(LogicalDate, 'parse', NativeDate.parse, false);
  setOwn(LogicalDate, 'UTC', NativeDate.UTC, false);
  setOwn(NativeDate.prototype, 'constructor', LogicalDate, false);
  setOwn(globalThis, 'Date', LogicalDate, false);
  installIntlNow(clock);
}

function freezeProperty(target: object, key: string, value: unknown): void {
  const descriptor = createObject(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = false;
  defineProperty(target, key, descriptor);
}

/** `format()` and `formatToParts()` without a date mean "now": the logical one. */
function installIntlNow(clock: Clock): void {
  const prototype = (globalThis as { Intl?: { DateTimeFormat?: { prototype: object } } }).Intl?.DateTimeFormat?.prototype;
  if (prototype === undefined) return;
  const format = getOwnPropertyDescriptor(prototype, 'format');
  const getFormat = format?.get;
  if (format !== undefined && getFormat !== undefined) {
    const replacement = createObject(null) as PropertyDescriptor;
    replacement.configurable = true;
    replacement.get = function (this: unknown): unknown {
      const native = apply(getFormat, this, []) as (date: unknown) => string;
      return (date?: unknown): string => native(date === undefined ? clock.now() : date);
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

