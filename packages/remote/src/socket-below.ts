/** What is used of a socket. */
interface Socket {
  readonly bytesRead: number;
  destroy(): unknown;
}

type Listener = (message: unknown) => void;

/** What is used of the channels by which Node tells what its HTTP client does. */
interface DiagnosticsChannels {
  subscribe(name: string, listener: Listener): void;
  unsubscribe(name: string, listener: Listener): void;
}

/** As far as it is the same in Node, Bun and Deno; elsewhere there is none. */
declare const process: { getBuiltinModule?(name: string): unknown } | undefined;

const CHANNEL = 'undici:client:sendHeaders';

/** Looks for the socket that a WebSocket is about to be opened over. */
export interface SocketBelow {
  /** Stops looking: it is there now, or never will be. */
  stop(): void;
  /** Bytes that have come over it; 0 where it was not found. */
  readonly bytesRead: number;
  /** Ends the socket at once, where it was found. */
  destroy(): void;
}

/**
 * Looks for the socket of the next WebSocket to this address, which is not asked for yet and has a name that nobody else asks for. A WebSocket
 * can only be closed with the other side's consent: while a server that hangs does not give it, Node keeps the socket, and for
 * its sake the process. Where the platform is another one nothing is found.
 */
export function findSocketBelow(url: string): SocketBelow {
  const { pathname, search } = new URL(url);
  let socket: Socket | undefined;
  const listener: Listener = (message) => {
    if (readField(readField(message, 'request'), 'path') !== `${pathname}${search}`) return;
    const found = readField(message, 'socket');
    if (isSocket(found)) socket = found;
  };
  const channels = findChannels();
  channels?.subscribe(CHANNEL, listener);
  return {
    stop: () => channels?.unsubscribe(CHANNEL, listener),
    get bytesRead(): number {
      return socket?.bytesRead ?? 0;
    },
    destroy: () => {
      socket?.destroy();
      socket = undefined;
    },
  };
}

function findChannels(): DiagnosticsChannels | undefined {
  const found = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('diagnostics_channel');
  return isChannels(found) ? found : undefined;
}

function isChannels(value: unknown): value is DiagnosticsChannels {
  return typeof readField(value, 'subscribe') === 'function' && typeof readField(value, 'unsubscribe') === 'function';
}

function isSocket(value: unknown): value is Socket {
  return typeof readField(value, 'destroy') === 'function' && typeof readField(value, 'bytesRead') === 'number';
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
