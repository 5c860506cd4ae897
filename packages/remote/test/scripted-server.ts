import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CAPABILITIES, DEFAULT_LIMITS, encodeMessage } from '@isomux/protocol';
import type { Message } from '@isomux/protocol';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** What a scripted server answers; what is left out it answers as a server in good order does. */
export interface Script {
  /** Answers a request itself, unless it returns false. */
  readonly request?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** The capabilities, made of those in good order. */
  readonly capabilities?: (sound: Readonly<Record<string, unknown>>) => unknown;
  readonly upgrade?: (socket: Duplex) => void;
  /** A WebSocket was opened; nothing has been sent over it. */
  readonly socket?: (socket: WebSocket, connections: number) => void;
}

/** A server that does what a script says. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly string[];
  /** Values of the headers by which clients show their token. */
  readonly shown: ReadonlySet<string | undefined>;
  close(): Promise<void>;
}

const SOUND: Readonly<Record<string, unknown>> = {
  version: 1,
  engine: 'scripted',
  capabilities: Object.fromEntries(Object.keys(CAPABILITIES).map((name) => [name, true])),
  runsPerConnection: 10,
  limits: DEFAULT_LIMITS,
  transports: ['websocket', 'http'],
  graceMs: 100,
  running: 0,
  queued: 0,
  maxRuns: 10,
  draining: false,
};

const { version, engine, capabilities, runsPerConnection } = SOUND;
/** The header of a `hello` in good order. */
export const HELLO: Readonly<Record<string, unknown>> = { type: 'hello', version, engine, capabilities, runsPerConnection };

/** The bytes of a numbered unit, whatever is in it. */
export function numbered(number: number, acknowledged: number, header: unknown, payloads: readonly string[] = []): Uint8Array {
  const unit = encodeMessage({ header, payloads } as Message);
  const bytes = Buffer.alloc(8 + unit.length);
  bytes.writeUInt32BE(number, 0);
  bytes.writeUInt32BE(acknowledged, 4);
  bytes.set(unit, 8);
  return bytes;
}

/** The header of a unit that a client sent; undefined for one that only acknowledges. */
export function readNumbered(bytes: Buffer): { readonly number: number; readonly header: Record<string, unknown> } | undefined {
  const number = bytes.readUInt32BE(0);
  if (number === 0) return undefined;
  const line = bytes.subarray(8, bytes.indexOf(0x0a, 8)).toString();
  return { number, header: JSON.parse(line) as Record<string, unknown> };
}

export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const shown = new Set<string | undefined>();
  const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => 'isomux.1' });
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    shown.add(request.headers.authorization);
    if (script.request?.(request, response) === true) return;
    if (request.url === '/v1/capabilities')
      response.end(JSON.stringify(script.capabilities === undefined ? SOUND : script.capabilities(SOUND)));
    else response.writeHead(404).end(JSON.stringify({ error: { code: 'EXECUTOR_LOST', name: 'x', message: 'gone' } }));
  });
  server.on('upgrade', (request, socket, head) => {
    requests.push(`UPGRADE ${request.url}`);
    if (script.upgrade !== undefined) return script.upgrade(socket);
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {});
      script.socket?.(webSocket, ++connections);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    shown,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
