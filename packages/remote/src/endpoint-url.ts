import { IsomuxError } from '@isomux/protocol';

/** The addresses of one server. */
export interface EndpointUrl {
  /** What tells it from others: the URL that every other one is made of. */
  readonly base: string;
  /** For people: without the query, which may hold a secret. */
  readonly name: string;
  readonly capabilities: string;
  /** For `POST /execute`, as existing drivers are given it. */
  readonly execute: string;
  /** Where a streamed response carries the connection. */
  stream(connection: string, received: number): string;
  /** Where a WebSocket does. */
  socket(connection: string, received: number): string;
  messages(connection: string): string;
  connection(connection: string): string;
}

const MAX_URL_LENGTH = 2_048;

/** Checks the URL of a server. Throws `INVALID_OPTION`. */
export function parseEndpointUrl(text: string): EndpointUrl {
  const shown = JSON.stringify(text.slice(0, 100));
  if (text.length > MAX_URL_LENGTH) refuse(`endpoint has ${text.length} characters; a URL may have up to ${MAX_URL_LENGTH}`);
  if (!URL.canParse(text)) refuse(`endpoint must be a URL such as https://executor.example.com; it is ${shown}`);
  const url = new URL(text);
  // Never shown: they are what must not be there.
  if (url.username !== '' || url.password !== '') refuse('endpoint must not hold a user name or password; give the token as authorization');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(`endpoint must begin with https:// or http://; it is ${shown}`);
  if (url.hash !== '') refuse(`endpoint must have no fragment; it is ${shown}`);
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/execute$/, '')
    .replace(/\/+$/, '');
  const at = (tail: string, parameters: Readonly<Record<string, string>> = {}): URL => {
    const target = new URL(url);
    target.pathname = `${path}${tail}`;
    for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
    return target;
  };
  const runs = (connection: string, received: number): URL => at('/v1/runs', { connection, received: String(received) });
  return {
    base: at('').href,
    name: `${url.origin}${path}`,
    capabilities: at('/v1/capabilities').href,
    execute: at('/execute').href,
    stream: (connection, received) => runs(connection, received).href,
    socket(connection, received) {
      const target = runs(connection, received);
      target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return target.href;
    },
    messages: (connection) => at(`/v1/runs/${connection}/messages`).href,
    connection: (connection) => at(`/v1/runs/${connection}`).href,
  };
}

function refuse(message: string): never {
  throw new IsomuxError('INVALID_OPTION', message);
}
