import { DEFAULT_CODEC_LIMITS, IsomuxError, createUnitDecoder, encodeUnitPrefix, isIsomuxError } from '@isomux/protocol';
import type { Carrier, CarrierEnd, CarrierLink, ErrorCode, ResumableChannel } from '@isomux/protocol';
import { ContactError, describeCause } from './contact-error.ts';
import { createDeferred } from './deferred.ts';
import { discard, fetchResponse, readAnswer, refusalOf, requestAnswer } from './http-client.ts';
import type { HttpClient } from './http-client.ts';
import { abortable, withDeadline } from './timers.ts';

/** What a streamed response is asked for with. */
export interface HttpDial {
  readonly channel: ResumableChannel;
  readonly client: HttpClient;
  /** Where the response comes from, and where messages go. */
  readonly streamUrl: string;
  readonly messagesUrl: string;
}

/** Bytes that one request takes of what waits, a single larger unit excepted: servers bound what they take. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** How long a request with messages may take: so long, and a second for each 64 KiB. */
const REQUEST_MS = 25_000;
const BYTES_PER_MS = 64;
const MAX_UNIT_BYTES = 8 + DEFAULT_CODEC_LIMITS.maxFrameBytes;
/** Faults that no other carrier would mend. */
const FATAL: ReadonlySet<ErrorCode> = new Set(['EXECUTOR_LOST', 'FRAME_INVALID', 'PROTOCOL_ERROR']);

/**
 * Asks for a streamed response and puts it under the channel with the first unit that comes; what the channel sends goes in
 * requests of their own. Rejects with a `ContactError` or with the signal's reason.
 */
export async function dialHttp(dial: HttpDial, signal: AbortSignal): Promise<void> {
  const carrier = new HttpCarrier(dial);
  const aborted = (): void => carrier.abort(signal.reason);
  if (signal.aborted) aborted();
  signal.addEventListener('abort', aborted);
  try {
    await carrier.open();
  } catch (error) {
    carrier.abort(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

class HttpCarrier implements Carrier {
  readonly #dial: HttpDial;
  readonly #life = new AbortController();
  #link: CarrierLink | undefined;
  #outbox: Uint8Array<ArrayBuffer>[] = [];
  #posting = false;

  constructor(dial: HttpDial) {
    this.#dial = dial;
  }

  /** Resolves when it carries. */
  async open(): Promise<void> {
    const { client, streamUrl } = this.#dial;
    const { signal } = this.#life;
    const response = await fetchResponse(client, { method: 'POST', url: streamUrl }, signal);
    if (response.status !== 200) throw refusalOf(client, await readAnswer(client, response, signal));
    if (response.body === null)
      throw new ContactError('UNREACHABLE', `${client.server} answered without a body, where a stream was asked for`);
    const reader = response.body.getReader();
    const carrying = createDeferred<void>();
    void this.#read(reader, carrying.resolve).then(
      (end) => {
        discard(response);
        carrying.reject(end);
        this.#lose(end);
      },
      (error: unknown) => {
        void reader.cancel().catch(() => {});
        carrying.reject(error);
        this.#lose(error);
      },
    );
    await carrying.promise;
  }

  abort(reason: unknown): void {
    this.#link = undefined;
    this.#outbox = [];
    this.#life.abort(reason);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#outbox.push(bytes);
    if (this.#posting) return;
    this.#posting = true;
    // What is sent in the same breath goes in one request.
    queueMicrotask(() => {
      this.#post().catch((error: unknown) => this.#lose(error));
    });
  }

  close(_reason: CarrierEnd): void {
    this.abort(new IsomuxError('EXECUTOR_LOST', 'the carrier was closed'));
  }

  /** Hands on what comes, until the stream ends; then says so. */
  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, carrying: () => void): Promise<ContactError> {
    const { channel, client } = this.#dial;
    const { signal } = this.#life;
    const decoder = createUnitDecoder({ maxUnitBytes: MAX_UNIT_BYTES });
    let attached = false;
    while (true) {
      const { done, value } = await abortable(reader.read(), signal).catch((cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new ContactError('UNREACHABLE', `${client.server} broke off its stream: ${describeCause(cause)}`, { cause });
      });
      if (done) return new ContactError('UNREACHABLE', `${client.server} ended its stream`);
      this.#link?.heard();
      decoder.push(value, (unit) => {
        if (!attached) {
          attached = true;
          this.#link = channel.attach(this);
        }
        this.#link?.receive(unit);
        carrying();
      });
    }
  }

  async #post(): Promise<void> {
    const { client, messagesUrl } = this.#dial;
    while (this.#outbox.length > 0) {
      const body = joinUnits(this.#takeOut());
      const late = (): Error => new ContactError('UNREACHABLE', `${client.server} took too long over ${body.length} bytes of messages`);
      const answer = await withDeadline(this.#life.signal, REQUEST_MS + body.length / BYTES_PER_MS, late, (signal) =>
        requestAnswer(client, { method: 'POST', url: messagesUrl, body }, signal),
      );
      if (answer.status !== 200) throw refusalOf(client, answer);
    }
    this.#posting = false;
  }

  #takeOut(): Uint8Array<ArrayBuffer>[] {
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#outbox) {
      if (count > 0 && bytes + length > MAX_BODY_BYTES) break;
      bytes += length;
      count++;
    }
    return this.#outbox.splice(0, count);
  }

  #lose(cause: unknown): void {
    const link = this.#link;
    this.abort(cause);
    if (link === undefined) return;
    if (isIsomuxError(cause) && FATAL.has(cause.code)) this.#dial.channel.close(cause);
    else link.lost(cause);
  }
}

function joinUnits(units: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = units.flatMap((unit) => [encodeUnitPrefix(unit), unit]);
  const body = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    body.set(part, offset);
    offset += part.length;
  }
  return body;
}
