import type { Channel, ChannelHandlers, IsomuxError, Message } from '@isomux/protocol';

/** When a channel breaks: at the n-th message one way, which is still carried or lost with it. */
export interface Death {
  readonly way: 'down' | 'up';
  readonly at: number;
  readonly carried: boolean;
  /** Undefined for an orderly close. */
  readonly fault: IsomuxError | undefined;
}

/** Messages that passed, by the way they went: `down` to the executor, `up` to the driver. */
export interface Traffic {
  down: number;
  up: number;
}

/** The driver's end of a channel that breaks as it is told. */
export class MortalChannel implements Channel {
  readonly #channel: Channel;
  readonly #death: Death | undefined;
  readonly #traffic: Traffic;
  readonly #passed: Traffic = { down: 0, up: 0 };
  #dead = false;

  constructor(channel: Channel, death: Death | undefined, traffic: Traffic) {
    this.#channel = channel;
    this.#death = death;
    this.#traffic = traffic;
  }

  send(message: Message): void {
    this.#pass('down', () => this.#channel.send(message));
  }

  listen(handlers: ChannelHandlers): void {
    this.#channel.listen({
      message: (message) => this.#pass('up', () => handlers.message(message)),
      closed: (fault) => handlers.closed(fault),
    });
  }

  close(fault?: IsomuxError): void {
    this.#channel.close(fault);
  }

  #pass(way: 'down' | 'up', carry: () => void): void {
    if (this.#dead) return;
    this.#traffic[way]++;
    const death = this.#death?.way === way && this.#passed[way]++ === this.#death.at ? this.#death : undefined;
    if (death?.carried !== false) carry();
    if (death === undefined) return;
    this.#dead = true;
    this.#channel.close(death.fault);
  }
}
