import { IsomuxError, type RunStats } from '@isomux/protocol';
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
import type { Connection } from './runs/connection.ts';
import { Connections } from './runs/connections.ts';
import { createMeteredChannel } from './runs/metered-channel.ts';
import { createMeteredExecutor } from './runs/metered-executor.ts';
import { runRoutes } from './runs/routes.ts';
import { createUpgrade, type Upgrade } from './runs/upgrades.ts';
import { readSettings } from './settings.ts';
import { createMeter, type RunEnding } from './status/meter.ts';
import { createProbe } from './status/probe.ts';
import { statusRoutes } from './status/routes.ts';
import type { ServerStats } from './status/server-stats.ts';

/** A server without sockets: what it does with requests, on whatever brings them. */
export interface ServerCore {
  /** Answers a request. Never rejects. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /** Judges a request for a WebSocket: an answer that refuses it, or what takes the socket once it is upgraded. Never rejects. */
  upgrade(request: Request, info?: RequestInfo): Promise<Response | Upgrade>;
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
const RETRY_MS = 1000;

/**
 * Makes the core of a server, which owns the executor from now on and closes it with itself. It needs nothing but Web standards; sockets and
 * metrics come from `host`. On Node, `startServer` is what you want.
 *
 * Throws `INVALID_OPTION`.
 */
export function createServerCore(executor: Executor, options: ServerCoreOptions = {}, host: ServerHost = {}): ServerCore {
  const settings = readSettings(options);
  const { log } = options;
  const { now = (): number => performance.now() } = host;
  const startedMs = now();
  const origins = createOrigins(options.cors);
  const meter = createMeter(now, host.observe);
  const authorization = createAuthorization({
    ...options,
    maxConnections: settings.maxConnections,
    isAllowedOrigin: (origin) => origins.isAllowed(origin),
    now,
  });
  const maxQueuedBytes = settings.maxHeldBytes + QUEUE_SLACK_BYTES;
  const budget = createByteBudget(settings.maxTotalBytes, () => connections.recharge());
  const connections = new Connections({
    ...settings,
    budget,
    serve: ({ channel, principal, id, traceParent }, watch) => {
      const fields = { principal: principal.name, connection: id, traceparent: traceParent };
      const metered = createMeteredChannel(channel, {
        quota: principal.quota,
        maxMessageBytes: Math.floor(settings.maxHeldBytes * 0.75),
        ended: (run, ending, runStats) => {
          meter.count({ type: 'run', principal: principal.name, ending, stats: runStats });
          log?.({ level: 'info', event: 'run ended', fields: { ...fields, run, ending, ...runStats } });
        },
        refused: (run) => {
          meter.count({ type: 'refusal', code: 'OVERLOADED' });
          log?.({ level: 'warn', event: 'run refused', fields: { ...fields, run, code: 'OVERLOADED' } });
        },
        ...watch,
      });
      executor.attach(metered);
    },
    opened: (connection) => {
      meter.count({ type: 'connection', principal: connection.principal.name });
      logConnection('connection opened', connection);
    },
    closed: (connection, fault) => logConnection('connection closed', connection, fault),
  });
  const countRound = (_run: string, ending: RunEnding, runStats: RunStats | undefined): void => {
    meter.count({ type: 'run', principal: 'rounds', ending, stats: runStats });
    log?.({ level: 'info', event: 'run ended', fields: { ending, ...runStats } });
  };
  const rounds = createRounds(createMeteredExecutor(executor, countRound), options);
  const probe = createProbe({
    executor,
    probeMs: settings.probeMs,
    now,
    changed: (ok) => log?.(ok ? { level: 'info', event: 'probe succeeded' } : { level: 'error', event: 'probe failed' }),
  });
  let draining = false;
  let unanswered = 0;
  let drained: Promise<void> | undefined;
  let closed: Promise<void> | undefined;

  function logConnection(event: string, { principal, id, traceParent }: Connection, fault?: IsomuxError): void {
    log?.({ level: 'info', event, fields: { principal: principal.name, connection: id, traceparent: traceParent, code: fault?.code } });
  }

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

  /** The answer to a request that is refused, for whatever reason. */
  function refuse(error: unknown, request: Request, info: RequestInfo | undefined): Response {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, 'EXECUTOR_LOST', 'the server failed to answer; it is not your fault');
    const { status, code } = refusal;
    const path = new URL(request.url).pathname;
    meter.count({ type: 'refusal', code });
    const fields = { status, code, method: request.method, remoteAddress: info?.remoteAddress };
    if (refusal === error) log?.({ level: 'warn', event: 'request refused', fields });
    else
      log?.({ level: 'error', event: 'request failed', fields: { ...fields, error: error instanceof Error ? error.name : typeof error } });
    return refusalResponse(refusal, path.startsWith(`${settings.basePath}/v1/`) ? 'v1' : 'rounds');
  }

  const bodyLimits = { maxBodyBytes: settings.maxBodyBytes, bodyMs: settings.bodyMs, budget };
  const authorize: MiddlewareHandler<ServerEnv> = async (c, next) => {
    const principal = await authorization.authenticate(c.req.raw);
    c.set('account', principal);
    c.set('principal', principal.name);
    c.set('bodyLimits', bodyLimits);
    await next();
  };

  const app = new Hono<ServerEnv>().basePath(settings.basePath);
  if (origins.middleware !== undefined) app.use(origins.middleware);
  app.route('/', statusRoutes({ ...settings, executor, host, anonymous: authorization.anonymous, authorize, stats }));
  app.route('/', runRoutes({ connections, authorize, maxQueuedBytes }));
  app.route('/', roundEntry({ rounds, authorize, isDraining: () => draining }));
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
      log?.({ level: 'info', event: 'server closed' });
    })();
    return closed;
  }

  async function drain(): Promise<void> {
    draining = true;
    connections.drain();
    rounds.drain();
    const { running, queued } = executor.stats();
    log?.({ level: 'info', event: 'draining', fields: { running, queued, connections: connections.size } });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, settings.drainMs);
    await Promise.race([executor.drain(), late.promise]);
    clearTimeout(timer);
    const left = executor.stats();
    log?.({ level: 'info', event: 'drained', fields: { running: left.running, queued: left.queued } });
    await close(new IsomuxError('EXECUTOR_LOST', 'the server shuts down'));
  }

  return {
    anonymous: authorization.anonymous,
    stats,
    async fetch(request: Request, info: RequestInfo = {}): Promise<Response> {
      meter.count({ type: 'request' });
      if (unanswered >= settings.maxRequests) {
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
      meter.count({ type: 'request' });
      try {
        if (new URL(request.url).pathname !== `${settings.basePath}/v1/runs`) {
          throw new Refusal(404, 'INVALID_OPTION', 'there is no such WebSocket');
        }
        const principal = await authorization.authenticate(request);
        return createUpgrade(request, principal, connections, maxQueuedBytes);
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
