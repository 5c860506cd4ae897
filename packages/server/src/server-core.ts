import { IsomuxError } from '@isomux/protocol';
import type { Executor } from '@isomux/executor';
import { Hono, type MiddlewareHandler } from 'hono';
import { createAuthorization } from './access/authorization.ts';
import type { ServerHost } from './host.ts';
import { createByteBudget } from './http/byte-budget.ts';
import { createOrigins } from './http/origins.ts';
import { Refusal, refusalResponse } from './http/refusal.ts';
import { roundEntry } from './http/round-entry.ts';
import type { RequestInfo, ServerEnv } from './http/server-env.ts';
import type { ServerCoreOptions } from './options.ts';
import { createRounds } from './rounds/rounds.ts';
import { Connections } from './runs/connections.ts';
import { createMeteredChannel } from './runs/metered-channel.ts';
import { createMeteredExecutor } from './runs/metered-executor.ts';
import { runRoutes } from './runs/routes.ts';
import { createUpgrade, type Upgrade } from './runs/upgrades.ts';
import { readSettings } from './settings.ts';
import { createJournal } from './status/journal.ts';
import { createMeter } from './status/meter.ts';
import { createProbe } from './status/probe.ts';
import { statusRoutes } from './status/routes.ts';
import type { ServerStats } from './status/server-stats.ts';

