import {
  adoptPrototype,
  apply,
  construct,
  createObject,
  describeFunction,
  guestFunction,
  isTypeOfObject,
  NativeDate,
  setOwn,
} from './primordials.ts';
import { isZoneUtc } from './utc-date.ts';

type Method = (...args: unknown[]) => unknown;
type Constructor = (new (...args: unknown[]) => object) & { readonly length: number };

/** What is used where a program names no locale, or only some that the engine does not know. */
const LOCALE = 'en-US';
const CONSTRUCTORS = [
  'Collator',
  'DateTimeFormat',
  'DisplayNames',
  'DurationFormat',
  'ListFormat',
  'NumberFormat',
  'PluralRules',
  'RelativeTimeFormat',
  'Segmenter',
];
/** These may be called without `new`. */
const CALLABLE = ' Collator DateTimeFormat NumberFormat ';

/**
 * Makes en-US and UTC what formatting and comparing fall back on. An engine would take the locale and the zone of the host
 * it happens to run on. Once, before guest code, and only where there is an `Intl`.
 */
export function installIntlDefaults(): void {
  const intl = (globalThis as { Intl?: Record<string, unknown> & { getCanonicalLocales(locales: unknown): string[] } }).Intl;
  if (intl === undefined) return;
  const { getCanonicalLocales } = intl;

  function withLocale(locales: unknown): unknown {
    if (locales === undefined) return LOCALE;
    const list = getCanonicalLocales(locales);
    setOwn(list, list.length, LOCALE);
    return list;
  }

  for (let i = 0; i < CONSTRUCTORS.length; i++) {
    const name = CONSTRUCTORS[i] as string;
    const Native = intl[name] as Constructor | undefined;
    if (Native === undefined) continue;
    const withOptions = name === 'DateTimeFormat' ? withUtc : (options: unknown): unknown => options;
    const isCallable = CALLABLE.indexOf(` ${name} `) !== -1;
    function make(locales?: unknown, options?: unknown): unknown {
      if (new.target === undefined && !isCallable) return apply(Native as unknown as Method, undefined, []);
      return construct(Native as Constructor, [withLocale(locales), withOptions(options)], new.target ?? make);
    }
    adoptPrototype(make, Native.prototype as object);
    const replacement = guestFunction(make, name, Native.length);
    adoptPrototype(replacement, Native.prototype as object);
    setOwn(replacement, 'supportedLocalesOf', (Native as unknown as Record<string, unknown>)['supportedLocalesOf'], false);
    setOwn(Native.prototype as object, 'constructor', replacement, false);
    setOwn(intl, name, replacement, false);
  }

  const formatting = (target: object, name: string, withOptions: (options: unknown) => unknown): void => {
    const native = (target as Record<string, Method>)[name] as Method;
    const method = {
      method(this: unknown, locales?: unknown, options?: unknown): unknown {
        return apply(native, this, [withLocale(locales), withOptions(options)]);
      },
    }.method;
    describeFunction(method, name, native.length);
    setOwn(target, name, method, false);
  };
  const asGiven = (options: unknown): unknown => options;
  formatting(Number.prototype, 'toLocaleString', asGiven);
  formatting(BigInt.prototype, 'toLocaleString', asGiven);
  formatting(String.prototype, 'toLocaleUpperCase', asGiven);
  formatting(String.prototype, 'toLocaleLowerCase', asGiven);
  formatting(NativeDate.prototype, 'toLocaleString', withUtc);
  formatting(NativeDate.prototype, 'toLocaleDateString', withUtc);
  formatting(NativeDate.prototype, 'toLocaleTimeString', withUtc);
  const { localeCompare } = String.prototype;
  const comparing = {
    localeCompare(this: unknown, that: unknown, locales?: unknown, options?: unknown): unknown {
      return apply(localeCompare as Method, this, [that, withLocale(locales), options]);
    },
  }.localeCompare;
  describeFunction(comparing, 'localeCompare', 1);
  setOwn(String.prototype, 'localeCompare', comparing, false);
}

/** The same options, with UTC for the time zone where they name none. */
function withUtc(options: unknown): unknown {
  if (isZoneUtc || options === null || (isTypeOfObject(options) && (options as { timeZone?: unknown }).timeZone !== undefined))
    return options;
  const copy = createObject(isTypeOfObject(options) ? options : null) as object;
  setOwn(copy, 'timeZone', 'UTC');
  return copy;
}
