/**
 * What stands in for the host's globals in bundled libraries. The bundler binds these free names in every chunk to the
 * exports here, so that no library feature-detects on the guest's own global object (whose getters load chunks, and which
 * the guest may have changed) or writes to it.
 */
import { atob } from './base64.ts';

const noGlobals: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

export { atob, noGlobals as globalThis };
