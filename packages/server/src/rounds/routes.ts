import { acceptsUpgrade, ERROR_CODES, IsomuxError, isIsomuxError, PROTOCOL_VERSION } from '@isomux/protocol';
import type { ErrorCode, ExecuteResponse, ExecuteUpgrade } from '@isomux/protocol';
import { Hono, type Context } from 'hono';
import { encodeAnswer } from './answer.ts';
import type { Rounds } from './rounds.ts';

/** What routes of the round protocol need of the server that mounts them. */
export interface RoundRoutesOptions {
  /** Who has sent the request. Authorization is done before. */
  readonly principalOf: (request: Request) => string;
  /** The name of the run that it begins, where one was chosen. Default: chance. */
  readonly keyOf?: (request: Request) => string | undefined;
  /** The text of the request's body, for a server that has read it. Default: reads it. */
  readonly textOf?: (request: Request) => string | Promise<string>;
  /** Seconds after which a client that is refused for want of a place may come back. Default 1. */
  readonly retryAfterSeconds?: number;
}

/** Codes that are told by the status 503. */
const BUSY: ReadonlySet<string | undefined> = new Set<ErrorCode>(['OVERLOADED', 'DRAINING']);

/** To a client that would rather speak the whole protocol. */
const UPGRADE: ExecuteUpgrade = { status: 'upgrade', protocol: PROTOCOL_VERSION };

/**
 * Makes the routes of the round protocol, `POST /execute` and `POST /v1/validate`, for a server that has already seen to
 * authorization, quotas and the size of bodies.
 */
export function roundRoutes(rounds: Rounds, options: RoundRoutesOptions): Hono {
  const { principalOf, retryAfterSeconds = 1, textOf = (request): Promise<string> => request.text() } = options;
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
    const request = context.req.raw;
    const caller = { principal: principalOf(request), signal: request.signal, key: options.keyOf?.(request) };
    let response: ExecuteResponse | ExecuteUpgrade;
    try {
      // No variable here holds the body: it would be kept for as long as the program runs.
      response = await readJson(request).then(async (body): Promise<typeof response> =>
        acceptsUpgrade(body) ? UPGRADE : rounds.execute(body, caller),
      );
    } catch (error) {
      return refuseThrown(context, error);
    }
    if (response.status === 'upgrade') return context.json(response);
    const busy = response.status === 'error' && BUSY.has(response.error.code);
    if (busy) context.header('Retry-After', String(retryAfterSeconds));
    return context.body(encodeAnswer(response), busy ? 503 : 200, { 'Content-Type': 'application/json' });
  });

  routes.post('/v1/validate', async (context) => {
    const request = context.req.raw;
    try {
      const validation = await readJson(request).then((body) => rounds.validate(readCode(body), request.signal));
      return context.json(validation);
    } catch (error) {
      return refuseThrown(context, error);
    }
  });

  return routes;

  /** Rejects with `PROTOCOL_ERROR` where the body is none. */
  async function readJson(request: Request): Promise<unknown> {
    const text = await textOf(request);
    try {
      return JSON.parse(text);
    } catch {
      throw new IsomuxError('PROTOCOL_ERROR', 'the body must be JSON');
    }
  }
}

function readCode(body: unknown): string {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  if (typeof code === 'string') return code;
  throw new IsomuxError('PROTOCOL_ERROR', 'the body must be a JSON object whose code is a string');
}
