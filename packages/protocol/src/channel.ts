import type { IsomuxError } from './errors.ts';
import type { Header } from './messages.ts';

/** One message: a small header that was validated field by field, and payload texts nobody on the way parses. */
export interface Message<H extends Header = Header> {
  readonly header: H;
  /** JSON texts (empty for an `undefined` tool result). How many there are, and what each means, follows from the header. */
  readonly payloads: readonly string[];
}

/** What a channel calls. Never called re-entrantly from within `send`. */
export interface ChannelHandlers {
  /** Once for each message, in the order sent. Must not throw: a throw closes the channel with `PROTOCOL_ERROR`. */
  readonly message: (message: Message) => void;
  /** Once, last: no message arrives afterwards. `fault` is undefined for an orderly close. */
  readonly closed: (fault: IsomuxError | undefined) => void;
}

/**
 * An ordered, reliable pipe of messages between a driver half and an executor half. It may carry many runs.
 *
 * Each half owns its end: it calls `listen` exactly once (messages that came earlier are kept for it), `send` as often
 * as it likes, and `close` when it is done.
 */
export interface Channel {
  /** Queues a message and returns at once. After the channel has closed it does nothing. */
  send(message: Message): void;
  /** Starts delivery. A second call throws. */
  listen(handlers: ChannelHandlers): void;
  /** Closes both ends, after what was sent before; the `closed` handlers of both get `fault`. Idempotent. */
  close(fault?: IsomuxError): void;
}
