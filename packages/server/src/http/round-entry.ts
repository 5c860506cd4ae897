import { Hono, type MiddlewareHandler } from 'hono';
import type { Rounds } from '../rounds/rounds.ts';
import { roundRoutes } from '../rounds/routes.ts';
import type { RoundRecord } from '../status/journal.ts';
import { countBody } from './counted-body.ts';
import { weighJson } from './json-weight.ts';
import { readText, type BodyLimits } from './read-body.ts';
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
/** What the values of a body may take in memory, for each byte that it may have. */
const MAX_WEIGHT_PER_BYTE = 4;
/** What they may take in any case. */
const MIN_WEIGHT = 16 * 1024 * 1024;

/**
 * The way in to the round protocol: a request is let through when it has authorization, a place in its token's quota, and a body that is
 * not too large. Each round counts as a run of the quota.
 */
export function roundEntry({ rounds, authorize, isDraining, answered, now }: RoundEntryOptions): Hono<ServerEnv> {
  const principals = new WeakMap<Request, string>();
  const keys = new WeakMap<Request, string | undefined>();
  const texts = new WeakMap<Request, string>();
  /** Gives it away: nobody keeps the text of a request while its program runs. */
  const takeText = (request: Request): string => {
    const text = texts.get(request) ?? '';
    texts.delete(request);
    return text;
  };
  const routes = roundRoutes(rounds, {
    principalOf: (request) => principals.get(request) ?? '',
    keyOf: (request) => keys.get(request),
    textOf: takeText,
  });
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
      let heldBytes = 0;
      try {
        const { signal } = c.req.raw;
        const request = new Request(new URL(path, c.req.url), { method: 'POST', signal });
        principals.set(request, c.var.principal);
        keys.set(request, c.env.info.roundKey);
        heldBytes = await readText(c.req.raw, c.var.bodyLimits).then((body) => {
          texts.set(request, body.text);
          return body.heldBytes;
        });
        checkWeight(texts.get(request) ?? '', c.var.bodyLimits);
        const response = await countBody(await routes.fetch(request), c.var.bodyLimits.budget);
        const { principal } = c.var;
        answered({ principal, traceParent: readTraceParent(c.req.raw.headers), status: response.status, durationMs: now() - startedMs });
        return response;
      } finally {
        quota.end();
        // The program has its results until it is answered, and a client can bring many that nobody asks for.
        c.var.bodyLimits.budget.give(heldBytes);
      }
    });
  }
  return app;
}

/** Throws a {@link Refusal} with 413 for a body that is much more when it is read than while it is a text. */
function checkWeight(text: string, { maxBodyBytes }: BodyLimits): void {
  const maxWeight = Math.max(MIN_WEIGHT, maxBodyBytes * MAX_WEIGHT_PER_BYTE);
  if (weighJson(text) <= maxWeight) return;
  const message = `the body has more values than fit into ${maxWeight} bytes of memory (${MAX_WEIGHT_PER_BYTE} times maxBodyBytes); send fewer, or longer ones`;
  throw new Refusal(413, 'FRAME_INVALID', message);
}
