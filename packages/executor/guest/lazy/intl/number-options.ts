import type { RoundingMode } from './decimal.ts';
import { numberInRange, type Options, stringOption } from './options.ts';

const ROUNDING_INCREMENTS: ReadonlySet<number> = new Set([1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000]);
const ROUNDING_MODES = ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'] as const;
const MAX_DIGITS = 100;
const MAX_SIGNIFICANT_DIGITS = 21;

export type Notation = 'standard' | 'scientific' | 'engineering' | 'compact';

/** How many digits a number is shown with: the part of a formatter's options that plural rules have too. */
export interface DigitOptions {
  readonly minimumIntegerDigits: number;
  readonly minimumFractionDigits: number | undefined;
  readonly maximumFractionDigits: number | undefined;
  readonly minimumSignificantDigits: number | undefined;
  readonly maximumSignificantDigits: number | undefined;
  readonly roundingIncrement: number;
  readonly roundingMode: RoundingMode;
  readonly roundingType: 'fractionDigits' | 'significantDigits' | 'morePrecision' | 'lessPrecision';
  readonly roundingPriority: 'auto' | 'morePrecision' | 'lessPrecision';
  readonly trailingZeroDisplay: 'auto' | 'stripIfInteger';
}

/** ECMA-402's SetNumberFormatDigitOptions. */
export function readDigitOptions(
  options: Options,
  defaultMinFraction: number,
  defaultMaxFraction: number,
  notation: Notation,
): DigitOptions {
  const minimumIntegerDigits = numberInRange(options['minimumIntegerDigits'], 'minimumIntegerDigits', 1, MAX_SIGNIFICANT_DIGITS, 1);
  const rawMinFraction = options['minimumFractionDigits'];
  const rawMaxFraction = options['maximumFractionDigits'];
  const rawMinSignificant = options['minimumSignificantDigits'];
  const rawMaxSignificant = options['maximumSignificantDigits'];
  const roundingIncrement = numberInRange(options['roundingIncrement'], 'roundingIncrement', 1, 5000, 1);
  if (!ROUNDING_INCREMENTS.has(roundingIncrement)) throw new RangeError('roundingIncrement value is out of range.');
  const roundingMode = stringOption(options, 'roundingMode', ROUNDING_MODES, 'halfExpand');
  const roundingPriority = stringOption(options, 'roundingPriority', ['auto', 'morePrecision', 'lessPrecision'], 'auto');
  const trailingZeroDisplay = stringOption(options, 'trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto');

  const hasSignificant = rawMinSignificant !== undefined || rawMaxSignificant !== undefined;
  const hasFraction = rawMinFraction !== undefined || rawMaxFraction !== undefined;
  const needsSignificant = roundingPriority !== 'auto' || hasSignificant;
  const needsFraction = roundingPriority !== 'auto' || !(hasSignificant || (!hasFraction && notation === 'compact'));
  const common = { minimumIntegerDigits, roundingIncrement, roundingMode, roundingPriority, trailingZeroDisplay };

  const significant = {
    minimumSignificantDigits: undefined as number | undefined,
    maximumSignificantDigits: undefined as number | undefined,
  };
  if (needsSignificant) {
    const least = hasSignificant ? numberInRange(rawMinSignificant, 'minimumSignificantDigits', 1, MAX_SIGNIFICANT_DIGITS, 1) : 1;
    significant.minimumSignificantDigits = least;
    significant.maximumSignificantDigits = hasSignificant
      ? numberInRange(rawMaxSignificant, 'maximumSignificantDigits', least, MAX_SIGNIFICANT_DIGITS, MAX_SIGNIFICANT_DIGITS)
      : MAX_SIGNIFICANT_DIGITS;
  }
  const fraction = { minimumFractionDigits: undefined as number | undefined, maximumFractionDigits: undefined as number | undefined };
  if (needsFraction) {
    if (hasFraction) {
      const least = numberInRange(rawMinFraction, 'minimumFractionDigits', 0, MAX_DIGITS, undefined);
      const most = numberInRange(rawMaxFraction, 'maximumFractionDigits', 0, MAX_DIGITS, undefined);
      fraction.minimumFractionDigits = least ?? Math.min(defaultMinFraction, most ?? defaultMinFraction);
      fraction.maximumFractionDigits = most ?? Math.max(defaultMaxFraction, least ?? 0);
      if (fraction.minimumFractionDigits > fraction.maximumFractionDigits)
        throw new RangeError('maximumFractionDigits value is out of range.');
    } else {
      fraction.minimumFractionDigits = defaultMinFraction;
      fraction.maximumFractionDigits = defaultMaxFraction;
    }
  }
  if (!needsSignificant && !needsFraction) {
    if (roundingIncrement !== 1) throw new TypeError('roundingIncrement needs fraction digits');
    return {
      ...common,
      minimumFractionDigits: 0,
      maximumFractionDigits: 0,
      minimumSignificantDigits: 1,
      maximumSignificantDigits: 2,
      roundingType: 'morePrecision',
      roundingPriority: 'morePrecision',
    };
  }
  const roundingType = roundingPriority === 'auto' ? (hasSignificant ? 'significantDigits' : 'fractionDigits') : roundingPriority;
  if (roundingIncrement !== 1) {
    if (roundingType !== 'fractionDigits') throw new TypeError('roundingIncrement needs fraction digits');
    if (fraction.maximumFractionDigits !== fraction.minimumFractionDigits)
      throw new RangeError('maximumFractionDigits not equal to minimumFractionDigits');
  }
  return { ...common, ...significant, ...fraction, roundingType };
}

export type Grouping = 'auto' | 'always' | 'min2' | false;

/** The oldest option of all takes booleans, strings, and strings that mean booleans. */
export function readGrouping(options: Options, notation: Notation): Grouping {
  const fallback = notation === 'compact' ? 'min2' : 'auto';
  const value = options['useGrouping'];
  if (value === undefined) return fallback;
  if (value === true) return 'always';
  if (!value) return false;
  const text = stringOption(options, 'useGrouping', ['min2', 'auto', 'always', 'true', 'false'], fallback);
  return text === 'true' || text === 'false' ? fallback : text;
}
