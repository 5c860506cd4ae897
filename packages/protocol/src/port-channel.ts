import type { Channel, ChannelHandlers, Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import type { Half } from './header-parser.ts';
import { Inbox } from './inbox.ts';
import { DEFAULT_CODEC_LIMITS, parseLine } from './message-codec.ts';
import { parseMessage } from './message-parser.ts';
import { createFaultMessage, readFaultMessage, toFault } from './transport-fault.ts';

/**
 * Whatever can post messages: a `MessagePort`, a `Worker` of either kind, a worker's own global scope or `parentPort`.
 * One way to listen is enough; `on` is preferred, then `addEventListener`, then `onmessage`. Listeners are typed loosely,
 * so that every platform's own types fit: they are given an event with `data`, or with `on` the data itself.
 */
export interface PortLike {
  postMessage(value: unknown): void;
  on?(event: string, listener: (value: unknown) => void): unknown;
  addEventListener?(event: string, listener: (event: object) => void): void;
  onmessage?: ((event: never) => void) | null;
  start?(): void;
  close?(): void;
}

/** Options of {@link createPortChannel}. */
export interface PortChannelOptions {
  /** The half that this end belongs to; messages are accepted from the other one only. */
  readonly half: Half;
  /** UTF-16 code units of a header line. Default 16 Mi. */
  readonly maxHeaderLength?: number | undefined;
}

/**
 * Makes a channel over a port. Each message is posted as an array of strings, the header line and the payloads; an
 * orderly close is posted as `null`.
 *
 * Each arriving message is validated; the first that is not allowed closes the channel, with the error as fault at both
 * ends. Closing the channel closes the port if it has a `close`, which ends a worker from inside but not from outside. Where the port tells that its
 * other side is gone (Node's `close`, `exit`, `error`), the channel closes with `EXECUTOR_LOST`; elsewhere whoever owns
 * the worker has to close it.
 *
 * @example
 * const channel = createPortChannel(new Worker(url), { half: 'driver' });
 */
export function createPortChannel(port: PortLike, options: PortChannelOptions): Channel {
  return new PortChannel(port, options);
}

class PortChannel implements Channel {
  readonly #port: PortLike;
  readonly #from: Half;
  readonly #maxHeaderLength: number;
  readonly #inbox: Inbox = new Inbox((fault) => this.close(fault));
  #closed = false;

  constructor(port: PortLike, options: PortChannelOptions) {
    this.#port = port;
    this.#from = options.half === 'driver' ? 'executor' : 'driver';
    this.#maxHeaderLength = options.maxHeaderLength ?? DEFAULT_CODEC_LIMITS.maxHeaderBytes;
    const lost = (what: string) => (cause: unknown) => this.#lost(what, cause);
    if (typeof port.on === 'function') {
      port.on('message', (value) => this.#receive(value));
      port.on('messageerror', lost('a message could not be deserialized'));
      port.on('error', lost('the worker failed'));
      port.on('exit', lost('the worker exited'));
      port.on('close', lost('the port was closed'));
    } else if (typeof port.addEventListener === 'function') {
      port.addEventListener('message', (event: object) => this.#receive(readData(event)));
      port.addEventListener('messageerror', lost('a message could not be deserialized'));
      port.addEventListener('error', lost('the worker failed'));
      port.addEventListener('close', lost('the port was closed'));
    } else {
      port.onmessage = (event: object) => this.#receive(readData(event));
    }
    port.start?.();
  }

  listen(handlers: ChannelHandlers): void {
    this.#inbox.listen(handlers);
  }

  send(message: Message): void {
    if (!this.#closed) this.#post([JSON.stringify(message.header), ...message.payloads]);
  }

  close(fault?: IsomuxError): void {
    if (this.#closed) return;
    const last = fault === undefined ? undefined : createFaultMessage(fault);
    this.#post(last === undefined ? null : [JSON.stringify(last.header), ...last.payloads]);
    this.#end(fault);
  }

  #post(value: readonly string[] | null): void {
    try {
      this.#port.postMessage(value);
    } catch (cause) {
      this.#lost('the port takes no messages', cause);
    }
  }

  #receive(value: unknown): void {
    if (this.#closed) return;
    if (value === null) return this.#end(undefined);
    try {
      const message = this.#parse(value);
      const { header, payloads } = message;
      if (header.type === 'fault') this.#end(readFaultMessage({ header, payloads }));
      else this.#inbox.receive(message);
    } catch (error) {
      this.close(toFault(error, 'a posted message could not be read'));
    }
  }

  #parse(value: unknown): Message {
    const line: unknown = Array.isArray(value) ? value[0] : undefined;
    if (!Array.isArray(value) || typeof line !== 'string' || line.length > this.#maxHeaderLength) {
      throw new IsomuxError('FRAME_INVALID', 'a posted message must be an array of strings that starts with a header line');
    }
    return parseMessage({ header: parseLine(line), payloads: value.slice(1) }, this.#from);
  }

  #lost(what: string, cause: unknown): void {
    if (!this.#closed) this.#end(new IsomuxError('EXECUTOR_LOST', `the other side of this channel is gone: ${what}`, { cause }));
  }

  #end(fault: IsomuxError | undefined): void {
    this.#closed = true;
    this.#inbox.end(fault);
    try {
      this.#port.close?.();
    } catch {
      // It is closed then, or as good as.
    }
  }
}

function readData(event: object): unknown {
  return 'data' in event ? event.data : undefined;
}
