import { callable, intlClass } from './intl/callable.ts';
import { Collator, localeCompare } from './intl/collator.ts';

export { localeCompare };

/** `Intl.Collator`, for engines without `Intl`. */
export function create(): { Collator: typeof Collator; localeCompare: typeof localeCompare } {
  return { Collator: intlClass(callable(Collator), 'Collator'), localeCompare };
}
