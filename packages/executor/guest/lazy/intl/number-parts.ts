import { currencyName, currencySymbol } from './currencies.ts';
import { type NumericValue, scale } from './decimal.ts';
import { show, type ShownNumber } from './digits.ts';
import type { Grouping } from './number-options.ts';
import type { NumberSettings, SignDisplay } from './number-settings.ts';
import { unitSuffix } from './units.ts';

/** One piece of a formatted value, as `formatToParts` gives it. */
export interface Part {
  type: string;
  value: string;
}

const COMPACT_FORMS: Readonly<Record<number, readonly [short: string, long: string]>> = {
  3: ['K', 'thousand'],
  6: ['M', 'million'],
  9: ['B', 'billion'],
  12: ['T', 'trillion'],
};
const NO_BREAK_SPACE = '\u00a0';

function part(type: string, value: string): Part {
  return { type, value };
}

function integerParts(digits: string, grouping: Grouping): Part[] {
  const isGrouped = grouping !== false && digits.length >= (grouping === 'min2' ? 5 : 4);
  if (!isGrouped) return [part('integer', digits)];
  const first = digits.length % 3 || 3;
  const parts = [part('integer', digits.slice(0, first))];
  for (let from = first; from < digits.length; from += 3) parts.push(part('group', ','), part('integer', digits.slice(from, from + 3)));
  return parts;
}

function exponentParts(exponent: number): Part[] {
  return [
    part('exponentSeparator', 'E'),
    ...(exponent < 0 ? [part('exponentMinusSign', '-')] : []),
    part('exponentInteger', String(Math.abs(exponent))),
  ];
}

function digitParts(shown: ShownNumber, settings: NumberSettings): Part[] {
  // ICU groups what is compact only from five digits on, unless told always to.
  const grouping = settings.notation === 'compact' && settings.useGrouping === 'auto' ? 'min2' : settings.useGrouping;
  const parts = integerParts(shown.integer, grouping);
  if (shown.fraction !== '') parts.push(part('decimal', '.'), part('fraction', shown.fraction));
  if (settings.notation === 'scientific' || settings.notation === 'engineering') parts.push(...exponentParts(shown.exponent));
  const compact = settings.notation === 'compact' ? COMPACT_FORMS[shown.exponent] : undefined;
  // There is no long form with a currency sign.
  const isLong = settings.compactDisplay === 'long' && (settings.style !== 'currency' || settings.currencyDisplay === 'name');
  if (compact !== undefined && isLong) parts.push(part('literal', ' '), part('compact', compact[1]));
  else if (compact !== undefined) parts.push(part('compact', compact[0]));
  return parts;
}

function signOf(negative: boolean, isZero: boolean, display: SignDisplay): '' | '-' | '+' {
  if (display === 'never' || (isZero && (display === 'exceptZero' || display === 'negative'))) return '';
  if (negative) return '-';
  return display === 'always' || display === 'exceptZero' ? '+' : '';
}

function affixed(number: Part[], sign: '' | '-' | '+', isOne: boolean, settings: NumberSettings): Part[] {
  const { style, currency, currencyDisplay } = settings;
  const signParts = sign === '' ? [] : [part(sign === '-' ? 'minusSign' : 'plusSign', sign)];
  // V8 takes a compact percentage for a unit.
  if (style === 'percent') return [...signParts, ...number, part(settings.notation === 'compact' ? 'unit' : 'percentSign', '%')];
  if (style === 'unit') {
    const suffix = unitSuffix(settings.unit, settings.unitDisplay, isOne);
    const isSpaced = suffix.startsWith(' ');
    return [...signParts, ...number, ...(isSpaced ? [part('literal', ' ')] : []), part('unit', isSpaced ? suffix.slice(1) : suffix)];
  }
  if (style !== 'currency') return [...signParts, ...number];
  if (currencyDisplay === 'name') return [...signParts, ...number, part('literal', ' '), part('currency', currencyName(currency, isOne))];
  const symbol = currencyDisplay === 'code' ? currency : currencySymbol(currency, currencyDisplay === 'narrowSymbol');
  // Only a currency sign proper stands against a digit.
  const isSpaced = /[a-z.\u0100-\u017f]$/i.test(symbol) && number[0]?.type === 'integer';
  const amount = [part('currency', symbol), ...(isSpaced ? [part('literal', NO_BREAK_SPACE)] : []), ...number];
  // Nor is there an accounting form with a K or M.
  const isAccounting = settings.currencySign === 'accounting' && !number.some((one) => one.type === 'compact');
  if (sign === '-' && isAccounting) return [part('literal', '('), ...amount, part('literal', ')')];
  return [...signParts, ...amount];
}

/** The pieces of a number, formatted. */
export function numberParts(value: NumericValue, settings: NumberSettings): Part[] {
  if (value.kind !== 'finite') {
    const number = value.kind === 'nan' ? part('nan', 'NaN') : part('infinity', '\u221e');
    return affixed([number], signOf(value.negative, value.kind === 'nan', settings.signDisplay), false, settings);
  }
  const shown = show(settings.style === 'percent' ? scale(value, 2) : value, settings, settings.notation);
  const isOne = /^0*1$/.test(shown.integer) && shown.fraction === '' && shown.exponent === 0;
  return affixed(digitParts(shown, settings), signOf(shown.negative, shown.isZero, settings.signDisplay), isOne, settings);
}

export function joinParts(parts: readonly Part[]): string {
  return parts.map((one) => one.value).join('');
}
