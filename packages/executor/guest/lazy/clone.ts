import { structuredClone } from './clone/structured-clone.ts';
import { named } from './shared/web-interface.ts';

/** The global `structuredClone`. */
export function create(): { structuredClone: typeof structuredClone } {
  return { structuredClone: named(structuredClone, 'structuredClone') };
}
