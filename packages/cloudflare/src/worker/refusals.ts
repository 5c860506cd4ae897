import { ERROR_CODES, type ErrorCode } from '@isomux/protocol';

/** The shapes of an error: of the resources under `/v1/`, and of the round protocol. */
export type RefusalShape = 'v1' | 'rounds';

/** Names of refused rounds that clients of the round protocol know, by status. */
const ROUND_NAMES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  404: 'NotFound',
  413: 'PayloadTooLarge',
  500: 'InternalError',
};

/** The answer to a request that the Worker refuses before its server sees it: docs/protocol.md, sections 14.3 and 15.2. */
export function refuse(status: 401 | 404 | 413 | 500, code: ErrorCode, message: string, shape: RefusalShape): Response {
  const { name } = ERROR_CODES[code];
  const body =
    shape === 'v1' ? { error: { code, name, message } } : { status: 'error', error: { name: ROUND_NAMES[status] ?? name, message, code } };
  const headers = new Headers({ 'Cache-Control': 'no-store' });
  if (status === 401) headers.set('WWW-Authenticate', 'Bearer');
  return Response.json(body, { status, headers });
}
