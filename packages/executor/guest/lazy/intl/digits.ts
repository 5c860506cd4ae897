import { type Decimal, magnitude, round, roundToIncrement, scale, split } from './decimal.ts';
import type { DigitOptions, Notation } from './number-options.ts';

/** A number rounded for display. */
export interface ShownNumber {
  readonly integer: string;
  readonly fraction: string;
  /** The power of ten that was taken out, by the notation. */
  readonly exponent: number;
  readonly negative: boolean;
  readonly isZero: boolean;
}

interface Rounded {
  readonly value: Decimal;
  readonly minFractionDigits: number;
  /** The power of ten it was rounded to: the smaller, the more precise. */
  readonly magnitude: number;
}

function bySignificantDigits(value: Decimal, options: DigitOptions): Rounded {
  const least = options.minimumSignificantDigits ?? 1;
  const most = options.maximumSignificantDigits ?? 21;
  const rounded = round(value, most - 1 - magnitude(value), options.roundingMode);
  return { value: rounded, minFractionDigits: Math.max(0, least - 1 - magnitude(rounded)), magnitude: magnitude(value) - most + 1 };
}

function byFractionDigits(value: Decimal, options: DigitOptions): Rounded {
  const most = options.maximumFractionDigits ?? 0;
  const rounded = roundToIncrement(value, most, options.roundingMode, options.roundingIncrement);
  return { value: rounded, minFractionDigits: options.minimumFractionDigits ?? 0, magnitude: -most };
}

function roundAs(value: Decimal, options: DigitOptions): Rounded {
  if (options.roundingType === 'significantDigits') return bySignificantDigits(value, options);
  if (options.roundingType === 'fractionDigits') return byFractionDigits(value, options);
  const significant = bySignificantDigits(value, options);
  const fraction = byFractionDigits(value, options);
  const significantIsFiner = significant.magnitude <= fraction.magnitude;
  return significantIsFiner === (options.roundingType === 'morePrecision') ? significant : fraction;
}

/** The power of ten that a notation takes out of a number of this magnitude. */
function exponentFor(power: number, notation: Notation): number {
  if (notation === 'scientific') return power;
  if (notation === 'engineering') return 3 * Math.floor(power / 3);
  if (notation === 'compact') return power < 3 ? 0 : Math.min(3 * Math.floor(power / 3), 12);
  return 0;
}

/** Rounds a number as the options say, taking out the notation's power of ten first. */
export function show(value: Decimal, options: DigitOptions, notation: Notation): ShownNumber {
  let exponent = exponentFor(magnitude(value), notation);
  let rounded = roundAs(scale(value, -exponent), options);
  // 999,999 is a million when rounded: the power follows what is shown.
  if (rounded.value.digits !== '' && magnitude(rounded.value) > magnitude(value) - exponent && value.digits !== '') {
    const next = exponentFor(magnitude(value) + 1, notation);
    if (next !== exponent) {
      exponent = next;
      rounded = roundAs(scale(value, -exponent), options);
    }
  }
  const { integer, fraction } = split(rounded.value, rounded.minFractionDigits);
  const isStripped = options.trailingZeroDisplay === 'stripIfInteger' && /^0*$/.test(fraction);
  return {
    integer: integer.padStart(options.minimumIntegerDigits, '0'),
    fraction: isStripped ? '' : fraction,
    exponent,
    negative: value.negative,
    isZero: rounded.value.digits === '',
  };
}
