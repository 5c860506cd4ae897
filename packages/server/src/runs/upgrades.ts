import type { Principal } from '../access/principal.ts';
import { Refusal } from '../http/refusal.ts';
import { readTraceParent } from '../http/trace-parent.ts';
import { CLOSE_CODES, createSocketCarrier, type UpgradedSocket } from './carriers.ts';
import { readAttachment, type Attachment, type Connections } from './connections.ts';

/** The subprotocol of a connection. */
const SUBPROTOCOL = 'isomux.1';

/** What the host tells of a socket that it has upgraded. */
export interface SocketEvents {
  /** A message arrived: bytes, which are not kept, or a text, which no connection has. */
  readonly message: (data: Uint8Array | string) => void;
  /** So many bytes of a message have arrived that is not complete; 0 once it is. Where there is no memory for them the socket is terminated. */
  readonly pending: (bytes: number) => void;
  /** A message was larger than a unit may be. */
  readonly oversized: () => void;
  /** It is closed, with this code. */
  readonly closed: (code: number) => void;
}

/** A request that may be upgraded. */
export interface Upgrade {
  /** The subprotocol to select; undefined where the client asked for none. */
  readonly protocol: string | undefined;
  /** Takes the socket that came of it. */
  readonly accept: (socket: UpgradedSocket) => SocketEvents;
}

/** What WebSockets need of their server. */
export interface UpgradeOptions {
  readonly connections: Connections;
  /** Bytes that may wait for a client that does not read. */
  readonly maxQueuedBytes: number;
}

/** Less of an incomplete message is not counted: it is about what a socket has in any case. */
const UNCOUNTED_BYTES = 128 * 1024;

/** Judges a request for a WebSocket before it is upgraded. Throws a {@link Refusal}. */
export function createUpgrade(request: Request, principal: Principal, options: UpgradeOptions): Upgrade {
  const { connections } = options;
  const protocol = selectProtocol(request.headers);
  const attachment = readAttachment(new URL(request.url));
  connections.check(principal, attachment);
  const traceParent = readTraceParent(request.headers);
  return {
    protocol,
    accept: (socket) => accept(socket, { ...options, principal, attachment, traceParent }),
  };
}

interface Accepted extends UpgradeOptions {
  readonly principal: Principal;
  readonly attachment: Attachment;
  readonly traceParent: string | undefined;
}

function accept(socket: UpgradedSocket, accepted: Accepted): SocketEvents {
  const { principal, attachment, traceParent, connections, maxQueuedBytes } = accepted;
  const { budget } = principal;
  let charged = 0;
  const charge = (bytes: number): boolean => {
    const more = (bytes < UNCOUNTED_BYTES ? 0 : bytes) - charged;
    if (more > 0 && !budget.take(more)) return false;
    if (more < 0) budget.give(-more);
    charged += more;
    return true;
  };
  try {
    const connection = connections.open(principal, attachment, traceParent);
    const link = connection.attach(createSocketCarrier(socket, maxQueuedBytes), attachment.received);
    // What is no unit is refused as a unit without bytes is, unless another carrier has taken over.
    const refuse = (): void => link.receive(new Uint8Array(0));
    return {
      message: (data) => (typeof data === 'string' ? refuse() : link.receive(data)),
      pending: (bytes) => {
        if (!charge(bytes)) socket.terminate();
        else link.heard();
      },
      oversized: refuse,
      closed: (code) => {
        charge(0);
        if (code === CLOSE_CODES.ended) link.ended();
        else link.lost();
      },
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What was there when the request came is gone, or the last place was taken.
    socket.close(error.status === 404 ? CLOSE_CODES.unknown : CLOSE_CODES.noPlace, error.code);
    return { message: () => {}, pending: () => {}, oversized: () => {}, closed: () => {} };
  }
}

function selectProtocol(headers: Headers): string | undefined {
  const offered = headers.get('sec-websocket-protocol');
  if (offered === null) return undefined;
  if (offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) return SUBPROTOCOL;
  throw new Refusal(400, 'PROTOCOL_ERROR', `the client asks for other subprotocols than ${SUBPROTOCOL}`);
}
