import type { WorkerContext } from './worker/platform.ts';
import type { WorkerEnv } from './worker/settings.ts';
import { answer } from './worker/site.ts';

export { IsomuxConnections } from './worker/connections-object.ts';
export type { ObjectNamespace, WorkerContext, WorkerLoader } from './worker/platform.ts';
export type { WorkerEngine, WorkerEnv } from './worker/settings.ts';

/**
 * A Worker that runs programs for drivers elsewhere. Deploy it as it is; bindings and variables are in `WorkerEnv`.
 *
 * @example
 * export { default, IsomuxConnections } from '@isomux/cloudflare/worker';
 */
const worker: { fetch(request: Request, env: WorkerEnv, context: WorkerContext): Promise<Response> } = { fetch: answer };

export default worker;
