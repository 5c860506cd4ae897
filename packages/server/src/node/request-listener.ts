import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Executor } from '@isomux/executor';
import { getRequestListener } from '@hono/node-server';
import type { ServerCoreOptions } from '../options.ts';
import { createServerCore } from '../server-core.ts';
import { readSettings } from '../settings.ts';
import type { ServerStats } from '../status/server-stats.ts';
import { createMetrics } from './metrics.ts';
import { createUpgradeHandler, type UpgradeHandler } from './upgrade-requests.ts';

/** An executor server as a listener for requests, to be mounted in any `node:http` server. */
export interface RequestListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Takes what the server tells with the event `upgrade`: see {@link attachUpgrades}. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** What all its paths begin with. */
  readonly basePath: string;
  /** There are no tokens: everybody who can reach it may use it. */
  readonly anonymous: boolean;
  readonly stats: () => ServerStats;
  /** Lets runs finish for `drainMs`, then closes. Idempotent; never rejects. */
  readonly drain: () => Promise<void>;
  /** Closes all connections and the executor. Idempotent; never rejects. */
  readonly close: () => Promise<void>;
}

/** How long WebSockets may take to end when everything is closed. */
const CLOSE_MS = 1000;
const CLOSE_STEP_MS = 20;

/**
 * Makes a listener for the requests of an executor server, which owns the executor from now on. It answers requests of all paths, with 404 where
 * it has nothing: hand it those of its own. For WebSockets call {@link attachUpgrades} too. Time-outs for headers and idle sockets are those of your
 * `node:http` server.
 *
 * A string instead of options is the only token. Throws `INVALID_OPTION`.
 *
 * @example
 * const listener = createRequestListener(executor, { token, basePath: '/sandbox' });
 * const server = createServer((request, response) => {
 *   if (request.url?.startsWith('/sandbox/')) listener(request, response);
 *   else answer(request, response);
 * });
 * attachUpgrades(server, listener);
 */
export function createRequestListener(executor: Executor, options: string | ServerCoreOptions = {}): RequestListener {
  const coreOptions = typeof options === 'string' ? { token: options } : options;
  const { maxBodyBytes, basePath } = readSettings(coreOptions);
  const metrics = createMetrics();
  const core = createServerCore(executor, coreOptions, {
    memory: () => {
      const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
      return { rss, heapUsed, heapTotal, external, arrayBuffers };
    },
    observe: (observation) => metrics.observe(observation),
    metrics: (stats) => metrics.render(stats),
  });
  const upgrades = createUpgradeHandler(core, maxBodyBytes);
  const answer = getRequestListener((request, env) => core.fetch(request, { remoteAddress: env.incoming.socket.remoteAddress }), {
    overrideGlobalObjects: false,
    hostname: 'localhost',
    errorHandler: () => Response.json(MALFORMED, { status: 400 }),
  });
  const listener = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
  return Object.assign(listener, {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => upgrades.handle(request, socket, head),
    basePath,
    anonymous: core.anonymous,
    stats: () => core.stats(),
    drain: () => endSockets(core.drain(), upgrades),
    close: () => endSockets(core.close(), upgrades),
  });
}

/** For what is no request that could be handed on. */
const MALFORMED = { error: { code: 'PROTOCOL_ERROR', name: 'ProtocolError', message: 'the request has a URL or a host that is none' } };

async function endSockets(closed: Promise<void>, upgrades: UpgradeHandler): Promise<void> {
  await closed;
  // They have been told; a client that does not answer is not waited for.
  for (let waitedMs = 0; upgrades.size > 0 && waitedMs < CLOSE_MS; waitedMs += CLOSE_STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, CLOSE_STEP_MS));
  }
  upgrades.terminate();
}

/**
 * Lets a listener take the WebSockets of a server. Those whose path is another's are left to the server's other handlers, and refused
 * where it has none.
 */
export function attachUpgrades(server: Server, listener: RequestListener): void {
  const path = `${listener.basePath}/v1/runs`;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [pathname] = (request.url ?? '').split('?');
    if (pathname === path || server.listenerCount('upgrade') === 1) listener.upgrade(request, socket, head);
  });
}
