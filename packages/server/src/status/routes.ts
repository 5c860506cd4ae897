import { PROTOCOL_VERSION } from '@isomux/protocol';
import type { Executor } from '@isomux/executor';
import { Hono, type MiddlewareHandler } from 'hono';
import type { ServerHost, Transport } from '../host.ts';
import type { ServerEnv } from '../http/server-env.ts';
import { describeApi } from '../openapi/document.ts';
import type { ServerStats } from './server-stats.ts';

/** What the status of a server is made from. */
export interface StatusRoutesOptions {
  readonly executor: Executor;
  readonly host: ServerHost;
  readonly graceMs: number;
  readonly basePath: string;
  /** There are no tokens. */
  readonly anonymous: boolean;
  /** Lets a request with authorization through. */
  readonly authorize: MiddlewareHandler<ServerEnv>;
  readonly isReady: () => Promise<boolean>;
  readonly isDraining: () => boolean;
  readonly stats: () => ServerStats;
}

const ALL_TRANSPORTS: readonly Transport[] = ['websocket', 'http', 'rounds'];
/** It is another the next time. */
const NO_STORE = { 'Cache-Control': 'no-store' };

/**
 * What tells of a server: its capabilities, health, numbers, and the description of all its resources. Health and description are open to
 * everybody: who asks for them, a balancer or a person, has no token, and they tell nothing of the load.
 */
export function statusRoutes(options: StatusRoutesOptions): Hono<ServerEnv> {
  const { executor, host, graceMs, basePath, anonymous, authorize, isReady, isDraining, stats } = options;
  const app = new Hono<ServerEnv>();
  app.get('/health', (c) => c.json({ ok: true }, 200, NO_STORE));
  app.get('/health/live', (c) => c.json({ ok: true }, 200, NO_STORE));
  app.get('/health/ready', async (c) => {
    const ok = await isReady();
    return c.json({ ok, draining: isDraining() }, ok ? 200 : 503, NO_STORE);
  });
  app.get('/openapi.json', (c) => c.json(describeApi(basePath, anonymous)));
  app.get('/v1/capabilities', authorize, (c) => {
    const { running, queued } = executor.stats();
    return c.json(
      {
        version: PROTOCOL_VERSION,
        engine: executor.engine,
        capabilities: executor.capabilities,
        runsPerConnection: executor.runsPerConnection,
        limits: executor.limits,
        transports: host.transports ?? ALL_TRANSPORTS,
        graceMs,
        running,
        queued,
        maxRuns: executor.maxRuns,
        draining: isDraining(),
      },
      200,
      NO_STORE,
    );
  });
  app.get('/stats', authorize, (c) => c.json(stats(), 200, NO_STORE));
  const { metrics } = host;
  if (metrics !== undefined) {
    app.get('/metrics', authorize, async (c) => {
      const { contentType, text } = await metrics(stats());
      return c.body(text, 200, { ...NO_STORE, 'Content-Type': contentType });
    });
  }
  return app;
}
