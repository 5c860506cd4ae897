import type { Json } from './json.ts';

/** An answer with a JSON body of a named shape. */
export function json(schema: string, description: string): Json {
  return { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } } };
}

/** An answer whose body is no JSON. */
export function media(type: string, description: string): Json {
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

const retryAfter: Json = { 'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer', minimum: 1 } } };

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'Parameters or body are not what the protocol says.',
  401: 'The token is missing or wrong.',
  404: 'There is no such connection (code EXECUTOR_LOST), or no such resource (code INVALID_OPTION).',
  408: 'The body did not arrive in time.',
  413: 'The body, or a unit in it, is larger than the server takes.',
  429: 'The quota of the token is used up.',
  503: 'There is no place (code OVERLOADED), or the server is shutting down (code DRAINING).',
};

/** Refusals with these statuses, in the shape that this schema names. */
export function refusals(statuses: readonly number[], schema: 'Error' | 'RoundError'): Record<string, Json> {
  const answers = statuses.map((status): [string, Json] => {
    const answer = {
      description: MEANINGS[status] ?? '',
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    };
    return [String(status), status === 429 || status === 503 ? { ...answer, headers: retryAfter } : answer];
  });
  return Object.fromEntries(answers);
}
