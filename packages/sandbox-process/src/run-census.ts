import type { Channel, ChannelHandlers, IsomuxError, Message } from '@isomux/protocol';

/** A channel that keeps count of the runs that are open on it. */
export class CountedChannel implements Channel {
  readonly #channel: Channel;
  readonly #changed: () => void;
  readonly #heard: () => void;
  /** Memory limit of each open run. */
  readonly #open = new Map<string, number>();

  /** `changed` is called when the first run is opened and when the last one has ended, `heard` for each message that comes. */
  constructor(channel: Channel, changed: () => void, heard: () => void = () => {}) {
    this.#heard = heard;
    this.#channel = channel;
    this.#changed = changed;
  }

  get runs(): number {
    return this.#open.size;
  }

  /** What the open runs may use together. */
  memoryBytes(): number {
    let sum = 0;
    for (const bytes of this.#open.values()) sum += bytes;
    return sum;
  }

  send(message: Message): void {
    const { header } = message;
    if (header.type === 'open') {
      this.#open.set(header.run, header.limits.memoryBytes);
      if (this.#open.size === 1) this.#changed();
    }
    this.#channel.send(message);
  }

  listen(handlers: ChannelHandlers): void {
    this.#channel.listen({
      message: (message) => {
        this.#heard();
        const { header } = message;
        if (header.type === 'outcome' && this.#open.delete(header.run) && this.#open.size === 0) this.#changed();
        handlers.message(message);
      },
      closed: (fault) => {
        const was = this.#open.size;
        this.#open.clear();
        if (was > 0) this.#changed();
        handlers.closed(fault);
      },
    });
  }

  close(fault?: IsomuxError): void {
    this.#channel.close(fault);
  }
}
