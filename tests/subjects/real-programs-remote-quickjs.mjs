import { createOnDyingServers } from './remote-server.mjs';

export const name = 'remote-quickjs, killed at every tool call';

/** For run.mjs of the real programs. */
export const create = () => createOnDyingServers('quickjs');
