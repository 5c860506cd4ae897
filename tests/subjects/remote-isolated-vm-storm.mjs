import { CAPABILITIES, createInStorm } from './remote-server.mjs';

export const name = 'remote-isolated-vm-storm';
export const capabilities = CAPABILITIES['isolated-vm'];
export { knownFailures } from './isolated-vm-process.mjs';

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export const create = (options = {}) => createInStorm('isolated-vm', options);
