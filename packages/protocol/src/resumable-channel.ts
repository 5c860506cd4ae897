import type { Channel, ChannelHandlers, Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import type { Half } from './header-parser.ts';
import { Inbox } from './inbox.ts';
import { type CodecLimits, decodeMessage, encodeAt } from './message-codec.ts';
import { createFaultMessage, readFaultMessage, toFault } from './transport-fault.ts';

/** Why a channel lets go of a carrier. */
export type CarrierEnd =
  /** The channel is closed, and with it the connection. */
  | 'ended'
  /** Another carrier has taken its place. */
  | 'replaced'
  /** It lost or garbled messages, or fell silent: the connection goes on without it. */
  | 'broken';

/**
 * What carries the numbered units of a connection for a while: a WebSocket; a streamed response and the requests that answer
 * it. It keeps units apart. It may break at any moment, and what it then lost, doubled or reordered does no harm.
 */
export interface Carrier {
  /** Takes one numbered unit. The bytes stay the channel's and do not change but for their acknowledgement. A throw says that it broke. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Called once, last, unless the carrier said first that it was lost or ended. */
  close(reason: CarrierEnd): void;
}

/** What a carrier tells its channel. Without effect once the channel has let go of it. */
export interface CarrierLink {
  /** One unit arrived. Its bytes are not kept. */
  receive(bytes: Uint8Array): void;
  /** Part of a unit arrived: a large one on a slow way is no silence. For carriers that can tell. */
  heard(): void;
  /** It broke: the connection goes on without it. */
  lost(cause?: unknown): void;
  /** The other half ended the connection in good order. */
  ended(): void;
}

/** A channel that outlives what carries it. */
export interface ResumableChannel extends Channel {
  /** Messages taken so far: with this number the other half knows from where to repeat. */
  readonly received: number;
  /** Messages of this half that the other half is known to have. */
  readonly acknowledged: number;
  /** It has a carrier. */
  readonly attached: boolean;
  /** Messages that wait for the other half's acknowledgement. */
  readonly heldMessages: number;
  /** Their bytes. */
  readonly heldBytes: number;
  /**
   * Goes on over this carrier, in place of any other. `peerReceived` is how many of this half's messages the other half has:
   * what follows is sent again. Left out, the other half's first unit says it, and nothing is sent before.
   */
  attach(carrier: Carrier, peerReceived?: number): CarrierLink;
}

/** Options of {@link createResumableChannel}. */
export interface ResumableChannelOptions extends CodecLimits {
  /** The half that this end belongs to; messages are accepted from the other one only. */
  readonly half: Half;
  /** Bytes that are kept until the other half has acknowledged them. More close the channel with `EXECUTOR_LOST`. Default 1 GiB. */
  readonly maxHeldBytes?: number | undefined;
  /** Longest silence of this half over a carrier. Default {@link CARRIER_TIMES}. */
  readonly heartbeatMs?: number | undefined;
  /** Silence of the other half after which a carrier counts as broken. Default {@link CARRIER_TIMES}. */
  readonly silenceMs?: number | undefined;
  /** Called whenever it has lost its carrier and is not closed. Whoever made the channel finds another, or closes it. */
  readonly detached?: ((cause: unknown) => void) | undefined;
}

/** Times that both halves keep over a carrier, in milliseconds. */
export const CARRIER_TIMES: { readonly heartbeatMs: number; readonly silenceMs: number } = { heartbeatMs: 10_000, silenceMs: 25_000 };

const PREFIX_BYTES = 8;
const MAX_NUMBER = 0xffff_ffff;
const DEFAULT_MAX_HELD_BYTES = 1024 * 1024 * 1024;
/** A half that has nothing to say acknowledges at the latest after so much. */
const ACKNOWLEDGE_MESSAGES = 64;
const ACKNOWLEDGE_BYTES = 256 * 1024;

/**
 * Makes one end of a connection: messages are numbered and kept until they are acknowledged, so that carriers may come and go
 * while each message arrives once, whole and in order. docs/protocol.md, section 14, is what it speaks.
 *
 * It starts without a carrier and keeps what is sent. Close it when no carrier will come any more.
 *
 * @example
 * const channel = createResumableChannel({ half: 'driver', detached: () => reconnect() });
 * const link = channel.attach({ send: (bytes) => socket.send(bytes), close: () => socket.close() }, 0);
 * socket.onmessage = ({ data }) => link.receive(new Uint8Array(data));
 * socket.onclose = () => link.lost();
 */
export function createResumableChannel(options: ResumableChannelOptions): ResumableChannel {
  return new NumberedChannel(options);
}

class NumberedChannel implements ResumableChannel {
  received = 0;
  readonly #options: ResumableChannelOptions;
  readonly #from: Half;
  readonly #heartbeatMs: number;
  readonly #silenceMs: number;
  readonly #inbox: Inbox = new Inbox((fault) => this.close(fault));
  #carrier: Carrier | undefined;
  /** The carrier says where the other half is before anything is sent. */
  #greeted = false;
  #closed = false;
  #sent = 0;
  #acknowledged = 0;
  /** What was sent and not acknowledged, the first of them being number `#acknowledged + 1`. */
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldBytes = 0;
  /** Arrived since this half last said how far it has got. */
  #unsaidMessages = 0;
  #unsaidBytes = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #spoke = false;
  #heardMs = 0;

  constructor(options: ResumableChannelOptions) {
    this.#options = options;
    this.#from = options.half === 'driver' ? 'executor' : 'driver';
    this.#heartbeatMs = options.heartbeatMs ?? CARRIER_TIMES.heartbeatMs;
    this.#silenceMs = options.silenceMs ?? CARRIER_TIMES.silenceMs;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get attached(): boolean {
    return this.#carrier !== undefined;
  }

  get heldMessages(): number {
    return this.#held.length;
  }

  get heldBytes(): number {
    return this.#heldBytes;
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
    const { maxHeldBytes = DEFAULT_MAX_HELD_BYTES } = this.#options;
    if (this.#heldBytes <= maxHeldBytes) return;
    this.#end(
      new IsomuxError(
        'EXECUTOR_LOST',
        `the other half of the connection reads too slowly, or stayed away: more than maxHeldBytes (${maxHeldBytes}) wait for it`,
      ),
      'ended',
    );
  }

  close(fault?: IsomuxError): void {
    if (this.#closed) return;
    if (fault !== undefined && this.attached) this.#enqueue(createFaultMessage(fault));
    this.#end(fault, 'ended');
  }

  attach(carrier: Carrier, peerReceived?: number): CarrierLink {
    if (this.#closed) {
      carrier.close('ended');
      return { receive: () => {}, heard: () => {}, lost: () => {}, ended: () => {} };
    }
    this.#letGo('replaced');
    this.#carrier = carrier;
    this.#greeted = false;
    this.#heardMs = performance.now();
    this.#startHeart();
    const isCurrent = (): boolean => this.#carrier === carrier;
    if (peerReceived !== undefined) this.#greet(peerReceived);
    // The half that knows speaks first, so that the other one may.
    if (isCurrent() && this.#options.half === 'executor') this.#acknowledge();
    return {
      receive: (bytes) => {
        if (isCurrent()) this.#receive(bytes);
      },
      heard: () => {
        if (isCurrent()) this.#heardMs = performance.now();
      },
      lost: (cause) => {
        if (isCurrent()) this.#detach(cause);
      },
      ended: () => {
        if (isCurrent()) this.#end(undefined, undefined);
      },
    };
  }

  // ---- sending

  #enqueue(message: Message): void {
    if (this.#sent === MAX_NUMBER) throw new IsomuxError('EXECUTOR_LOST', 'the connection has carried as many messages as it can number');
    const bytes = encodeAt(PREFIX_BYTES, message, this.#options);
    new DataView(bytes.buffer).setUint32(0, ++this.#sent);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#greeted) this.#post(bytes);
  }

  /** Puts a unit on the carrier, with this half's latest word on what it has. */
  #post(bytes: Uint8Array<ArrayBuffer>): void {
    new DataView(bytes.buffer).setUint32(4, this.received);
    this.#unsaidMessages = 0;
    this.#unsaidBytes = 0;
    this.#spoke = true;
    try {
      this.#carrier?.send(bytes);
    } catch (cause) {
      // Told later: the sender is in the middle of something.
      const carrier = this.#carrier;
      queueMicrotask(() => {
        if (this.#carrier === carrier) this.#detach(cause);
      });
    }
  }

  #acknowledge(): void {
    this.#post(new Uint8Array(PREFIX_BYTES));
  }

  // ---- receiving

  #receive(bytes: Uint8Array): void {
    this.#heardMs = performance.now();
    try {
      if (bytes.length < PREFIX_BYTES) throw new IsomuxError('FRAME_INVALID', `a numbered unit has at least ${PREFIX_BYTES} bytes`);
      const view = new DataView(bytes.buffer, bytes.byteOffset, PREFIX_BYTES);
      const number = view.getUint32(0);
      if (this.#greeted) this.#release(view.getUint32(4));
      else this.#greet(view.getUint32(4));
      if (this.#closed) return;
      if (number === 0) {
        if (bytes.length > PREFIX_BYTES)
          throw new IsomuxError('FRAME_INVALID', 'a unit without a number has nothing but its acknowledgement');
        return;
      }
      // A carrier repeats what it may have delivered before.
      if (number <= this.received) return;
      if (number > this.received + 1) return this.#break(`message ${this.received + 1} was due and message ${number} came`);
      const message = decodeMessage(bytes.subarray(PREFIX_BYTES), this.#from, this.#options);
      this.received = number;
      this.#take(message, bytes.length);
    } catch (error) {
      this.close(toFault(error, 'a unit could not be decoded'));
    }
  }

  #take(message: Message, length: number): void {
    const { header, payloads } = message;
    if (header.type === 'fault') return this.#end(readFaultMessage({ header, payloads }), 'ended');
    this.#inbox.receive(message);
    this.#unsaidBytes += length;
    if (++this.#unsaidMessages >= ACKNOWLEDGE_MESSAGES || this.#unsaidBytes >= ACKNOWLEDGE_BYTES) this.#acknowledge();
  }

  /** The other half's first word over a carrier: what it lacks is sent again. */
  #greet(peerReceived: number): void {
    this.#release(peerReceived);
    if (this.#closed) return;
    this.#greeted = true;
    for (const bytes of this.#held) this.#post(bytes);
  }

  #release(acknowledged: number): void {
    // Reordered units may carry an older word.
    if (this.#greeted && acknowledged <= this.#acknowledged) return;
    if (acknowledged > this.#sent || acknowledged < this.#acknowledged) {
      // It is another connection by the same name, or its memory is gone.
      return this.#end(
        new IsomuxError(
          'EXECUTOR_LOST',
          `the other half has ${acknowledged} messages of this connection; it can have ${this.#acknowledged} to ${this.#sent}`,
        ),
        'ended',
      );
    }
    const released = this.#held.splice(0, acknowledged - this.#acknowledged);
    for (const bytes of released) this.#heldBytes -= bytes.length;
    this.#acknowledged = acknowledged;
  }

  // ---- carriers

  #startHeart(): void {
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#heartbeatMs);
    const heart: unknown = this.#heartbeat;
    if (typeof heart === 'object' && heart !== null && 'unref' in heart && typeof heart.unref === 'function') heart.unref();
  }

  #beat(): void {
    if (performance.now() - this.#heardMs > this.#silenceMs) return this.#break(`nothing came for ${this.#silenceMs} ms`);
    if (!this.#spoke && this.#greeted) this.#acknowledge();
    this.#spoke = false;
  }

  #break(why: string): void {
    const carrier = this.#carrier;
    this.#detach(new IsomuxError('EXECUTOR_LOST', `the carrier of a connection broke: ${why}`));
    closeCarrier(carrier, 'broken');
  }

  #detach(cause: unknown): void {
    this.#carrier = undefined;
    this.#stopHeart();
    this.#options.detached?.(cause);
  }

  #letGo(reason: CarrierEnd): void {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    closeCarrier(carrier, reason);
  }

  #stopHeart(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  /** `reason` is left out where the carrier knows already. */
  #end(fault: IsomuxError | undefined, reason: CarrierEnd | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopHeart();
    this.#held = [];
    this.#heldBytes = 0;
    this.#inbox.end(fault);
    if (reason === undefined) this.#carrier = undefined;
    else this.#letGo(reason);
  }
}

function closeCarrier(carrier: Carrier | undefined, reason: CarrierEnd): void {
  try {
    carrier?.close(reason);
  } catch {
    // It is closed then, or as good as.
  }
}
