/** How one parameter of a driver URL is written. */
export interface Parameter<Value> {
  /** What is allowed, to follow "must be". */
  readonly allowed: string;
  /** The value that the text means, or `undefined` when it means none. */
  read(text: string): Value | undefined;
}

/** Decimal digits, with or without a fraction: no sign, no exponent, no unit, so that nothing is read that was not written. */
const DECIMAL = /^\d{1,15}(\.\d{1,15})?$/;

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Parameter<Word> {
  return { allowed: words.join(' or '), read: (text) => words.find((word) => word === text) };
}

/** `true` or `false`. */
export const flag: Parameter<boolean> = {
  allowed: 'true or false',
  read: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
};

/** A number from `min` to `max`; above `min` only when it is excluded. `of` names what is counted. */
export function amount(of: string, range: { readonly above: number } | { readonly min: number; readonly max: number }): Parameter<number> {
  const allowed =
    'above' in range ? `a number of ${of} greater than ${range.above}` : `a number of ${of} from ${range.min} to ${range.max}`;
  return {
    allowed,
    read: (text) => {
      const value = DECIMAL.test(text) ? Number(text) : NaN;
      const fits = 'above' in range ? value > range.above : value >= range.min && value <= range.max;
      return fits ? value : undefined;
    },
  };
}

/** A whole number from `min` to `max`. */
export function count(min: number, max: number): Parameter<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    read: (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** A text of a fixed form. */
export function pattern(allowed: string, form: RegExp): Parameter<string> {
  return { allowed, read: (text) => (form.test(text) ? text : undefined) };
}
