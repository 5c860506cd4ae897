import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createExecutor } from '@isomux/executor';
import type { Executor, ExecutorOptions } from '@isomux/executor';
import { PROTOCOL_VERSION, createResumableChannel, createUnitDecoder, encodeUnitPrefix } from '@isomux/protocol';
import type { Carrier, CarrierLink, ResumableChannel } from '@isomux/protocol';
import { createQuickJSEngine } from '@isomux/quickjs';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** What a test may want of its server. */
export interface Section14Options extends ExecutorOptions {
  readonly token?: string;
  readonly transports?: readonly string[];
  readonly graceMs?: number;
  /** Answers every upgrade with this status instead. */
  readonly refuseUpgrades?: number;
  readonly port?: number;
}

/** A server written from section 14 of docs/protocol.md and nothing else, with one executor behind it. */
export interface Section14Server {
  readonly url: string;
  readonly port: number;
  readonly executor: Executor;
  /** `GET /v1/capabilities` and so on, in the order in which they came. */
  readonly requests: readonly string[];
  /** Runs that were opened on it. */
  readonly opened: number;
  /** Open carriers, of either kind. */
  readonly carriers: number;
  /** Connections it keeps. */
  readonly connections: number;
  /** Sockets that are open. */
  readonly sockets: number;
  draining: boolean;
  /** Cuts every socket. */
  cut(): void;
  /** Closes every WebSocket with this code, whatever becomes of its connection. */
  closeSockets(code: number): void;
  /** Cuts every socket, forgets every connection and runs nothing any more, as a process that is killed. */
  kill(): Promise<void>;
}

interface Kept {
  readonly channel: ResumableChannel;
  link: CarrierLink | undefined;
  grace: NodeJS.Timeout | undefined;
}

const FATAL = { 404: 4404, 503: 1013 };

export async function startSection14Server(options: Section14Options = {}): Promise<Section14Server> {
  const { token, transports = ['websocket', 'http'], graceMs = 10_000, refuseUpgrades } = options;
  const executor = createExecutor(createQuickJSEngine(), options);
  const kept = new Map<string, Kept>();
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const carriers = new Set<object>();
  const webSockets = new Set<WebSocket>();
  let draining = false;
  let opened = 0;

  function capabilities(): object {
    const { engine, capabilities, runsPerConnection, limits, maxRuns } = executor;
    const { running, queued } = executor.stats();
    const fixed = { version: PROTOCOL_VERSION, engine, capabilities, runsPerConnection, limits };
    return { ...fixed, transports, graceMs, running, queued, maxRuns, draining };
  }

  /** The status that refuses a carrier, or the connection that gets it. */
  function find(name: string, received: number): Kept | number {
    const found = kept.get(name);
    if (found !== undefined) return found;
    if (received > 0) return 404;
    if (draining) return 503;
    const connection: Kept = {
      grace: undefined,
      link: undefined,
      channel: createResumableChannel({
        half: 'executor',
        detached: () => {
          connection.link = undefined;
          connection.grace = setTimeout(() => connection.channel.close(), graceMs);
        },
      }),
    };
    kept.set(name, connection);
    executor.attach({
      send: (message) => connection.channel.send(message),
      close: (fault) => connection.channel.close(fault),
      listen: ({ message, closed }) =>
        connection.channel.listen({
          message: (received) => {
            if (received.header.type === 'open') opened++;
            message(received);
          },
          closed: (fault) => {
            kept.delete(name);
            clearTimeout(connection.grace);
            closed(fault);
          },
        }),
    });
    return connection;
  }

  function attach(connection: Kept, carrier: Carrier, received: number): CarrierLink {
    clearTimeout(connection.grace);
    carriers.add(carrier);
    const link = connection.channel.attach(carrier, received);
    connection.link = link;
    return link;
  }

  function serveSocket(socket: WebSocket, name: string, received: number): void {
    const connection = find(name, received);
    if (typeof connection === 'number') return socket.close(FATAL[connection as 404]);
    const carrier: Carrier = {
      send: (bytes) => socket.send(bytes),
      close: (reason) => socket.close(reason === 'ended' ? 1000 : reason === 'replaced' ? 4409 : 4000),
    };
    const link = attach(connection, carrier, received);
    webSockets.add(socket);
    socket.on('message', (data: Buffer) => link.receive(data));
    socket.on('close', (code) => {
      carriers.delete(carrier);
      webSockets.delete(socket);
      if (code === 1000) link.ended();
      else link.lost();
    });
    socket.on('error', () => {});
  }

  function serveStream(response: ServerResponse, name: string, received: number): void {
    const connection = find(name, received);
    if (typeof connection === 'number') return refuse(response, connection, connection === 404 ? 'EXECUTOR_LOST' : 'DRAINING');
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const carrier: Carrier = {
      send: (bytes) => {
        response.write(encodeUnitPrefix(bytes));
        response.write(bytes);
      },
      close: () => response.end(),
    };
    const link = attach(connection, carrier, received);
    response.on('close', () => {
      carriers.delete(carrier);
      link.lost();
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    const [, version, resource, name, tail] = pathname.split('/');
    requests.push(`${request.method} ${pathname.replace(/[0-9a-f]{32}/, ':connection')}`);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, 'UNAUTHORIZED');
    const body = await readBody(request);
    const what = `${request.method} ${version}/${resource}${name === undefined ? '' : '/:connection'}${tail === undefined ? '' : `/${tail}`}`;
    switch (what) {
      case 'GET v1/capabilities':
        return answer(response, 200, capabilities());
      case 'POST v1/runs':
        return serveStream(response, searchParams.get('connection') ?? '', Number(searchParams.get('received')));
      case 'POST v1/runs/:connection/messages': {
        const connection = kept.get(name ?? '');
        if (connection === undefined) return refuse(response, 404, 'EXECUTOR_LOST');
        createUnitDecoder({ maxUnitBytes: 64 * 1024 * 1024 }).push(body, (unit) => connection.link?.receive(unit));
        return answer(response, 200, { received: connection.channel.received });
      }
      case 'DELETE v1/runs/:connection':
        kept.get(name ?? '')?.channel.close();
        response.writeHead(204).end();
        return;
      default:
        return refuse(response, 404, 'INVALID_OPTION');
    }
  }

  const upgrades = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => (protocols.has('isomux.1') ? 'isomux.1' : false),
  });
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server');
    requests.push(`UPGRADE ${pathname}`);
    const bearer = token === undefined ? undefined : `isomux.bearer.${Buffer.from(token).toString('base64url')}`;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/, */);
    const status = refuseUpgrades ?? (bearer === undefined || offered.includes(bearer) ? undefined : 401);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (webSocket) =>
      serveSocket(webSocket, searchParams.get('connection') ?? '', Number(searchParams.get('received'))),
    );
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0);

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    executor,
    requests,
    get opened() {
      return opened;
    },
    get carriers() {
      return carriers.size;
    },
    get connections() {
      return kept.size;
    },
    get sockets() {
      return sockets.size;
    },
    get draining() {
      return draining;
    },
    set draining(value) {
      draining = value;
      if (value) void executor.drain();
    },
    cut,
    closeSockets(code) {
      for (const socket of webSockets) socket.close(code);
    },
    async kill() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await executor.close();
      for (const { channel, grace } of kept.values()) {
        channel.close();
        clearTimeout(grace);
      }
      kept.clear();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  answer(response, status, { error: { code, name: 'IsomuxError', message: 'said the test' } });
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
