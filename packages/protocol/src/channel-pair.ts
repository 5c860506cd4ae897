import type { Channel, ChannelHandlers, Message } from './channel.ts';
import { IsomuxError } from './errors.ts';

/** One resolved promise serves every delivery: `then` on it is the cheapest portable way to a microtask. */
const settled: Promise<void> = Promise.resolve();

class PairEnd implements Channel {
  #peer: PairEnd | undefined;
  #handlers: ChannelHandlers | undefined;
  #inbox: Message[] = [];
  /** A delivery is scheduled or running: whatever is added meanwhile belongs to it. */
  #busy = false;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #fault: IsomuxError | undefined;
  readonly #drain: () => void = () => this.#deliver();

  connect(peer: PairEnd): void {
    this.#peer = peer;
  }

  send(message: Message): void {
    if (this.#state === 'open') this.#peer?.receive(message);
  }

  receive(message: Message): void {
    this.#inbox.push(message);
    this.#schedule();
  }

  listen(handlers: ChannelHandlers): void {
    if (this.#handlers !== undefined) throw new IsomuxError('PROTOCOL_ERROR', 'listen was already called on this end of the channel');
    this.#handlers = handlers;
    if (this.#inbox.length > 0 || this.#state !== 'open') this.#schedule();
  }

  close(fault?: IsomuxError): void {
    if (this.#state !== 'open') return;
    this.end(fault);
    this.#peer?.end(fault);
  }

  end(fault: IsomuxError | undefined): void {
    this.#state = 'closing';
    this.#fault = fault;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#busy || this.#handlers === undefined || this.#state === 'closed') return;
    this.#busy = true;
    void settled.then(this.#drain);
  }

  #deliver(): void {
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    // Messages that handlers cause to arrive are appended to the array being walked, so they keep their order.
    const inbox = this.#inbox;
    try {
      for (let i = 0; i < inbox.length; i++) {
        const message = inbox[i];
        if (message !== undefined) handlers.message(message);
      }
    } catch (cause) {
      // A half whose handler throws has lost its state: a closed channel says so at once, a swallowed error would be a hung run.
      this.close(new IsomuxError('PROTOCOL_ERROR', 'a message handler of this half threw; see the cause', { cause }));
    }
    this.#inbox = [];
    this.#busy = false;
    if (this.#state !== 'closing') return;
    this.#state = 'closed';
    try {
      handlers.closed(this.#fault);
    } catch {
      // Nothing is left that could be closed because of it.
    }
  }
}

/**
 * Makes a channel in memory and returns its two ends; by custom the driver half takes the first.
 *
 * Messages cross by reference, unvalidated, in order, each batch in one microtask and never from within `send`. `close`
 * delivers what was sent before it, then calls `closed` on both ends with the same fault. A `message` handler that throws
 * closes the channel with `PROTOCOL_ERROR` and the thrown value as its cause.
 *
 * @example
 * const [driverEnd, executorEnd] = createChannelPair();
 * executor.attach(executorEnd);
 */
export function createChannelPair(): readonly [Channel, Channel] {
  const first = new PairEnd();
  const second = new PairEnd();
  first.connect(second);
  second.connect(first);
  return [first, second];
}
