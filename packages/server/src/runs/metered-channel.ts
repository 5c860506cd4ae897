import {
  createOutcomeError,
  isErrorCode,
  type Channel,
  type ChannelHandlers,
  type ErrorCode,
  type IsomuxError,
  type Message,
  type RunStats,
} from '@isomux/protocol';
import type { Quota, QuotaRefusal } from '../access/quota.ts';
import type { RunEnding } from '../status/meter.ts';

/** What a metered channel does with what it sees. */
export interface MeteredChannelOptions {
  /** Runs over it are refused. Left out, none is. */
  readonly quota?: Quota | undefined;
  /** Bytes of one message to the driver half. A run that has a larger one ends; the connection, which others share, does not. Default: no bound. */
  readonly maxMessageBytes?: number | undefined;
  /** Called once for each run that was not refused here. */
  readonly ended: (run: string, ending: RunEnding, stats: RunStats | undefined) => void;
  /** Called for each run that was refused here. */
  readonly refused?: ((run: string) => void) | undefined;
  /** Called after a message went to the driver half. */
  readonly sent?: (() => void) | undefined;
  /** Called once, last. */
  readonly closed?: ((fault: IsomuxError | undefined) => void) | undefined;
}

/** Characters of an error payload that are looked at for its code; ours are short. */
const MAX_ERROR_LENGTH = 256 * 1024;
/** A name may be used again at once; the executor has yet to give it up. */
const CUT_REFUSAL: QuotaRefusal = { message: 'The last run of this name is being ended.', retryAfterMs: 1000 };
const NO_STATS: RunStats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };

/**
 * Stands between a connection and the executor, and is what the executor gets. It keeps the quota for each run, within a connection too, and
 * counts what becomes of runs. An `open` over the quota is answered with the outcome `OVERLOADED` and goes no further.
 */
export function createMeteredChannel(channel: Channel, options: MeteredChannelOptions): Channel {
  return new MeteredChannel(channel, options);
}

class MeteredChannel implements Channel {
  readonly #channel: Channel;
  readonly #options: MeteredChannelOptions;
  readonly #runs: Set<string> = new Set();
  /** Runs that are over for the driver half; the executor does not know yet. */
  readonly #cut: Set<string> = new Set();
  #handlers: ChannelHandlers | undefined;

  constructor(channel: Channel, options: MeteredChannelOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  listen(handlers: ChannelHandlers): void {
    this.#handlers = handlers;
    this.#channel.listen({
      message: (message) => {
        if (message.header.type !== 'open' || this.#admit(message.header.run, message.header.replayTurns > 0)) handlers.message(message);
      },
      closed: (fault) => {
        for (const run of this.#runs) this.#end(run, 'dropped', undefined);
        handlers.closed(fault);
        this.#options.closed?.(fault);
      },
    });
  }

  send(message: Message): void {
    const { header, payloads } = message;
    const { maxMessageBytes = Infinity } = this.#options;
    if ('run' in header && this.#isCut(header.run, header.type)) return;
    if ('run' in header && isOver(payloads, maxMessageBytes)) return this.#cutOff(header.run, header.type, maxMessageBytes);
    if (header.type === 'outcome') this.#end(header.run, readEnding(header.status, payloads[0]), header.stats);
    if (header.type === 'lost') this.#end(header.run, 'lost', undefined);
    this.#post(message);
  }

  close(fault?: IsomuxError): void {
    // An executor that is closed does not listen any more.
    if (this.#handlers === undefined) this.listen({ message: () => {}, closed: () => {} });
    this.#channel.close(fault);
  }

  #post(message: Message): void {
    this.#channel.send(message);
    this.#options.sent?.();
  }

  #admit(run: string, replay: boolean): boolean {
    // The executor refuses the second of a name, and the channel with it.
    if (this.#runs.has(run)) return true;
    const refusal = this.#cut.has(run) ? CUT_REFUSAL : this.#options.quota?.begin(replay);
    if (refusal === undefined) {
      this.#runs.add(run);
      return true;
    }
    this.#options.refused?.(run);
    this.#fail(run, 'OVERLOADED', `${refusal.message} Try again in ${Math.ceil(refusal.retryAfterMs / 1000)} s.`);
    return false;
  }

  #end(run: string, ending: RunEnding, stats: RunStats | undefined): void {
    if (!this.#runs.delete(run)) return;
    this.#options.quota?.end();
    this.#options.ended(run, ending, stats);
  }

  #fail(run: string, code: ErrorCode, text: string): void {
    const error = createOutcomeError(code, text);
    this.#post({ header: { type: 'outcome', run, status: 'failure', stats: NO_STATS }, payloads: [JSON.stringify(error)] });
  }

  /** Whether this message is of a run that is over; its last one says that the executor knows. */
  #isCut(run: string, type: string): boolean {
    if (!this.#cut.has(run)) return false;
    if (type === 'outcome' || type === 'lost') this.#cut.delete(run);
    return true;
  }

  #cutOff(run: string, type: string, maxMessageBytes: number): void {
    if (type === 'outcome') {
      this.#end(run, 'RETURN_TOO_LARGE', undefined);
      return this.#fail(
        run,
        'RETURN_TOO_LARGE',
        `What the run ended with is more than this server sends at once: ${maxMessageBytes} bytes.`,
      );
    }
    this.#cut.add(run);
    this.#end(run, 'MEMORY_LIMIT', undefined);
    this.#fail(
      run,
      'MEMORY_LIMIT',
      `One turn has more to tell than this server sends at once: ${maxMessageBytes} bytes. Pass less at a time.`,
    );
    const abort: Message = { header: { type: 'abort', run, code: 'ABORTED' }, payloads: [] };
    // The executor is in the middle of sending.
    queueMicrotask(() => this.#handlers?.message(abort));
  }
}

function readEnding(status: 'value' | 'undefined' | 'failure', payload = ''): RunEnding {
  if (status !== 'failure') return 'ok';
  if (payload.length > MAX_ERROR_LENGTH) return 'guest';
  try {
    const error: unknown = JSON.parse(payload);
    const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return isErrorCode(code) ? code : 'guest';
  } catch {
    return 'guest';
  }
}

/** Whether texts have more bytes in UTF-8; exact only where it has to be. */
function isOver(payloads: readonly string[], maxBytes: number): boolean {
  let length = 0;
  for (const payload of payloads) length += payload.length;
  if (length * 3 <= maxBytes) return false;
  if (length > maxBytes) return true;
  const encoder = new TextEncoder();
  return payloads.reduce((bytes, payload) => bytes + encoder.encode(payload).length, 0) > maxBytes;
}
