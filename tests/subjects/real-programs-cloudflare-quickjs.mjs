import { createOnDyingWorker } from './cloudflare-local.mjs';

export const name = 'cloudflare-quickjs, killed at every tool call';

/** For run.mjs of the real programs. */
export const create = () => createOnDyingWorker('quickjs');
