import { toDomString } from '../shared/web-idl.ts';
import { currencyDigits } from './currencies.ts';
import { DEFAULT_LOCALE, resolveLocale } from './locale.ts';
import { type DigitOptions, type Grouping, type Notation, readDigitOptions, readGrouping } from './number-options.ts';
import { coerceOptions, patternOption, stringOption, TYPE_IDENTIFIER } from './options.ts';
import { isUnit, type UnitDisplay } from './units.ts';

export type NumberStyle = 'decimal' | 'percent' | 'currency' | 'unit';
export type SignDisplay = 'auto' | 'never' | 'always' | 'exceptZero' | 'negative';

/** A number format's options, read, checked and with their defaults. */
export interface NumberSettings extends DigitOptions {
  readonly locale: string;
  readonly style: NumberStyle;
  readonly currency: string;
  readonly currencyDisplay: 'code' | 'symbol' | 'narrowSymbol' | 'name';
  readonly currencySign: 'standard' | 'accounting';
  readonly unit: string;
  readonly unitDisplay: UnitDisplay;
  readonly notation: Notation;
  readonly compactDisplay: 'short' | 'long';
  readonly useGrouping: Grouping;
  readonly signDisplay: SignDisplay;
}

/** Reads what `Intl.NumberFormat` and `toLocaleString` are given. */
export function readNumberSettings(locales: unknown, givenOptions: unknown): NumberSettings {
  const { locale } = resolveLocale(locales);
  const options = coerceOptions(givenOptions);
  stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
  patternOption(options, 'numberingSystem', TYPE_IDENTIFIER);
  const style = stringOption(options, 'style', ['decimal', 'percent', 'currency', 'unit'], 'decimal');
  const currency = patternOption(options, 'currency', /^[a-z]{3}$/i)?.toUpperCase();
  if (style === 'currency' && currency === undefined) throw new TypeError('Currency code is required with currency style.');
  const currencyDisplay = stringOption(options, 'currencyDisplay', ['code', 'symbol', 'narrowSymbol', 'name'], 'symbol');
  const currencySign = stringOption(options, 'currencySign', ['standard', 'accounting'], 'standard');
  const unit = options['unit'] === undefined ? undefined : toDomString(options['unit']);
  if (unit !== undefined && !isUnit(unit)) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${unit}'`);
  if (style === 'unit' && unit === undefined) throw new TypeError("Required option 'unit' must not be undefined with unit style.");
  const unitDisplay = stringOption(options, 'unitDisplay', ['short', 'narrow', 'long'], 'short');
  const notation = stringOption(options, 'notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard');
  const fixedDigits = style === 'currency' && notation === 'standard' ? currencyDigits(currency ?? '') : undefined;
  const digitOptions = readDigitOptions(options, fixedDigits ?? 0, fixedDigits ?? (style === 'percent' ? 0 : 3), notation);
  const compactDisplay = stringOption(options, 'compactDisplay', ['short', 'long'], 'short');
  const useGrouping = readGrouping(options, notation);
  const signDisplay = stringOption(options, 'signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto');
  return {
    ...digitOptions,
    locale,
    style,
    currency: currency ?? '',
    currencyDisplay,
    currencySign,
    unit: unit ?? '',
    unitDisplay,
    notation,
    compactDisplay,
    useGrouping,
    signDisplay,
  };
}

/** What the object of `resolvedOptions()` shows, in the standard's order and without what does not apply. */
export function describeNumberSettings(settings: NumberSettings): Record<string, unknown> {
  const { style, notation } = settings;
  const shown: [string, unknown][] = [
    ['locale', settings.locale],
    ['numberingSystem', 'latn'],
    ['style', style],
    ...(style === 'currency'
      ? ([
          ['currency', settings.currency],
          ['currencyDisplay', settings.currencyDisplay],
          ['currencySign', settings.currencySign],
        ] as [string, unknown][])
      : []),
    ...(style === 'unit'
      ? ([
          ['unit', settings.unit],
          ['unitDisplay', settings.unitDisplay],
        ] as [string, unknown][])
      : []),
    ...describeDigits(settings),
    ['useGrouping', settings.useGrouping],
    ['notation', notation],
    ...(notation === 'compact' ? [['compactDisplay', settings.compactDisplay] as [string, unknown]] : []),
    ['signDisplay', settings.signDisplay],
    ['roundingIncrement', settings.roundingIncrement],
    ['roundingMode', settings.roundingMode],
    ['roundingPriority', settings.roundingPriority],
    ['trailingZeroDisplay', settings.trailingZeroDisplay],
  ];
  return Object.fromEntries(shown);
}

/** The numbers of digits that are set; plural rules show these, too. */
export function describeDigits(options: DigitOptions): [string, unknown][] {
  const { minimumIntegerDigits, minimumFractionDigits, maximumFractionDigits, minimumSignificantDigits, maximumSignificantDigits } =
    options;
  const digits: [string, unknown][] = Object.entries({
    minimumIntegerDigits,
    minimumFractionDigits,
    maximumFractionDigits,
    minimumSignificantDigits,
    maximumSignificantDigits,
  });
  return digits.filter(([, value]) => value !== undefined);
}

let defaults: NumberSettings | undefined;

/** The settings of `toLocaleString()` without arguments, which most programs mean, made once. */
export function defaultNumberSettings(): NumberSettings {
  defaults ??= readNumberSettings(DEFAULT_LOCALE, undefined);
  return defaults;
}