/** A server without sockets: what it does with requests, on whatever brings them. */
export interface ServerCore {
  /** Answers a request. Never rejects. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /** Judges a request for a WebSocket: an answer that refuses it, or what takes the socket once it is upgraded. Never rejects. */
  upgrade(request: Request, info?: RequestInfo): Promise<Response | Upgrade>;
  /** The name of whom a request came from, as `fetch` would judge it, or the answer that refuses it. Never rejects. */
  identify(request: Request, info?: RequestInfo): Promise<string | Response>;
  /** There are no tokens: everybody who can reach it may use it. */
  readonly anonymous: boolean;
  stats(): ServerStats;
  /**
   * Begins no more connections and runs, lets those that there are finish for `drainMs`, and closes. Drivers take the runs that it did not finish
   * elsewhere. Idempotent; never rejects.
   */
  drain(): Promise<void>;
  /** Closes all connections and the executor at once. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Probes that may fail before a server counts as not ready. */
const PROBES = 3;
/** What a probe may take beside the time between two. */
const PROBE_SLACK_MS = 5000;
/** Frames and acknowledgements beside what a client is kept. */
const QUEUE_SLACK_BYTES = 1024 * 1024;
/** How much of what is kept for a client one message may be. */
const MESSAGE_SHARE = 0.75;
const RETRY_MS = 1000;

/**
 * Makes the core of a server, which owns the executor from now on and closes it with itself. It needs nothing but Web standards; sockets and
 * metrics come from `host`. On Node, `startServer` is what you want.
 *
 * Throws `INVALID_OPTION`.
 */
export function createServerCore(executor: Executor, options: ServerCoreOptions = {}, host: ServerHost = {}): ServerCore {
  const settings = readSettings(options);
  const { now = (): number => performance.now() } = host;
  const startedMs = now();
  const origins = createOrigins(options.cors);
  const meter = createMeter(now, host.observe);
  const journal = createJournal(meter, options.log, now);
  const budget = createByteBudget(settings.maxTotalBytes, () => connections.recharge());
  const authorization = createAuthorization({
    ...options,
    maxConnections: settings.maxConnections,
    maxTotalBytes: settings.maxTotalBytes,
    budget,
    isAllowedOrigin: (origin) => origins.isAllowed(origin),
    now,
  });
  const maxQueuedBytes = settings.maxHeldBytes + QUEUE_SLACK_BYTES;
  const connections = new Connections({
    ...settings,
    serve: (connection, watch) => {
      const metered = createMeteredChannel(connection.channel, {
        quota: connection.principal.quota,
        maxMessageBytes: Math.floor(settings.maxHeldBytes * MESSAGE_SHARE),
        ended: (run, ending, runStats) => journal.runEnded(connection, run, ending, runStats),
        refused: (run) => journal.runRefused(connection, run),
        ...watch,
      });
      executor.attach(metered);
    },
    opened: (connection) => journal.connectionOpened(connection),
    closed: (connection, fault) => journal.connectionClosed(connection, fault),
  });
  const counted = createMeteredExecutor(executor, (_run, ending, runStats) => journal.roundRunEnded(ending, runStats));
  const rounds = createRounds(counted, options);
  const probe = createProbe({
    executor,
    probeMs: host.probes === false ? undefined : settings.probeMs,
    now,
    changed: (ok) => (ok ? journal.note('info', 'probe succeeded') : journal.note('error', 'probe failed')),
  });
  let draining = false;
  let unanswered = 0;
  let drained: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  function isReady(): boolean {
    if (draining) return false;
    // A program that anybody ran says as much as a probe does, which has to wait behind it where the executor is full.
    const lastMs = Math.max(probe.lastSuccessMs ?? -Infinity, meter.lastSuccessMs ?? -Infinity);
    return now() - lastMs <= settings.probeMs * PROBES + PROBE_SLACK_MS;
  }

  function stats(): ServerStats {
    const { running, queued } = executor.stats();
    return {
      active: running,
      queued,
      maxRuns: executor.maxRuns,
      connections: connections.size,
      suspended: rounds.suspended,
      keptBytes: budget.used,
      ready: isReady(),
      draining,
      uptimeMs: now() - startedMs,
      memory: host.memory?.() ?? {},
      ...meter.report(),
    };
  }

  /** Who asks this restarts servers that do not answer: a server that has much to do does. */
  function isHealth(request: Request): boolean {
    return new URL(request.url).pathname.startsWith(`${settings.basePath}/health`);
  }

  /** The answer to a request that is refused, for whatever reason. */
  function refuse(error: unknown, request: Request, info: RequestInfo | undefined): Response {
    const isRefusal = error instanceof Refusal;
    const refusal = isRefusal ? error : new Refusal(500, 'EXECUTOR_LOST', 'the server failed to answer; it is not your fault');
    if (isRefusal) journal.requestRefused(refusal, request.method, info);
    else journal.requestFailed(refusal, request.method, info, error);
    const { pathname } = new URL(request.url);
    return refusalResponse(refusal, pathname.startsWith(`${settings.basePath}/v1/`) ? 'v1' : 'rounds');
  }

  const authorize: MiddlewareHandler<ServerEnv> = async (c, next) => {
    const principal = await authorization.authenticate(c.req.raw);
    c.set('account', principal);
    c.set('principal', principal.name);
    c.set('bodyLimits', { maxBodyBytes: settings.maxBodyBytes, bodyMs: settings.bodyMs, budget: principal.budget });
    await next();
  };

  const app = new Hono<ServerEnv>().basePath(settings.basePath);
  if (origins.middleware !== undefined) app.use(origins.middleware);
  app.route(
    '/',
    statusRoutes({
      ...settings,
      executor,
      host,
      anonymous: authorization.anonymous,
      authorize,
      isReady: async () => {
        if (host.probes === false && !isReady()) await probe.check();
        return isReady();
      },
      isDraining: () => draining,
      stats,
    }),
  );
  app.route('/', runRoutes({ connections, authorize, maxQueuedBytes }));
  app.route('/', roundEntry({ rounds, authorize, isDraining: () => draining, answered: (record) => journal.roundAnswered(record), now }));
  app.notFound((c) => refuse(new Refusal(404, 'INVALID_OPTION', 'there is no such resource'), c.req.raw, c.env.info));
  app.onError((error, c) => refuse(error, c.req.raw, c.env.info));

  function close(fault?: IsomuxError): Promise<void> {
    closed ??= (async (): Promise<void> => {
      draining = true;
      connections.drain();
      probe.stop();
      connections.close(fault);
      rounds.close();
      await executor.close();
      journal.note('info', 'server closed');
    })();
    return closed;
  }

  async function drain(): Promise<void> {
    draining = true;
    connections.drain();
    rounds.drain();
    const { running, queued } = executor.stats();
    journal.note('info', 'draining', { running, queued, connections: connections.size });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, settings.drainMs)));
    await Promise.race([executor.drain(), late]);
    clearTimeout(timer);
    const left = executor.stats();
    journal.note('info', 'drained', { running: left.running, queued: left.queued });
    await close(new IsomuxError('EXECUTOR_LOST', 'the server shuts down'));
  }

  return {
    anonymous: authorization.anonymous,
    stats,
    async fetch(request: Request, info: RequestInfo = {}): Promise<Response> {
      journal.request();
      if (unanswered >= settings.maxRequests && !isHealth(request)) {
        const message = `the server has as many requests to answer as it may: ${settings.maxRequests} (maxRequests)`;
        return refuse(new Refusal(503, 'OVERLOADED', message, RETRY_MS), request, info);
      }
      unanswered += 1;
      try {
        return await app.fetch(request, { info });
      } finally {
        unanswered -= 1;
      }
    },
    async upgrade(request: Request, info: RequestInfo = {}): Promise<Response | Upgrade> {
      journal.request();
      try {
        if (new URL(request.url).pathname !== `${settings.basePath}/v1/runs`) {
          throw new Refusal(404, 'INVALID_OPTION', 'there is no such WebSocket');
        }
        const principal = await authorization.authenticate(request);
        return createUpgrade(request, principal, { connections, maxQueuedBytes });
      } catch (error) {
        return refuse(error, request, info);
      }
    },
    async identify(request: Request, info: RequestInfo = {}): Promise<string | Response> {
      try {
        const { name } = await authorization.authenticate(request);
        return name;
      } catch (error) {
        return refuse(error, request, info);
      }
    },
    drain(): Promise<void> {
      drained ??= drain();
      return drained;
    },
    close: () => close(),
  };
}
