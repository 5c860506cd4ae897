import { callable, intlClass } from './intl/callable.ts';
import { NumberFormat, numberToLocaleString } from './intl/number-format.ts';

export { numberToLocaleString };

/** `Intl.NumberFormat`, for engines without `Intl`. */
export function create(): { NumberFormat: typeof NumberFormat; numberToLocaleString: typeof numberToLocaleString } {
  return { NumberFormat: intlClass(callable(NumberFormat), 'NumberFormat'), numberToLocaleString };
}
