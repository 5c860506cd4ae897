import { ERROR_CODES, type ErrorCode } from '@isomux/protocol';

/** Statuses of the table in docs/protocol.md, section 14.3, and those of requests that got stuck or broke something. */
export type RefusalStatus = 400 | 401 | 404 | 408 | 413 | 429 | 500 | 503;

/** Names that clients of the round protocol know. */
const ROUND_NAMES: Readonly<Record<RefusalStatus, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  404: 'NotFound',
  408: 'RequestTimeout',
  413: 'PayloadTooLarge',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** What a request is refused with. Thrown in a handler, it becomes the answer. */
export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly code: ErrorCode;
  /** When to try again. */
  readonly retryAfterMs: number | undefined;

  /** The request did not arrive whole; nothing that did is refused. */
  get broken(): boolean {
    return this.status === 408 || this.status === 503;
  }

  constructor(status: RefusalStatus, code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The shapes an error has: that of section 14.3, and that of the round protocol. */
export type RefusalShape = 'v1' | 'rounds';

/** Makes the answer to a refused request. */
export function refusalResponse(refusal: Refusal, shape: RefusalShape): Response {
  const { status, code, message, retryAfterMs } = refusal;
  const headers = new Headers({ 'Cache-Control': 'no-store' });
  if (retryAfterMs !== undefined) headers.set('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  if (status === 401) headers.set('WWW-Authenticate', 'Bearer');
  const body =
    shape === 'rounds'
      ? { status: 'error', error: { name: ROUND_NAMES[status], message, code } }
      : { error: { code, name: ERROR_CODES[code].name, message } };
  return Response.json(body, { status, headers });
}
