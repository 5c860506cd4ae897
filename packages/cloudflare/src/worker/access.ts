import type { ServerCore } from '@isomux/server/web';
import { refuse, type RefusalShape } from './refusals.ts';
import type { WorkerSettings } from './settings.ts';

/** What one request to the Worker is answered with. */
export interface Visit {
  readonly settings: WorkerSettings;
  /** Of this request alone. */
  readonly core: ServerCore;
}

const UNSET =
  'No token is set, so this Worker runs nothing for anybody: set the secret EXECUTOR_TOKEN (wrangler secret put EXECUTOR_TOKEN), or ALLOW_ANONYMOUS to true if everybody may run programs here.';

/** What a Worker answers that has nothing at all. */
export const NO_ENGINE_MESSAGE: string = `There is no LOADER binding to run programs on: declare one under [[worker_loaders]] in wrangler.toml with binding = "LOADER" (a paid plan is needed), or set ENGINE to quickjs, which needs none. ${UNSET}`;

/** The name of whom a request came from, or the answer that refuses it. Tokens are compared in constant time. */
export async function judgeAccess(request: Request, visit: Visit, shape: RefusalShape): Promise<string | Response> {
  const { tokens, allowAnonymous, isBare } = visit.settings;
  if (tokens.length > 0 || allowAnonymous) return visit.core.identify(request);
  return refuse(401, 'UNAUTHORIZED', isBare ? NO_ENGINE_MESSAGE : UNSET, shape);
}
