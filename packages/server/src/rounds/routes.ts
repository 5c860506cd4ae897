import { ERROR_CODES, isIsomuxError } from '@isomux/protocol';
import type { ErrorCode, ExecuteResponse } from '@isomux/protocol';
import { Hono, type Context } from 'hono';
import { encodeAnswer } from './answer.ts';
import type { Rounds } from './rounds.ts';

/** What routes of the round protocol need of the server that mounts them. */
export interface RoundRoutesOptions {
  /** Who has sent the request. Authorization is done before. */
  readonly principalOf: (request: Request) => string;
  /** Seconds after which a client that is refused for want of a place may come back. Default 1. */
  readonly retryAfterSeconds?: number;
}

/** Codes that are told by the status 503. */
const BUSY: ReadonlySet<string | undefined> = new Set<ErrorCode>(['OVERLOADED', 'DRAINING']);

/**
 * Makes the routes of the round protocol, `POST /execute` and `POST /v1/validate`, for a server that has already seen to
 * authorization, quotas and the size of bodies.
 */
export function roundRoutes(rounds: Rounds, options: RoundRoutesOptions): Hono {
  const { principalOf, retryAfterSeconds = 1 } = options;
  const routes = new Hono();

  const refuse = (context: Context, status: 400 | 500 | 503, code: ErrorCode, message: string): Response => {
    if (status === 503) context.header('Retry-After', String(retryAfterSeconds));
    if (context.req.path.endsWith('/v1/validate')) return context.json({ error: { code, name: ERROR_CODES[code].name, message } }, status);
    const name = status === 400 ? 'BadRequest' : ERROR_CODES[code].name;
    return context.json({ status: 'error', error: { code, name, message } }, status);
  };

  const refuseThrown = (context: Context, error: unknown): Response => {
    if (!isIsomuxError(error)) throw error;
    if (error.code === 'PROTOCOL_ERROR') return refuse(context, 400, error.code, error.message);
    return refuse(context, ERROR_CODES[error.code].retryable ? 503 : 500, error.code, error.message);
  };

  routes.post('/execute', async (context) => {
    const body = await readJson(context.req.raw);
    if (body === undefined) return refuse(context, 400, 'PROTOCOL_ERROR', 'the body must be JSON');
    const { signal } = context.req.raw;
    let response: ExecuteResponse;
    try {
      response = await rounds.execute(body.value, { principal: principalOf(context.req.raw), signal });
    } catch (error) {
      return refuseThrown(context, error);
    }
    const busy = response.status === 'error' && BUSY.has(response.error.code);
    if (busy) context.header('Retry-After', String(retryAfterSeconds));
    return context.body(encodeAnswer(response), busy ? 503 : 200, { 'Content-Type': 'application/json' });
  });

  routes.post('/v1/validate', async (context) => {
    const body = await readJson(context.req.raw);
    const code = readCode(body?.value);
    if (code === undefined) return refuse(context, 400, 'PROTOCOL_ERROR', 'the body must be a JSON object whose code is a string');
    try {
      return context.json(await rounds.validate(code, context.req.raw.signal));
    } catch (error) {
      return refuseThrown(context, error);
    }
  });

  return routes;
}

async function readJson(request: Request): Promise<{ readonly value: unknown } | undefined> {
  const text = await request.text();
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function readCode(body: unknown): string | undefined {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
