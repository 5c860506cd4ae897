import { atob, btoa } from './shared/base64.ts';
import { named } from './shared/web-interface.ts';

/** The globals `atob` and `btoa`. */
export function create(): { atob: typeof atob; btoa: typeof btoa } {
  return { atob: named(atob, 'atob'), btoa: named(btoa, 'btoa') };
}
