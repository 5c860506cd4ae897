import { intlClass } from './intl/callable.ts';
import { ListFormat } from './intl/list-format.ts';
import { canonicalizeLocaleList } from './intl/locale.ts';
import { named } from './shared/web-interface.ts';

/** `Intl.ListFormat` and `Intl.getCanonicalLocales`, for engines without `Intl`. */
export function create(): { ListFormat: typeof ListFormat; getCanonicalLocales: typeof canonicalizeLocaleList } {
  return { ListFormat: intlClass(ListFormat, 'ListFormat'), getCanonicalLocales: named(canonicalizeLocaleList, 'getCanonicalLocales') };
}
