import { toDomString } from '../shared/web-idl.ts';

/**
 * Exact decimal numbers, as digits: the shortest digits that give the Number (what ICU formats, too), a BigInt's, or those
 * of a numeric string.
 */
export interface Decimal {
  readonly kind: 'finite';
  readonly negative: boolean;
  /** Without zeros at either end; '' for zero. */
  readonly digits: string;
  /** The value is `0.digits` times ten to this power. 0 for zero. */
  readonly point: number;
}

export type NumericValue = Decimal | { readonly kind: 'nan' | 'infinity'; readonly negative: boolean };

export type RoundingMode = 'ceil' | 'floor' | 'expand' | 'trunc' | 'halfCeil' | 'halfFloor' | 'halfExpand' | 'halfTrunc' | 'halfEven';

/** Normalises digits with a point after `point` of them. */
function decimal(negative: boolean, digits: string, point: number): Decimal {
  const leading = /^0*/.exec(digits)?.[0].length ?? 0;
  const trimmed = digits.slice(leading).replace(/0+$/, '');
  return { kind: 'finite', negative, digits: trimmed, point: trimmed === '' ? 0 : point - leading };
}

const DECIMAL_TEXT = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i;

function fromDecimalText(text: string): Decimal | undefined {
  const match = DECIMAL_TEXT.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  return decimal(sign === '-', whole + fraction, whole.length + Number(exponent));
}

/** A string as the language's `Number(text)` reads it, but with all of its digits. */
function fromString(text: string): NumericValue {
  const trimmed = text.trim();
  const number = Number(trimmed);
  // What a Number cannot hold stays within its range, as in V8: an exponent of a billion must not become a billion zeros.
  if (!Number.isFinite(number) || number === 0) return fromNumber(number);
  if (/^0[box]/i.test(trimmed)) return fromBigInt(BigInt(trimmed));
  return fromDecimalText(trimmed) ?? fromNumber(number);
}

function fromBigInt(value: bigint): Decimal {
  const digits = (value < 0n ? -value : value).toString();
  return decimal(value < 0n, digits, digits.length);
}

function fromNumber(value: number): NumericValue {
  if (Number.isNaN(value)) return { kind: 'nan', negative: false };
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) return { kind: 'infinity', negative };
  const shortest = fromDecimalText(String(Math.abs(value))) ?? decimal(false, '', 0);
  return { ...shortest, negative };
}

/** ECMA-402's ToIntlMathematicalValue. */
export function toNumericValue(value: unknown): NumericValue {
  const primitive = toPrimitive(value);
  if (typeof primitive === 'bigint') return fromBigInt(primitive);
  if (typeof primitive === 'string') return fromString(primitive);
  return fromNumber(Number(primitive));
}

function toPrimitive(value: unknown): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return value;
  const exotic = (value as { [Symbol.toPrimitive]?: unknown })[Symbol.toPrimitive];
  if (typeof exotic === 'function') return Reflect.apply(exotic, value, ['number']) as unknown;
  const plain: unknown = value.valueOf();
  return (typeof plain === 'object' && plain !== null) || typeof plain === 'function' ? toDomString(value) : plain;
}

/** The value times ten to a power. */
export function scale(value: Decimal, power: number): Decimal {
  return value.digits === '' ? value : { ...value, point: value.point + power };
}

/** Whether what is cut off makes the last kept digit go up. `lastIsOdd` is for ties to even. */
function roundsUp(rest: string, mode: RoundingMode, negative: boolean, lastIsOdd: boolean): boolean {
  if (/^0*$/.test(rest)) return false;
  if (mode === 'trunc' || (mode === 'ceil' && negative) || (mode === 'floor' && !negative)) return false;
  if (mode === 'expand' || mode === 'ceil' || mode === 'floor') return true;
  const first = rest.charCodeAt(0) - 48;
  if (first !== 5) return first > 5;
  if (!/^50*$/.test(rest)) return true;
  if (mode === 'halfEven') return lastIsOdd;
  if (mode === 'halfTrunc') return false;
  return mode === 'halfExpand' || (mode === 'halfCeil') !== negative;
}

/** The number of digits before the point is `value.point`, so keeping `fractionDigits` keeps that many digits in all. */
export function round(value: Decimal, fractionDigits: number, mode: RoundingMode): Decimal {
  const kept = value.point + fractionDigits;
  if (kept >= value.digits.length) return value;
  const head = kept > 0 ? value.digits.slice(0, kept) : '';
  const rest = kept >= 0 ? value.digits.slice(kept) : '0'.repeat(-kept) + value.digits;
  const lastIsOdd = head !== '' && (head.charCodeAt(head.length - 1) & 1) === 1;
  if (!roundsUp(rest, mode, value.negative, lastIsOdd)) return decimal(value.negative, head, value.point);
  // The digit one above the kept ones may be new: 99.5 becomes 100.
  const raised = head === '' ? '1' : (BigInt(head) + 1n).toString();
  return decimal(value.negative, raised, raised.length - fractionDigits);
}

/** Rounds to a multiple of `increment` units of the last of `fractionDigits` digits. */
export function roundToIncrement(value: Decimal, fractionDigits: number, mode: RoundingMode, increment: number): Decimal {
  if (increment === 1) return round(value, fractionDigits, mode);
  const places = value.digits.length - value.point;
  const common = Math.max(places, fractionDigits);
  const total = BigInt(value.digits) * 10n ** BigInt(common - places);
  const step = BigInt(increment) * 10n ** BigInt(common - fractionDigits);
  const quotient = total / step;
  const remainder = total % step;
  const comparison = 2n * remainder - step;
  const rest = remainder === 0n ? '0' : comparison < 0n ? '1' : comparison > 0n ? '9' : '5';
  const up = roundsUp(rest, mode, value.negative, quotient % 2n === 1n);
  const text = ((quotient + (up ? 1n : 0n)) * BigInt(increment)).toString();
  return decimal(value.negative, text, text.length - fractionDigits);
}

/** The digits before the point, at least one, and those after it, at least `minFractionDigits`. */
export function split(value: Decimal, minFractionDigits: number): { readonly integer: string; readonly fraction: string } {
  const { digits, point } = value;
  const padded = point > 0 ? digits.padEnd(point, '0') : '0'.repeat(-point) + digits;
  const whole = Math.max(point, 0);
  return { integer: padded.slice(0, whole) || '0', fraction: padded.slice(whole).padEnd(minFractionDigits, '0') };
}

/** The power of ten of the first digit: 2 for 123, -1 for 0.5, 0 for zero. */
export function magnitude(value: Decimal): number {
  return value.digits === '' ? 0 : value.point - 1;
}
