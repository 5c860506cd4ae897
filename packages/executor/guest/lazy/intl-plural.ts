import { intlClass } from './intl/callable.ts';
import { PluralRules } from './intl/plural-rules.ts';

/** `Intl.PluralRules`, for engines without `Intl`. */
export function create(): { PluralRules: typeof PluralRules } {
  return { PluralRules: intlClass(PluralRules, 'PluralRules') };
}
