import { toDomString } from '../shared/web-idl.ts';

/** An options bag as a program gave it. Each property is read once, in the order of the standard. */
export type Options = Readonly<Record<string, unknown>>;

const NO_OPTIONS: Options = Object.freeze(Object.create(null));

/** ECMA-402's CoerceOptionsToObject: primitives are accepted, null is not. */
export function coerceOptions(options: unknown): Options {
  if (options === undefined) return NO_OPTIONS;
  if (options === null) throw new TypeError('Cannot convert undefined or null to object');
  return Object(options) as Options;
}

/** ECMA-402's GetOptionsObject, of the newer formatters: an object or nothing. */
export function requireOptions(options: unknown): Options {
  if (options === undefined) return NO_OPTIONS;
  if ((typeof options !== 'object' || options === null) && typeof options !== 'function') throw new TypeError('Incorrect options argument');
  return options as Options;
}

/** One of `values`, or the fallback when the option is not there. */
export function stringOption<T extends string, F>(options: Options, property: string, values: readonly T[], fallback: F): T | F {
  const value = options[property];
  if (value === undefined) return fallback;
  const text = toDomString(value);
  const known = values.find((candidate) => candidate === text);
  if (known === undefined) throw new RangeError(`Value ${text} out of range for Intl options property ${property}`);
  return known;
}

export function booleanOption<F>(options: Options, property: string, fallback: F): boolean | F {
  const value = options[property];
  return value === undefined ? fallback : Boolean(value);
}

/** A whole number in range, or the fallback for undefined. Rounds down, as the standard does. */
export function numberInRange<F>(value: unknown, property: string, least: number, greatest: number, fallback: F): number | F {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!(number >= least && number <= greatest)) throw new RangeError(`${property} value is out of range.`);
  return Math.floor(number);
}

/** Any text that looks like `pattern`: for identifiers whose values are not enumerated. */
export function patternOption(options: Options, property: string, pattern: RegExp): string | undefined {
  const value = options[property];
  if (value === undefined) return undefined;
  const text = toDomString(value);
  if (!pattern.test(text)) throw new RangeError(`Invalid ${property} : ${text}`);
  return text;
}

/** `numberingSystem`, `calendar`, `collation`: one or more parts of 3 to 8 characters. */
export const TYPE_IDENTIFIER: RegExp = /^[a-z\d]{3,8}(?:-[a-z\d]{3,8})*$/i;
