import { IsomuxError } from '@isomux/protocol';
import { ContactError, describeCause, readRefusal } from '../contact-error.ts';
import { abortable, backoffMs, wait } from '../timers.ts';

/** Where rounds go. */
export interface RoundServer {
  /** Of `POST /execute`. */
  readonly url: string;
  /** The server's name, for messages. */
  readonly server: string;
  readonly authorization: string | undefined;
  readonly fetchImpl: typeof fetch;
}

/** Bytes, or UTF-16 units, of an answer: a value and the lines of a round, each at its default limit, fit in. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** How often one round is sent. */
const MAX_ATTEMPTS = 4;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 2_000;

/** Statuses by which what stands before a server says that it did not answer. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/** An attempt that another one may make good. */
class RepeatableError extends ContactError {}

/** The server answered that it failed: the same one would again. */
class FailedServerError extends ContactError {}

/** True for an error that speaks of the server, not of the request: another server may do better. */
export function isServerError(error: unknown): boolean {
  return error instanceof RepeatableError || error instanceof FailedServerError;
}

/**
 * Sends a round and gives the answer's JSON. What failed on the way is sent again, a few times: a round that comes twice has no
 * effect twice. So is, where the run has `begun`, one that a busy server refuses.
 *
 * Rejects with a `ContactError`, with `PROTOCOL_ERROR` for an answer that is no JSON, and with the signal's reason.
 */
export async function postRound(server: RoundServer, body: string, begun: boolean, signal: AbortSignal): Promise<unknown> {
  let first: unknown;
  for (let attempt = 1; ; attempt++) {
    try {
      return await postOnce(server, body, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ContactError)) throw error;
      const busy = error.code === 'OVERLOADED' || error.code === 'DRAINING';
      first ??= error;
      if (attempt === MAX_ATTEMPTS || !(error instanceof RepeatableError || (busy && begun))) throw first;
      await wait(Math.max(error.retryAfterMs, backoffMs(attempt, FIRST_WAIT_MS, MAX_WAIT_MS)), signal);
      if (signal.aborted) throw signal.reason;
    }
  }
}

async function postOnce({ url, server, authorization, fetchImpl }: RoundServer, body: string, signal: AbortSignal): Promise<unknown> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (authorization !== undefined) headers['Authorization'] = authorization;
  let response: Answer;
  let text: string | undefined;
  try {
    const sent = new Promise<unknown>((resolve) => resolve(fetchImpl(url, { method: 'POST', headers, body, redirect: 'manual', signal })));
    // Not every replacement of fetch heeds the signal.
    response = new Answer(await abortable(sent, signal));
    text = response.isRedirect ? undefined : await abortable(response.readText(), signal);
  } catch (cause) {
    if (cause instanceof ContactError) throw cause;
    throw new RepeatableError('UNREACHABLE', `${server} could not be reached: ${describeCause(cause)}`, { cause });
  }
  if (text === undefined) {
    const what = `${server} redirects, which is not followed, because the token is for this server alone`;
    throw new ContactError('UNREACHABLE', `${what}; give the address of the server itself as endpoint`, { final: true });
  }
  const json = parseJson(text);
  if (!response.isSuccess) {
    const refusal = readRefusal(server, response.status, asErrorBody(json, text), response.header('retry-after'));
    if (refusal.code !== 'UNREACHABLE' || response.status < 500) throw refusal;
    if (!GATEWAY_STATUSES.has(response.status)) {
      throw new FailedServerError(refusal.code, refusal.message, { final: true, answered: true });
    }
    throw new RepeatableError(refusal.code, refusal.message, { retryAfterMs: refusal.retryAfterMs, answered: true });
  }
  if (json === undefined) throw new IsomuxError('PROTOCOL_ERROR', `${server} answered with what is no JSON; check the endpoint`);
  return json.value;
}

/** A response, or what stands in for one: not every replacement of fetch gives whole ones. */
class Answer {
  readonly #response: unknown;

  constructor(response: unknown) {
    this.#response = response;
  }

  get status(): number {
    const status = readField(this.#response, 'status');
    if (typeof status === 'number') return status;
    return readField(this.#response, 'ok') === true ? 200 : 0;
  }

  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get isRedirect(): boolean {
    const response = this.#response;
    if (readField(response, 'type') === 'opaqueredirect' || readField(response, 'redirected') === true) return true;
    return this.status >= 300 && this.status < 400;
  }

  header(name: string): string | null {
    const headers = readField(this.#response, 'headers');
    return headers instanceof Headers ? headers.get(name) : null;
  }

  /** The body as text, bounded. */
  async readText(): Promise<string> {
    const body = readField(this.#response, 'body');
    if (isStream(body)) return readStream(body);
    const text = await call(this.#response, 'text');
    if (typeof text === 'string') {
      assertSize(text.length);
      return text;
    }
    const json = JSON.stringify(await call(this.#response, 'json'));
    return typeof json === 'string' ? json : '';
  }
}

function isStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof readField(body, 'getReader') === 'function';
}

async function readStream(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      length += value.length;
      assertSize(length);
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function assertSize(length: number): void {
  if (length <= MAX_ANSWER_BYTES) return;
  throw new ContactError('UNREACHABLE', `the server answered a round with more than ${MAX_ANSWER_BYTES} bytes`, { final: true });
}

async function call(target: unknown, method: string): Promise<unknown> {
  const found = readField(target, method);
  return typeof found === 'function' ? Reflect.apply(found, target, []) : undefined;
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** What an error says, in the form of our own servers: others say it as a string, or without JSON. */
function asErrorBody(json: { readonly value: unknown } | undefined, text: string): unknown {
  if (json === undefined) return { error: { message: text } };
  const error = readField(json.value, 'error');
  return typeof error === 'string' ? { error: { message: error } } : json.value;
}
