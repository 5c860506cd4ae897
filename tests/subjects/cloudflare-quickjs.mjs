import { askWorker, createOnWorker } from './cloudflare-local.mjs';

export const name = 'cloudflare-quickjs';
export const capabilities = await askWorker('quickjs');
export { knownFailures } from './quickjs-thread.mjs';

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export const create = (options = {}) => createOnWorker('quickjs', options);
