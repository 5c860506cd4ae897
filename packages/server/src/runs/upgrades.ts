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

/** Judges a request for a WebSocket before it is upgraded. Throws a {@link Refusal}. */
export function createUpgrade(request: Request, principal: Principal, connections: Connections, maxQueuedBytes: number): Upgrade {
  const protocol = selectProtocol(request.headers);
  const attachment = readAttachment(new URL(request.url));
  connections.check(principal, attachment);
  const traceParent = readTraceParent(request.headers);
  return {
    protocol,
    accept: (socket) => accept(socket, { principal, attachment, traceParent, connections, maxQueuedBytes }),
  };
}

interface Accepted {
  readonly principal: Principal;
  readonly attachment: Attachment;
  readonly traceParent: string | undefined;
  readonly connections: Connections;
  readonly maxQueuedBytes: number;
}

function accept(socket: UpgradedSocket, accepted: Accepted): SocketEvents {
  const { principal, attachment, traceParent, connections, maxQueuedBytes } = accepted;
  try {
    const connection = connections.open(principal, attachment, traceParent);
    const link = connection.attach(createSocketCarrier(socket, maxQueuedBytes), attachment.received);
    // What is no unit is refused as a unit without bytes is, unless another carrier has taken over.
    const refuse = (): void => link.receive(new Uint8Array(0));
    return {
      message: (data) => (typeof data === 'string' ? refuse() : link.receive(data)),
      oversized: refuse,
      closed: (code) => (code === CLOSE_CODES.ended ? link.ended() : link.lost()),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What was there when the request came is gone, or the last place was taken.
    socket.close(error.status === 404 ? CLOSE_CODES.unknown : CLOSE_CODES.noPlace, error.code);
    return { message: () => {}, oversized: () => {}, closed: () => {} };
  }
}

function selectProtocol(headers: Headers): string | undefined {
  const offered = headers.get('sec-websocket-protocol');
  if (offered === null) return undefined;
  if (offered.split(',').some((name) => name.trim() === SUBPROTOCOL)) return SUBPROTOCOL;
  throw new Refusal(400, 'PROTOCOL_ERROR', `the client asks for other subprotocols than ${SUBPROTOCOL}`);
}
