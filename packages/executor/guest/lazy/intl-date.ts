import { callable, intlClass } from './intl/callable.ts';
import { bindClock, DateTimeFormat, dateToLocaleString } from './intl/date-format.ts';
import type { ChunkEnv } from './shared/chunk-env.ts';

export { dateToLocaleString };

/** `Intl.DateTimeFormat`, for engines without `Intl`. */
export function create(env: ChunkEnv): { DateTimeFormat: typeof DateTimeFormat; dateToLocaleString: typeof dateToLocaleString } {
  bindClock(() => env.now());
  return { DateTimeFormat: intlClass(callable(DateTimeFormat), 'DateTimeFormat'), dateToLocaleString };
}
