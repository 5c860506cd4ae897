import { type NumericValue, toNumericValue } from './decimal.ts';
import { show } from './digits.ts';
import { resolveLocale, supportedLocalesOf } from './locale.ts';
import { type DigitOptions, type Notation, readDigitOptions } from './number-options.ts';
import { describeDigits } from './number-settings.ts';
import { coerceOptions, stringOption } from './options.ts';

export type PluralCategory = 'one' | 'two' | 'few' | 'other';

interface PluralSettings extends DigitOptions {
  readonly locale: string;
  readonly type: 'cardinal' | 'ordinal';
  readonly notation: Notation;
  readonly compactDisplay: 'short' | 'long';
}

/** English's rules: "1 day" but "1.0 days"; "1st", "22nd", "3rd" but "11th". */
function categoryOf(value: NumericValue, settings: PluralSettings): PluralCategory {
  if (value.kind !== 'finite') return 'other';
  const { integer, fraction, exponent } = show(value, settings, settings.notation);
  if (exponent !== 0) return 'other';
  if (settings.type === 'cardinal') return /^0*1$/.test(integer) && fraction === '' ? 'one' : 'other';
  if (/[1-9]/.test(fraction) || /1\d$/.test(integer)) return 'other';
  const last = integer.at(-1);
  if (last === '1') return 'one';
  return last === '2' ? 'two' : last === '3' ? 'few' : 'other';
}

/** `Intl.PluralRules` for English. Ranges are missing. */
export class PluralRules {
  static supportedLocalesOf(locales: unknown): string[] {
    return supportedLocalesOf(locales);
  }

  readonly #settings: PluralSettings;

  constructor(locales?: unknown, givenOptions?: unknown) {
    const { locale } = resolveLocale(locales);
    const options = coerceOptions(givenOptions);
    stringOption(options, 'localeMatcher', ['lookup', 'best fit'], undefined);
    const type = stringOption(options, 'type', ['cardinal', 'ordinal'], 'cardinal');
    const notation = stringOption(options, 'notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard');
    const compactDisplay = stringOption(options, 'compactDisplay', ['short', 'long'], 'short');
    this.#settings = { ...readDigitOptions(options, 0, 3, notation), locale, type, notation, compactDisplay };
  }

  select(value: unknown): PluralCategory {
    // Unlike `Number`, the operator refuses a BigInt.
    return categoryOf(toNumericValue(+(value as number)), this.#settings);
  }

  resolvedOptions(): Record<string, unknown> {
    const { locale, type, notation, compactDisplay, roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay } =
      this.#settings;
    return {
      locale,
      type,
      notation,
      ...(notation === 'compact' ? { compactDisplay } : {}),
      ...Object.fromEntries(describeDigits(this.#settings)),
      pluralCategories: type === 'cardinal' ? ['one', 'other'] : ['one', 'two', 'few', 'other'],
      roundingIncrement,
      roundingMode,
      roundingPriority,
      trailingZeroDisplay,
    };
  }
}
