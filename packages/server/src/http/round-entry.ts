import { Hono, type MiddlewareHandler } from 'hono';
import type { Rounds } from '../rounds/rounds.ts';
import { roundRoutes } from '../rounds/routes.ts';
import type { RoundRecord } from '../status/journal.ts';
import { readText } from './read-body.ts';
import { Refusal } from './refusal.ts';
import type { ServerEnv } from './server-env.ts';
import { readTraceParent } from './trace-parent.ts';

/** What the round protocol needs of its server. */
export interface RoundEntryOptions {
  readonly rounds: Rounds;
  /** Lets a request with authorization through. */
  readonly authorize: MiddlewareHandler<ServerEnv>;
  readonly isDraining: () => boolean;
  /** Told of each round that was let through. */
  readonly answered: (record: RoundRecord) => void;
  readonly now: () => number;
}

const RETRY_MS = 1000;

/**
 * The way in to the round protocol: a request is let through when it has authorization, a place in its token's quota, and a body that is
 * not too large. Each round counts as a run of the quota.
 */
export function roundEntry({ rounds, authorize, isDraining, answered, now }: RoundEntryOptions): Hono<ServerEnv> {
  const principals = new WeakMap<Request, string>();
  const routes = roundRoutes(rounds, { principalOf: (request) => principals.get(request) ?? '' });
  // The server's own answer to what nobody expected.
  routes.onError((error) => {
    throw error;
  });
  const app = new Hono<ServerEnv>();
  for (const path of ['/execute', '/v1/validate']) {
    app.post(path, authorize, async (c) => {
      if (isDraining()) throw new Refusal(503, 'DRAINING', 'the server is shutting down and begins no more runs', RETRY_MS);
      const startedMs = now();
      const { quota } = c.var.account;
      const refusal = quota.begin();
      if (refusal !== undefined) throw new Refusal(429, 'OVERLOADED', refusal.message, refusal.retryAfterMs);
      try {
        const body = await readText(c.req.raw, c.var.bodyLimits);
        const { signal } = c.req.raw;
        const request = new Request(new URL(path, c.req.url), { method: 'POST', body, signal });
        principals.set(request, c.var.principal);
        const response = await routes.fetch(request);
        const { principal } = c.var;
        answered({ principal, traceParent: readTraceParent(c.req.raw.headers), status: response.status, durationMs: now() - startedMs });
        return response;
      } finally {
        quota.end();
      }
    });
  }
  return app;
}
