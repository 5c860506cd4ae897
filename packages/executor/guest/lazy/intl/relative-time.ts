import { toDomString } from '../shared/web-idl.ts';
import { toNumericValue } from './decimal.ts';
import { resolveLocale, supportedLocalesOf } from './locale.ts';
import { joinParts, numberParts, type Part } from './number-parts.ts';
import { defaultNumberSettings } from './number-settings.ts';
import { coerceOptions, patternOption, stringOption, TYPE_IDENTIFIER } from './options.ts';

type RelativeStyle = 'long' | 'short' | 'narrow';
const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
type RelativeUnit = (typeof UNITS)[number];

/** Short and narrow names; a bar parts singular and plural. */
const SHORT: Readonly<Record<RelativeUnit, string>> = {
  second: 'sec.',
  minute: 'min.',
  hour: 'hr.',
  day: 'day|days',
  week: 'wk.',
  month: 'mo.',
  quarter: 'qtr.|qtrs.',
  year: 'yr.',
};
const NARROW: Readonly<Record<RelativeUnit, string>> = {
  second: 's',
  minute: 'm',
  hour: 'h',
  day: 'd',
  week: 'w',
  month: 'mo',
  quarter: 'q',
  year: 'y',
};

interface RelativePart extends Part {
  unit?: RelativeUnit;
}

function unitName(unit: RelativeUnit, style: RelativeStyle, isOne: boolean): string {
  const names = style === 'long' ? `${unit}|${unit}s` : (style === 'short' ? SHORT : NARROW)[unit];
  const [singular = '', plural = singular] = names.split('|');
  const name = isOne ? singular : plural;
  return style === 'narrow' ? name : ` ${name}`;
}

/** "yesterday", "next week": the words for a distance of one unit or none, where there are some. */
function wordFor(distance: number, unit: RelativeUnit, style: RelativeStyle): string | undefined {
  // ICU forgives half a hundredth.
  const value = Math.trunc(distance * 100 + (distance < 0 ? -0.5 : 0.5)) / 100;
  if (value !== 0 && value !== 1 && value !== -1) return undefined;
  if (unit === 'second') return value === 0 ? 'now' : undefined;
  if (unit === 'day') return value === 0 ? 'today' : value === 1 ? 'tomorrow' : 'yesterday';
  if (unit === 'minute' || unit === 'hour') return value === 0 ? `this ${unit}` : undefined;
  const name = style === 'long' ? unit : SHORT[unit].split('|')[0];
  return `${value === 0 ? 'this' : value === 1 ? 'next' : 'last'} ${name}`;
}

function toUnit(unit: unknown): RelativeUnit {
  const name = toDomString(unit);
  const known = UNITS.find((candidate) => candidate === name || `${candidate}s` === name);
  if (known === undefined) throw new RangeError(`Invalid unit argument for format() '${name}'`);
  return known;
}

/** `Intl.RelativeTimeFormat` for English. */
export class RelativeTimeFormat {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #locale: string;
  readonly #style: RelativeStyle;
  readonly #numeric: 'always' | 'auto';

  constructor(locales?: unknown, givenOptions?: unknown) {
    this.#locale = resolveLocale(locales).locale;
    const options = coerceOptions(givenOptions);
    stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
    patternOption(options, 'numberingSystem', TYPE_IDENTIFIER);
    this.#style = stringOption(options, 'style', ['long', 'short', 'narrow'], 'long');
    this.#numeric = stringOption(options, 'numeric', ['always', 'auto'], 'always');
  }

  format(value: unknown, unit: unknown): string {
    return joinParts(this.formatToParts(value, unit));
  }

  formatToParts(value: unknown, unit: unknown): RelativePart[] {
    // Unlike `Number`, the operator refuses a BigInt.
    const distance = +(value as number);
    const name = toUnit(unit);
    if (!Number.isFinite(distance)) throw new RangeError('The value must be finite.');
    const word = this.#numeric === 'auto' ? wordFor(distance, name, this.#style) : undefined;
    if (word !== undefined) return [{ type: 'literal', value: word }];
    const isPast = distance < 0 || Object.is(distance, -0);
    const number = numberParts(toNumericValue(Math.abs(distance)), defaultNumberSettings());
    const suffix = unitName(name, this.#style, joinParts(number) === '1');
    return [
      ...(isPast ? [] : [{ type: 'literal', value: 'in ' }]),
      ...number.map((part) => ({ ...part, unit: name })),
      { type: 'literal', value: isPast ? `${suffix} ago` : suffix },
    ];
  }

  resolvedOptions(): Record<string, unknown> {
    return { locale: this.#locale, style: this.#style, numeric: this.#numeric, numberingSystem: 'latn' };
  }
}
