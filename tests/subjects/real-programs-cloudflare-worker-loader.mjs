import { createOnDyingWorker } from './cloudflare-local.mjs';

export const name = 'cloudflare-worker-loader, killed at every tool call';

/** For run.mjs of the real programs. */
export const create = () => createOnDyingWorker('worker-loader');
