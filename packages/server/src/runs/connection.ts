import { createResumableChannel, IsomuxError, type CarrierLink, type ResumableChannel } from '@isomux/protocol';
import type { Principal } from '../access/principal.ts';
import type { ServerCarrier } from './carriers.ts';

/** What an idle connection counts for. */
const BASE_BYTES = 4096;
/** What keeping a message costs beside its bytes. */
const MESSAGE_BYTES = 256;
/** Small messages that a client may leave unacknowledged; bytes alone would not bound them. */
const MAX_HELD_MESSAGES = 65_536;

/** Options of {@link Connection}. */
export interface ConnectionOptions {
  readonly principal: Principal;
  /** Its number at this server, for logs. Its name is known to its client alone. */
  readonly id: number;
  readonly traceParent: string | undefined;
  /** How long it is kept without a carrier. */
  readonly graceMs: number;
  readonly maxHeldBytes: number;
}

/** One connection of a client: a channel that outlives its carriers, for so long. */
export class Connection {
  readonly id: number;
  readonly principal: Principal;
  readonly traceParent: string | undefined;
  readonly channel: ResumableChannel;
  /** What the server's memory is charged for it. */
  chargedBytes = 0;
  /** It is closed, and nothing is charged for it any more. */
  ended = false;
  /** Why it was closed, once it is and where there is a reason. */
  fault: IsomuxError | undefined;
  readonly #graceMs: number;
  #carrier: ServerCarrier | undefined;
  #link: CarrierLink | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.principal = options.principal;
    this.traceParent = options.traceParent;
    this.#graceMs = options.graceMs;
    this.channel = createResumableChannel({
      half: 'executor',
      maxHeldBytes: options.maxHeldBytes,
      detached: () => this.#waitForCarrier(),
    });
  }

  /** What it uses of the server's memory now. */
  get usedBytes(): number {
    const { heldBytes, heldMessages } = this.channel;
    return BASE_BYTES + heldMessages * MESSAGE_BYTES + Math.max(heldBytes, this.#carrier?.queuedBytes ?? 0);
  }

  /** Goes on over this carrier. */
  attach(carrier: ServerCarrier, received: number): CarrierLink {
    clearTimeout(this.#grace);
    this.#carrier = carrier;
    this.#link = this.channel.attach(carrier, received);
    return this.#link;
  }

  /** Takes a unit that came in a request of its own. Without a carrier of that kind it is dropped; the client sends it again. */
  receive(unit: Uint8Array): void {
    if (this.#carrier?.takesRequests === true) this.#link?.receive(unit);
  }

  /** Part of a request with units came. */
  heard(): void {
    if (this.#carrier?.takesRequests === true) this.#link?.heard();
  }

  /** Closes the connection when its client leaves too much unacknowledged. */
  checkHeldMessages(): void {
    if (this.channel.heldMessages <= MAX_HELD_MESSAGES) return;
    this.close(new IsomuxError('EXECUTOR_LOST', `more than ${MAX_HELD_MESSAGES} messages wait for an acknowledgement`));
  }

  close(fault?: IsomuxError): void {
    clearTimeout(this.#grace);
    this.channel.close(fault);
  }

  #waitForCarrier(): void {
    this.#carrier = undefined;
    this.#link = undefined;
    this.#grace = setTimeout(() => {
      this.close(new IsomuxError('EXECUTOR_LOST', `the connection had no carrier for ${this.#graceMs} ms (graceMs)`));
    }, this.#graceMs);
  }
}
