import { createOnDyingServers } from './remote-server.mjs';

export const name = 'remote-isolated-vm, killed at every tool call';

/** For run.mjs of the real programs. */
export const create = () => createOnDyingServers('isolated-vm');
