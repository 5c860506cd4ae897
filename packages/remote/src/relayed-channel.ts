import { IsomuxError } from '@isomux/protocol';
import type { Channel, ChannelHandlers, Message } from '@isomux/protocol';

/** What a relayed channel tells whoever made it, before it tells its listener. */
export interface RelayHandlers {
  /** A message has come. */
  readonly message: (message: Message) => void;
  readonly closed: (fault: IsomuxError | undefined) => void;
}

/** Messages that are kept for a listener to come: before it opens a run there is nothing to say but `hello`. */
const MAX_KEPT = 16;

/** A channel that can be watched. It listens at once, keeps what comes, and hands it to the one who listens later. */
export class RelayedChannel implements Channel {
  readonly #inner: Channel;
  readonly #watcher: RelayHandlers;
  #listener: ChannelHandlers | undefined;
  /** Undefined once the listener has been given all of it. */
  #kept: Message[] | undefined = [];
  #end: { readonly fault: IsomuxError | undefined } | undefined;

  constructor(inner: Channel, watcher: RelayHandlers) {
    this.#inner = inner;
    this.#watcher = watcher;
    inner.listen({ message: (message) => this.#receive(message), closed: (fault) => this.#closed(fault) });
  }

  send(message: Message): void {
    this.#inner.send(message);
  }

  close(fault?: IsomuxError): void {
    this.#inner.close(fault);
  }

  listen(handlers: ChannelHandlers): void {
    if (this.#listener !== undefined) throw new IsomuxError('PROTOCOL_ERROR', 'listen was already called on this end of the channel');
    this.#listener = handlers;
    queueMicrotask(() => this.#catchUp(handlers));
  }

  #receive(message: Message): void {
    this.#watcher.message(message);
    if (this.#kept === undefined) {
      this.#listener?.message(message);
      return;
    }
    this.#kept.push(message);
    if (this.#kept.length <= MAX_KEPT) return;
    this.#kept = [];
    this.#inner.close(new IsomuxError('PROTOCOL_ERROR', 'the executor speaks before it was asked anything'));
  }

  #catchUp(handlers: ChannelHandlers): void {
    const kept = this.#kept ?? [];
    try {
      // What handlers cause to arrive is appended to the array being walked, so it keeps its order.
      for (const message of kept) handlers.message(message);
    } catch (cause) {
      this.#inner.close(new IsomuxError('PROTOCOL_ERROR', 'a message handler of this half threw; see the cause', { cause }));
    }
    this.#kept = undefined;
    if (this.#end !== undefined) handlers.closed(this.#end.fault);
  }

  #closed(fault: IsomuxError | undefined): void {
    this.#end = { fault };
    this.#watcher.closed(fault);
    if (this.#kept === undefined) this.#listener?.closed(fault);
  }
}
