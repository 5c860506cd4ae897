import { QUICKJS_CAPABILITIES } from '@isomux/quickjs';
import { create as createOnThreads } from './quickjs-thread.mjs';

export const name = 'quickjs-deno';
export const host = 'deno';
export const capabilities = {
  ...QUICKJS_CAPABILITIES.worker,
  limits: { weaker: 'stackBytes is at most 256 KiB: threads here take no size for their own stack.' },
};
export { knownFailures } from './quickjs-known-failures.mjs';

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export async function create(options = {}) {
  if (process.versions.deno === undefined) throw new Error('This subject is judged in Deno: see tests/elsewhere.');
  return createOnThreads(options);
}
