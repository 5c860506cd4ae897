import { named } from './web-interface.ts';

/** Legacy `code` of each DOMException name that the portable globals can raise. */
const LEGACY_CODES = {
  InvalidCharacterError: 5,
  NotSupportedError: 9,
  AbortError: 20,
  TimeoutError: 23,
  DataCloneError: 25,
} as const;

export type DomExceptionName = keyof typeof LEGACY_CODES;

/**
 * Stands in for the web's `DOMException`, which guests have no global for: an Error whose `name` and legacy `code` are
 * inherited, as there, so that the engine's stack header reads `AbortError: …` and the error has no surprising own keys.
 */
class DOMException extends Error {}
named(DOMException, 'DOMException');

const constructors = new Map<DomExceptionName, new (message: string) => Error>();

/** Makes the error that the web platform calls `name`. Each chunk has a class of its own: compare names, not constructors. */
export function createDomException(name: DomExceptionName, message: string): Error {
  let Named = constructors.get(name);
  if (Named === undefined) {
    Named = class extends DOMException {};
    const shared = { configurable: true, enumerable: false, writable: true };
    Object.defineProperties(Named.prototype, {
      constructor: { ...shared, value: DOMException },
      name: { ...shared, value: name },
      code: { ...shared, value: LEGACY_CODES[name] },
    });
    constructors.set(name, Named);
  }
  return new Named(message);
}
