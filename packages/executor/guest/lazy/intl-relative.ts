import { intlClass } from './intl/callable.ts';
import { RelativeTimeFormat } from './intl/relative-time.ts';

/** `Intl.RelativeTimeFormat`, for engines without `Intl`. */
export function create(): { RelativeTimeFormat: typeof RelativeTimeFormat } {
  return { RelativeTimeFormat: intlClass(RelativeTimeFormat, 'RelativeTimeFormat') };
}
