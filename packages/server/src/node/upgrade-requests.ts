import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServerCore } from '../server-core.ts';
import type { SocketEvents, Upgrade } from '../runs/upgrades.ts';
import { WebSocketServer, type WebSocket } from 'ws';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** Answers requests for WebSockets. */
export interface UpgradeHandler {
  /** Takes what Node tells with the event `upgrade`. Every socket is upgraded or answered. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** WebSockets that are open or closing. */
  readonly size: number;
  /** Ends all sockets that are left. */
  terminate(): void;
}

/** The close code of ws for a message that is too large. */
const OVERSIZED = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
/** Pongs wait in memory for a client that sends pings and does not read. */
const MAX_PONG_BUFFER_BYTES = 64 * 1024;
/** What a client's control frame has beside its payload: two bytes, and its mask. */
const CONTROL_BYTES = 6;
/** How long a client may take to answer the end of its WebSocket. */
const CLOSE_MS = 2000;

/** Makes the part of a Node server that speaks WebSocket. A message has at most `maxUnitBytes`. */
export function createUpgradeHandler(core: ServerCore, maxUnitBytes: number): UpgradeHandler {
  const options = {
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxUnitBytes,
    autoPong: false,
    closeTimeout: CLOSE_MS,
  };
  const sockets = new WebSocketServer(options);
  // The library answers what is no WebSocket at all.
  sockets.on('wsClientError', (_error, socket) => refuseUpgrade(socket, malformed()));

  async function handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A socket without a listener for errors ends the process.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const upgrade = await judge(core, request);
    if (socket.destroyed) return;
    if (upgrade instanceof Response) return refuseUpgrade(socket, upgrade);
    selected.set(request, upgrade.protocol);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      connect(webSocket, socket, upgrade);
    });
  }

  const selected = new WeakMap<IncomingMessage, string | undefined>();
  sockets.options.handleProtocols = (_offered, request): string | false => selected.get(request) ?? false;

  return {
    handle: (request, socket, head) => void handle(request, socket, head),
    get size(): number {
      return sockets.clients.size;
    },
    terminate(): void {
      for (const webSocket of sockets.clients) webSocket.terminate();
    },
  };
}

async function judge(core: ServerCore, incoming: IncomingMessage): Promise<Response | Upgrade> {
  if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') return malformed();
  let request: Request;
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headersDistinct)) headers.set(name, (value ?? []).join(', '));
    request = new Request(new URL(incoming.url ?? '/', 'http://localhost'), { headers });
  } catch {
    return malformed();
  }
  return core.upgrade(request, { remoteAddress: incoming.socket.remoteAddress });
}

function malformed(): Response {
  const message = 'the request is not one for a WebSocket of version 13';
  return Response.json({ error: { code: 'PROTOCOL_ERROR', name: 'ProtocolError', message } }, { status: 400 });
}

function connect(webSocket: WebSocket, socket: Duplex, upgrade: Upgrade): void {
  const events: SocketEvents = upgrade.accept({
    get bufferedBytes(): number {
      return webSocket.bufferedAmount;
    },
    send: (bytes) => webSocket.send(bytes, ignoreError),
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  });
  webSocket.binaryType = 'nodebuffer';
  // The library tells of messages that are complete; what it keeps until then is what came since the last of them.
  let pendingBytes = 0;
  socket.prependListener('data', (chunk: Buffer) => {
    pendingBytes += chunk.length;
    events.pending(pendingBytes);
  });
  webSocket.on('message', (data, isBinary) => {
    pendingBytes = 0;
    events.pending(0);
    if (!isBinary) events.message('');
    else if (Buffer.isBuffer(data)) events.message(data);
  });
  // These may come between the fragments of a message, and are not kept.
  const forgetControl = (data: Buffer): void => {
    pendingBytes = Math.max(0, pendingBytes - data.length - CONTROL_BYTES);
  };
  webSocket.on('pong', forgetControl);
  webSocket.on('ping', (data) => {
    forgetControl(data);
    if (webSocket.readyState === webSocket.OPEN && webSocket.bufferedAmount < MAX_PONG_BUFFER_BYTES)
      webSocket.pong(data, false, ignoreError);
  });
  webSocket.on('error', (error: Error & { code?: unknown }) => {
    if (error.code === OVERSIZED) events.oversized();
  });
  webSocket.on('close', (code) => events.closed(code));
}

/** A socket that breaks says so once more when it is closed. */
function ignoreError(): void {}
