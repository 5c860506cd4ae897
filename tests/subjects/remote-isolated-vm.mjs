import { CAPABILITIES, createOnServer } from './remote-server.mjs';

export const name = 'remote-isolated-vm';
export const capabilities = CAPABILITIES['isolated-vm'];
export { knownFailures } from './isolated-vm-process.mjs';

/** @param {import('@isomux/conformance').SubjectOptions} [options] */
export const create = (options = {}) => createOnServer('isolated-vm', options);
