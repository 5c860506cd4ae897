import { CAPABILITIES, createInStorm } from './remote-server.mjs';

export const name = 'remote-quickjs-storm';
export const capabilities = CAPABILITIES['quickjs'];
export { knownFailures } from './quickjs-thread.mjs';

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export const create = (options = {}) => createInStorm('quickjs', options);
