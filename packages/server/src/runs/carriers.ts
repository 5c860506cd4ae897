import { encodeUnitPrefix, type Carrier, type CarrierEnd } from '@isomux/protocol';

/** A WebSocket that the host of the server has upgraded. */
export interface UpgradedSocket {
  /** Bytes that were sent and have not left this process. */
  readonly bufferedBytes: number;
  /** Sends one binary message. Does not copy the bytes, which do not change but for their acknowledgement. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Closes it in good order, after what was sent. */
  close(code: number, reason: string): void;
  /** Ends it at once. */
  terminate(): void;
}

/** A carrier of a connection, as a server has it. */
export interface ServerCarrier extends Carrier {
  /** Bytes that the other half has not taken off it. */
  readonly queuedBytes: number;
  /** The other half's messages come in requests of their own. */
  readonly takesRequests: boolean;
}

/** Status codes with which a WebSocket is closed: docs/protocol.md, section 14.3. */
export const CLOSE_CODES: { readonly ended: number; readonly unknown: number; readonly replaced: number; readonly noPlace: number } = {
  ended: 1000,
  unknown: 4404,
  replaced: 4409,
  noPlace: 1013,
};

/** How long a client may take to read what was sent before the end. */
const READ_MS = 5000;
/** Units up to this size are sent in one piece with what announces them. */
const JOINED_BYTES = 16 * 1024;

/**
 * Makes a carrier of a WebSocket. More than `maxQueuedBytes` in it end it: a client can acknowledge what it has not read, and what it is
 * kept for then is no longer counted by the channel.
 */
export function createSocketCarrier(socket: UpgradedSocket, maxQueuedBytes: number): ServerCarrier {
  return {
    takesRequests: false,
    get queuedBytes(): number {
      return socket.bufferedBytes;
    },
    send(bytes: Uint8Array<ArrayBuffer>): void {
      if (socket.bufferedBytes <= maxQueuedBytes) return socket.send(bytes);
      socket.terminate();
      throw new Error(`more than ${maxQueuedBytes} bytes wait for a client that does not read`);
    },
    close(reason: CarrierEnd): void {
      if (reason === 'ended') socket.close(CLOSE_CODES.ended, 'ended');
      else if (reason === 'replaced') socket.close(CLOSE_CODES.replaced, 'replaced');
      else socket.terminate();
    },
  };
}

/** The body of an answer that is a stream of frames, and what puts frames on it. */
export interface StreamCarrier extends ServerCarrier {
  readonly body: ReadableStream<Uint8Array>;
}

/** Makes a carrier of an answer's body. `lost` is called when its reader goes away. */
export function createStreamCarrier(maxQueuedBytes: number, lost: () => void): StreamCarrier {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const body = new ReadableStream<Uint8Array>(
    {
      start(given): void {
        controller = given;
      },
      cancel(): void {
        over = true;
        clearTimeout(timer);
        lost();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  const queued = (): number => -(controller?.desiredSize ?? 0);
  return {
    body,
    takesRequests: true,
    get queuedBytes(): number {
      return over ? 0 : queued();
    },
    send(bytes: Uint8Array<ArrayBuffer>): void {
      if (over) throw new Error('the stream has ended');
      if (queued() > maxQueuedBytes) {
        over = true;
        const error = new Error(`more than ${maxQueuedBytes} bytes wait for a client that does not read`);
        controller?.error(error);
        throw error;
      }
      const prefix = encodeUnitPrefix(bytes);
      if (bytes.length > JOINED_BYTES) {
        controller?.enqueue(prefix);
        controller?.enqueue(bytes);
        return;
      }
      const frame = new Uint8Array(prefix.length + bytes.length);
      frame.set(prefix);
      frame.set(bytes, prefix.length);
      controller?.enqueue(frame);
    },
    close(reason: CarrierEnd): void {
      if (over) return;
      over = true;
      if (reason === 'broken') return controller?.error(new Error('the client fell silent'));
      controller?.close();
      const giveUp = (): void => controller?.error(new Error('the client does not read to the end'));
      if (queued() > 0) timer = setTimeout(giveUp, READ_MS);
    },
  };
}
