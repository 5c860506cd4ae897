import { webInterface } from './shared/web-interface.ts';
import { URL } from './url/url.ts';
import { URLSearchParams } from './url/url-search-params.ts';

/** The globals `URL` and `URLSearchParams`. */
export function create(): { URL: typeof URL; URLSearchParams: typeof URLSearchParams } {
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    configurable: true,
    enumerable: false,
    writable: true,
    value: URLSearchParams.prototype.entries,
  });
  return { URL: webInterface(URL, 'URL'), URLSearchParams: webInterface(URLSearchParams, 'URLSearchParams') };
}
