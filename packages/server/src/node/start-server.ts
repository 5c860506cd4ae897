import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Executor } from '@isomux/executor';
import { IsomuxError } from '@isomux/protocol';
import type { ServerCoreOptions } from '../options.ts';
import type { ServerStats } from '../status/server-stats.ts';
import type { LogLevel } from './environment.ts';
import { createLog } from './log.ts';
import { isLoopback } from './loopback.ts';
import { watchStalledSockets } from './stalled-sockets.ts';
import { attachUpgrades, createRequestListener } from './request-listener.ts';

/** Options of {@link startServer}. */
export interface StartServerOptions extends ServerCoreOptions {
  /** What runs programs. The server's from now on, and closed with it. */
  readonly executor: Executor;
  /** The address to listen on. Default: 0.0.0.0 where there is a token, else 127.0.0.1. */
  readonly host?: string | undefined;
  /** The TCP port; 0 for any that is free. Default 8080. */
  readonly port?: number | undefined;
  /** Lets everybody who can reach the server run programs, over the network too, where there is no token. Default false. */
  readonly allowAnonymous?: boolean | undefined;
  /** Drains the server at SIGTERM or SIGINT; a second one closes it. Default false. */
  readonly signals?: boolean | undefined;
  /** Writes log records of this level and those after it to standard output, as lines of JSON. Default: `silent`. `log` is called too. */
  readonly logLevel?: LogLevel | undefined;
  /** How long a request's headers may take to arrive, in milliseconds. Default 10000. */
  readonly headersMs?: number | undefined;
  /** Bytes of a request's headers. Default 16384. */
  readonly maxHeaderBytes?: number | undefined;
  /** How long a socket is kept for a client's next request, in milliseconds. Default 65000. */
  readonly idleMs?: number | undefined;
  /** How long a client may take nothing of what it was sent, in milliseconds, before its socket is ended. Default 120000. */
  readonly stallMs?: number | undefined;
  /** Sockets at once; more are closed as they come. Default: twice `maxConnections` and `maxRequests` together. */
  readonly maxSockets?: number | undefined;
}

/** A server that listens. */
export interface RunningServer {
  /** The `node:http` server. */
  readonly server: Server;
  /** Where it is reached from this machine, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  stats(): ServerStats;
  /**
   * Begins no more connections and runs, lets those that there are finish for `drainMs`, and closes. Drivers take what is left elsewhere.
   * Idempotent; never rejects.
   */
  drain(): Promise<void>;
  /** Ends everything at once. Idempotent; never rejects. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULT_PORT = 8080;
const DEFAULT_HEADERS_MS = 10_000;
const DEFAULT_HEADER_BYTES = 16 * 1024;
const DEFAULT_IDLE_MS = 65_000;
const DEFAULT_STALL_MS = 120_000;
const DEFAULT_SOCKETS = 2000;
const MAX_HEADERS = 100;
/** A timer waits no longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How often Node looks for requests that are late. */
const CHECK_MS = 1000;

/**
 * Starts an executor server and resolves when it listens.
 *
 * Rejects with `INVALID_OPTION` where options are no options, and where everybody on the network could run programs without having been told
 * so in so many words; with the error of `listen` where the address cannot be had.
 *
 * @example
 * const { url, close } = await startServer({ executor: createNodeExecutor(), token: process.env.EXECUTOR_TOKEN, port: 8080 });
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const { executor, signals = false, port: wantedPort = DEFAULT_PORT } = options;
  checkNumbers(options);
  const hasTokens = options.token !== undefined || (options.tokens?.length ?? 0) > 0;
  const host = options.host ?? (hasTokens || options.allowAnonymous === true ? '0.0.0.0' : '127.0.0.1');
  checkHost(host, hasTokens || options.allowAnonymous === true);
  const listener = createRequestListener(executor, { ...options, log: chooseLog(options) });
  const server = createServer(
    {
      maxHeaderSize: options.maxHeaderBytes ?? DEFAULT_HEADER_BYTES,
      headersTimeout: options.headersMs ?? DEFAULT_HEADERS_MS,
      // The body of a connection's request lasts as long as the connection; those of others have bodyMs.
      requestTimeout: 0,
      keepAliveTimeout: options.idleMs ?? DEFAULT_IDLE_MS,
      connectionsCheckingInterval: CHECK_MS,
      // Some clients ask for HTTP/2 with every first request; on older versions of Node they get 400.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    listener,
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = options.maxSockets ?? socketsFor(options);
  watchStalledSockets(server, options.stallMs ?? DEFAULT_STALL_MS);
  attachUpgrades(server, listener);

  try {
    await listen(server, wantedPort, host);
  } catch (error) {
    await listener.close();
    throw error;
  }

  let ended: Promise<void> | undefined;
  const end = (how: Promise<void>): Promise<void> => {
    ended ??= (async (): Promise<void> => {
      await how;
      await shut(server);
      forget();
    })();
    return ended;
  };
  const drain = (): Promise<void> => end(listener.drain());
  const close = async (): Promise<void> => {
    await listener.close();
    await end(Promise.resolve());
  };
  const forget = signals ? onSignals(drain, close) : (): void => {};
  const port = portOf(server);
  return {
    server,
    url: `http://${urlHost(host)}:${port}`,
    port,
    stats: () => listener.stats(),
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The least and the greatest value of each number that is the Node server's own. */
const RANGES: Readonly<Record<'port' | 'headersMs' | 'maxHeaderBytes' | 'idleMs' | 'stallMs' | 'maxSockets', readonly [number, number]>> = {
  port: [0, 65_535],
  headersMs: [1, MAX_TIMER_MS],
  maxHeaderBytes: [1024, 2 ** 31 - 1],
  idleMs: [1, MAX_TIMER_MS],
  stallMs: [1, MAX_TIMER_MS],
  maxSockets: [1, 2 ** 31 - 1],
};

function checkNumbers(options: StartServerOptions): void {
  const given = Object.entries({ ...options });
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value: unknown = given.find(([key]) => key === name)?.[1];
    if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)) continue;
    throw new IsomuxError(
      'INVALID_OPTION',
      `${name} must be a whole number from ${min} to ${max}; it is ${typeof value === 'number' ? value : typeof value}`,
    );
  }
}

function checkHost(host: string, isGuarded: boolean): void {
  if (isGuarded || isLoopback(host)) return;
  throw new IsomuxError(
    'INVALID_OPTION',
    `host is ${host} and there is no token: everybody who can reach this address could run programs here. Give tokens, or allowAnonymous, or listen on 127.0.0.1.`,
  );
}

function chooseLog({ log, logLevel = 'silent' }: StartServerOptions): StartServerOptions['log'] {
  if (logLevel === 'silent') return log;
  const write = createLog({ level: logLevel });
  if (log === undefined) return write;
  return (record) => {
    write(record);
    log(record);
  };
}

function socketsFor({ maxConnections, maxRequests }: StartServerOptions): number {
  const half = DEFAULT_SOCKETS / 2;
  return 2 * ((maxConnections ?? half) + (maxRequests ?? half));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Answers are on their way to clients that read; sockets of others are not waited for. */
async function shut(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CHECK_MS);
  await closed;
  clearTimeout(timer);
}

function onSignals(drain: () => Promise<void>, close: () => Promise<void>): () => void {
  let signalled = false;
  const onSignal = (): void => {
    void (signalled ? close() : drain());
    signalled = true;
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** An address that listens everywhere is reached here. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
