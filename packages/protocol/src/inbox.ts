import type { ChannelHandlers, Message } from './channel.ts';
import { IsomuxError } from './errors.ts';

/** One resolved promise serves every delivery: `then` on it is the cheapest portable way to a microtask. */
const settled: Promise<void> = Promise.resolve();

/**
 * The receiving side of every channel: keeps messages until somebody listens, then hands them over in order, a batch to
 * a microtask and never from within `receive`. After `end`, what came before is still delivered, then `closed` once.
 */
export class Inbox {
  #handlers: ChannelHandlers | undefined;
  #messages: Message[] = [];
  /** A delivery is scheduled or running: whatever is added meanwhile belongs to it. */
  #busy = false;
  #state: 'open' | 'ending' | 'ended' = 'open';
  #fault: IsomuxError | undefined;
  readonly #fail: (fault: IsomuxError) => void;
  readonly #drain: () => void = () => this.#deliver();

  /** `fail` is told when a handler throws, and should close the channel. */
  constructor(fail: (fault: IsomuxError) => void) {
    this.#fail = fail;
  }

  listen(handlers: ChannelHandlers): void {
    if (this.#handlers !== undefined) throw new IsomuxError('PROTOCOL_ERROR', 'listen was already called on this end of the channel');
    this.#handlers = handlers;
    if (this.#messages.length > 0 || this.#state !== 'open') this.#schedule();
  }

  receive(message: Message): void {
    if (this.#state !== 'open') return;
    this.#messages.push(message);
    this.#schedule();
  }

  /** Idempotent: the first call decides the fault. */
  end(fault: IsomuxError | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#fault = fault;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#busy || this.#handlers === undefined) return;
    this.#busy = true;
    void settled.then(this.#drain);
  }

  #deliver(): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    // Messages that handlers cause to arrive are appended to the array being walked, so they keep their order.
    const messages = this.#messages;
    try {
      for (let i = 0; i < messages.length; i++) {
        const message = messages[i];
        if (message !== undefined) handlers.message(message);
      }
    } catch (cause) {
      // A half whose handler throws has lost its state: a closed channel says so at once, a swallowed error would be a hung run.
      this.#fail(new IsomuxError('PROTOCOL_ERROR', 'a message handler of this half threw; see the cause', { cause }));
    }
    this.#messages = [];
    this.#busy = false;
    if (this.#state !== 'ending') return;
    this.#state = 'ended';
    try {
      handlers.closed(this.#fault);
    } catch {
      // Nothing is left that could be closed because of it.
    }
  }
}
