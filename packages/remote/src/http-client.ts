import { ContactError, describeCause, readRefusal } from './contact-error.ts';
import { abortable } from './timers.ts';

/** Not every replacement of fetch gives whole responses: what stands in for them is enough for rounds. */
export class StandInError extends ContactError {}

/** What every request to a server needs. */
export interface HttpClient {
  /** The server's name, for messages. */
  readonly server: string;
  readonly authorization: string | undefined;
  readonly fetchImpl: typeof fetch;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** An answer that was read whole. */
export interface HttpAnswer {
  readonly status: number;
  /** Parsed, where it was JSON. Undefined otherwise. */
  readonly body: unknown;
  readonly retryAfter: string | null;
}

/** Bytes of an answer that are read: capabilities and errors are small. */
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Sends a request and gives the response as soon as its head is there. Redirects are refused: the token is for this server.
 * Rejects with a `ContactError`, or with the signal's reason.
 */
export async function fetchResponse(client: HttpClient, request: HttpRequest, signal: AbortSignal): Promise<Response> {
  const { server, authorization, fetchImpl } = client;
  const headers: Record<string, string> = {};
  if (authorization !== undefined) headers['authorization'] = authorization;
  if (request.body !== undefined) headers['content-type'] = 'application/octet-stream';
  const { method, url, body } = request;
  let response: unknown;
  try {
    const sent = new Promise<unknown>((resolve) =>
      resolve(fetchImpl(url, { method, headers, redirect: 'manual', signal, ...(body === undefined ? {} : { body }) })),
    );
    // Not every replacement of fetch heeds the signal.
    response = await abortable(sent, signal, discard);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ContactError('UNREACHABLE', `${server} could not be reached: ${describeCause(cause)}`, { cause });
  }
  if (!isResponse(response)) {
    const what = 'fetchImpl gives no responses like those of fetch';
    throw new StandInError('UNREACHABLE', `${what}: they lack a status, headers or a stream; transport "rounds" may do without`, {
      final: true,
    });
  }
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    discard(response);
    const to = response.headers.get('location');
    const where = to === null ? '' : ` to ${to.slice(0, 200)}`;
    const what = `${server} redirects${where}, which is not followed, because the token is for this server alone`;
    throw new ContactError('UNREACHABLE', `${what}; give the address of the server itself as endpoint`, { final: true });
  }
  return response;
}

/** Sends a request and reads its answer, bounded. Rejects as {@link fetchResponse} does. */
export async function requestAnswer(client: HttpClient, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  return readAnswer(client, await fetchResponse(client, request, signal), signal);
}

/** Reads a response whole, bounded. */
export async function readAnswer(client: HttpClient, response: Response, signal: AbortSignal): Promise<HttpAnswer> {
  const bytes = await readBytes(client, response, signal);
  return { status: response.status, body: parseJson(bytes), retryAfter: response.headers.get('retry-after') };
}

/** The error that an answer other than the expected one stands for. */
export function refusalOf(client: HttpClient, { status, body, retryAfter }: HttpAnswer): ContactError {
  return readRefusal(client.server, status, body, retryAfter);
}

/** Lets go of a response whose body nobody wants. */
export function discard(response: unknown): void {
  if (isResponse(response)) void response.body?.cancel().catch(() => {});
}

function isResponse(value: unknown): value is Response {
  const body = readField(value, 'body');
  const hasStream = body === null || typeof readField(body, 'getReader') === 'function';
  return hasStream && typeof readField(value, 'status') === 'number' && typeof readField(readField(value, 'headers'), 'get') === 'function';
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function readBytes(client: HttpClient, response: Response, signal: AbortSignal): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) break;
      length += value.length;
      if (length > MAX_ANSWER_BYTES) {
        const what = `${client.server} answered with more than ${MAX_ANSWER_BYTES} bytes`;
        throw new ContactError('UNREACHABLE', `${what}, as no Isomux server does; check the endpoint`);
      }
      chunks.push(value);
    }
  } catch (cause) {
    void reader.cancel().catch(() => {});
    if (signal.aborted) throw signal.reason;
    if (cause instanceof ContactError) throw cause;
    throw new ContactError('UNREACHABLE', `${client.server} broke off its answer: ${describeCause(cause)}`, { cause });
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return value;
  } catch {
    return undefined;
  }
}
