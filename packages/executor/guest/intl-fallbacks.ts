import { defineGlobal, defineLazyGlobals } from './globals.ts';
import type { LazyChunks } from './lazy-chunks.ts';
import {
  bigintValueOf,
  dateGetTime,
  describeFunction,
  hasOwn,
  NativeDate,
  numberValueOf,
  setOwn,
  NativeString,
  NativeTypeError,
} from './primordials.ts';

interface NumberChunk {
  numberToLocaleString(value: number | bigint, locales: unknown, options: unknown): string;
}

interface DateChunk {
  dateToLocaleString(ms: number, locales: unknown, options: unknown, kind: 'any' | 'date' | 'time'): string;
}

interface CollatorChunk {
  localeCompare(a: string, b: string, locales: unknown, options: unknown): number;
}

/**
 * Where the engine has no `Intl`, gives programs the English one that models write for: the same answers in en-US and UTC
 * as an engine with `Intl` gives. Each part is loaded when a program first formats, or compares, something.
 */
export function installIntlFallbacks(chunks: LazyChunks): void {
  if (hasOwn(globalThis, 'Intl')) return;
  const intl = {};
  setOwn(intl, Symbol.toStringTag, 'Intl', false);
  defineLazyGlobals(['NumberFormat'], () => chunks.get('intl-number'), intl);
  defineLazyGlobals(['DateTimeFormat'], () => chunks.get('intl-date'), intl);
  defineLazyGlobals(['Collator'], () => chunks.get('intl-collator'), intl);
  defineLazyGlobals(['PluralRules'], () => chunks.get('intl-plural'), intl);
  defineLazyGlobals(['ListFormat', 'getCanonicalLocales'], () => chunks.get('intl-list'), intl);
  defineLazyGlobals(['RelativeTimeFormat'], () => chunks.get('intl-relative'), intl);
  defineGlobal('Intl', intl);

  const numbers = (): NumberChunk => chunks.get('intl-number') as NumberChunk;
  method(Number.prototype, 'toLocaleString', 0, (self, locales, options) =>
    numbers().numberToLocaleString(numberValueOf(self), locales, options),
  );
  method(BigInt.prototype, 'toLocaleString', 0, (self, locales, options) =>
    numbers().numberToLocaleString(bigintValueOf(self), locales, options),
  );
  const dates = (kind: 'any' | 'date' | 'time') => (self: unknown, locales: unknown, options: unknown) =>
    (chunks.get('intl-date') as DateChunk).dateToLocaleString(dateGetTime(self as Date), locales, options, kind);
  method(NativeDate.prototype, 'toLocaleString', 0, dates('any'));
  method(NativeDate.prototype, 'toLocaleDateString', 0, dates('date'));
  method(NativeDate.prototype, 'toLocaleTimeString', 0, dates('time'));
  method(String.prototype, 'localeCompare', 1, (self, that, locales, options) => {
    if (self === undefined || self === null) throw new NativeTypeError('String.prototype.localeCompare called on null or undefined');
    return (chunks.get('intl-collator') as CollatorChunk).localeCompare(NativeString(self), NativeString(that), locales, options);
  });
}

/** A method that knows its receiver, under the name and length it has in the language. */
function method(target: object, name: string, length: number, run: (self: unknown, ...args: unknown[]) => unknown): void {
  const holder = {
    [name](this: unknown, a: unknown, b: unknown, c: unknown): unknown {
      return run(this, a, b, c);
    },
  };
  const made = holder[name] as object;
  describeFunction(made, name, length);
  setOwn(target, name, made, false);
}
