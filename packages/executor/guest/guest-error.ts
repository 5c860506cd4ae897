import { setOwn } from './primordials.ts';
import { guestFrames, markCleanStack } from './thrown.ts';

/**
 * Dresses an error the runtime throws into the guest: own name and code, and a stack of the guest's own frames only. Reads
 * nothing of the error but its own message: `Error.prototype` is the guest's.
 */
export function guestError(error: Error, name: string, code: string | undefined, site: object): Error {
  setOwn(error, 'name', name, false);
  if (code !== undefined) setOwn(error, 'code', code);
  setOwn(error, 'stack', `${name}: ${error.message}${guestFrames(site)}`, false);
  markCleanStack(error);
  return error;
}
