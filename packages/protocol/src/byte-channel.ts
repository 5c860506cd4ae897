import type { Channel, ChannelHandlers, Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import { type FrameDecoder, createFrameDecoder, encodeFrame } from './frame.ts';
import type { Half } from './header-parser.ts';
import { Inbox } from './inbox.ts';
import type { CodecLimits } from './message-codec.ts';
import { createFaultMessage, readFaultMessage, toFault } from './transport-fault.ts';

/**
 * A stream of bytes both ways, as the channel sees it: a pipe, a socket, a pair of standard streams. The channel calls
 * each `on…` method once, at creation, and owns the duplex from then on.
 */
export interface ByteDuplex {
  /**
   * Takes the next bytes, which are its own from then on. Returning false asks the channel to hold further ones back until
   * the `onDrain` listener is called; anything else means go on. A throw counts as the end of the stream.
   */
  write(bytes: Uint8Array): boolean | void;
  /** Where arriving bytes go. They are not kept after the listener has returned. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Needed when `write` ever returns false. The listener must not be called from within `write`. */
  onDrain?(listener: () => void): void;
  /** To be called when no more bytes come, with the error if that is why. Further calls are ignored. */
  onEnd(listener: (error?: unknown) => void): void;
  /** Ends both directions, after what was written has left. Called at most once. */
  close(): void;
}

/** Options of {@link createByteChannel}. */
export interface ByteChannelOptions extends CodecLimits {
  /** The half that this end belongs to; messages are accepted from the other one only. */
  readonly half: Half;
  /** Bytes that may wait for a peer that does not read, before the channel gives it up. Default 1 GiB. */
  readonly maxQueuedBytes?: number | undefined;
}

const DEFAULT_MAX_QUEUED_BYTES = 1024 * 1024 * 1024;

/** Frames are joined into one write up to this size; copying more costs more than a further write. */
const JOIN_BYTES = 64 * 1024;

const settled: Promise<void> = Promise.resolve();

/**
 * Makes a channel over a stream of bytes.
 *
 * Messages of one microtask leave in as few writes as sensible. Each arriving message is validated; the first that is no
 * frame or not allowed closes the channel, with the error as fault at both ends. `close(fault)` tells the other end in a
 * `fault` message, which is never handed to a `message` handler. A stream that breaks closes it with `EXECUTOR_LOST`,
 * one that ends within a frame with `FRAME_INVALID`, one that ends between frames without fault.
 *
 * @example
 * const channel = createByteChannel(
 *   {
 *     write: (bytes) => socket.write(bytes),
 *     onData: (listener) => socket.on('data', listener),
 *     onDrain: (listener) => socket.on('drain', listener),
 *     onEnd: (listener) => socket.on('error', listener).on('end', () => listener()).on('close', () => listener()),
 *     close: () => socket.end(),
 *   },
 *   { half: 'driver' },
 * );
 */
export function createByteChannel(duplex: ByteDuplex, options: ByteChannelOptions): Channel {
  return new ByteChannel(duplex, options);
}

class ByteChannel implements Channel {
  readonly #duplex: ByteDuplex;
  readonly #options: ByteChannelOptions;
  readonly #maxQueuedBytes: number;
  readonly #decoder: FrameDecoder;
  readonly #inbox: Inbox = new Inbox((fault) => this.close(fault));
  readonly #flush: () => void = () => {
    this.#scheduled = false;
    this.#write();
  };
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  /** The duplex asked to wait. */
  #held = false;
  #closed = false;

  constructor(duplex: ByteDuplex, options: ByteChannelOptions) {
    this.#duplex = duplex;
    this.#options = options;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES;
    this.#decoder = createFrameDecoder({ ...options, from: options.half === 'driver' ? 'executor' : 'driver' });
    duplex.onDrain?.(() => {
      this.#held = false;
      this.#write();
    });
    duplex.onEnd((error) => this.#ended(error));
    duplex.onData((chunk) => this.#receive(chunk));
  }

  listen(handlers: ChannelHandlers): void {
    this.#inbox.listen(handlers);
  }

  send(message: Message): void {
    if (this.#closed) return;
    try {
      this.#enqueue(message);
    } catch (error) {
      this.close(toFault(error, 'a message could not be encoded'));
      return;
    }
    if (this.#queuedBytes > this.#maxQueuedBytes) {
      this.#queue = [];
      this.#end(
        new IsomuxError('EXECUTOR_LOST', `the other half reads too slowly: more than maxQueuedBytes (${this.#maxQueuedBytes}) wait for it`),
      );
    } else if (!this.#scheduled && !this.#held) {
      this.#scheduled = true;
      void settled.then(this.#flush);
    }
  }

  close(fault?: IsomuxError): void {
    if (this.#closed) return;
    if (fault !== undefined) this.#enqueue(createFaultMessage(fault));
    // Nothing can wait for a drain any more: the rest is the duplex's to send before it closes.
    this.#held = false;
    this.#closed = true;
    this.#write(true);
    this.#end(fault);
  }

  #enqueue(message: Message): void {
    const frame = encodeFrame(message, this.#options);
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
  }

  #write(force = false): void {
    if (this.#closed && !force) return;
    const queue = this.#queue;
    let next = 0;
    try {
      while (next < queue.length && !this.#held) {
        const first = next;
        let size = 0;
        do size += queue[next++]?.length ?? 0;
        while (next < queue.length && size + (queue[next]?.length ?? 0) <= JOIN_BYTES);
        this.#queuedBytes -= size;
        const written = this.#duplex.write(join(queue.slice(first, next), size));
        if (this.#closed && !force) return;
        this.#held = written === false && !force && this.#duplex.onDrain !== undefined;
      }
    } catch (error) {
      if (!force) this.#ended(error);
      return;
    }
    this.#queue = next < queue.length ? queue.slice(next) : [];
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#decoder.push(chunk, (message) => {
        const { header, payloads } = message;
        if (header.type === 'fault') this.#end(readFaultMessage({ header, payloads }));
        else this.#inbox.receive(message);
      });
    } catch (error) {
      this.close(toFault(error, 'a chunk could not be decoded'));
    }
  }

  #ended(error: unknown): void {
    if (this.#closed) return;
    let fault = error === undefined ? undefined : toFault(error, 'the byte stream of this channel broke; see the cause');
    try {
      this.#decoder.end();
    } catch (truncated) {
      fault ??= toFault(truncated, 'the byte stream of this channel ended early');
    }
    this.#end(fault);
  }

  #end(fault: IsomuxError | undefined): void {
    this.#closed = true;
    this.#inbox.end(fault);
    try {
      this.#duplex.close();
    } catch {
      // It is closed then, or as good as.
    }
  }
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
