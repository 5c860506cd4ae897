import { guestError } from './guest-error.ts';
import { NativeError } from './primordials.ts';
import type { Settings } from './settings.ts';
import { captureThrown } from './thrown.ts';

/**
 * Throws what a program cannot do yet while code is prepared, and remembers it: a preparation that tried fails, also when
 * it caught this. `site` is an error made where the guest is.
 */
export function forbidInPreparation(settings: Settings, what: string, site: object): never {
  const message = `${what} cannot be used while code is being prepared. Use it in a function that programs call.`;
  const error = guestError(new NativeError(message), 'PreparationError', 'NOT_IN_PREPARATION', site);
  settings.misuse ??= captureThrown(error);
  throw error;
}
