import type { ServerCore } from '@isomux/server/web';
import { createCore } from './cores.ts';
import { readWorkerSettings, type WorkerEnv } from './settings.ts';
import { isUpgrade, upgradeRequest } from './socket.ts';

/** The header by which the Worker tells the object the name of the run that a first round begins. Clients cannot send it: the Worker takes theirs away. */
export const ROUND_KEY_HEADER = 'isomux-round-key';

/**
 * The Durable Object of one connection, or of one run of the round protocol: bind it as `CONNECTIONS`. All its requests share one context, so that a connection
 * outlives its sockets and a run the round that began it. It stores nothing: when it is gone drivers replay their runs.
 */
export class IsomuxConnections {
  readonly #env: WorkerEnv;
  #core: ServerCore | undefined;

  constructor(_state: unknown, env: WorkerEnv) {
    this.#env = env;
  }

  /** Answers a request that the Worker has let through. */
  async fetch(request: Request): Promise<Response> {
    // With the first request, not with the object: what it makes belongs to requests.
    const core = (this.#core ??= createCore(readWorkerSettings(this.#env), 'object'));
    if (isUpgrade(request)) return upgradeRequest(core, request);
    const roundKey = request.headers.get(ROUND_KEY_HEADER) ?? undefined;
    return core.fetch(request, { roundKey });
  }
}
