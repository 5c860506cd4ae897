import type { Channel, ChannelHandlers, Message } from './channel.ts';
import type { IsomuxError } from './errors.ts';
import { Inbox } from './inbox.ts';

class PairEnd implements Channel {
  readonly inbox: Inbox = new Inbox((fault) => this.close(fault));
  #peer: PairEnd | undefined;

  connect(peer: PairEnd): void {
    this.#peer = peer;
  }

  send(message: Message): void {
    this.#peer?.inbox.receive(message);
  }

  listen(handlers: ChannelHandlers): void {
    this.inbox.listen(handlers);
  }

  close(fault?: IsomuxError): void {
    this.inbox.end(fault);
    this.#peer?.inbox.end(fault);
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
