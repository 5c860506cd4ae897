import { IsomuxError } from '@isomux/protocol';

/** The addresses of one server. */
export interface EndpointUrl {
  /** What tells it from others: the URL that every other one is made of. */
  readonly base: string;
  /** For people: without the query, which may hold a secret. */
  readonly name: string;
  readonly capabilities: string;
  /** Where rounds go: `POST /execute`, or the URL as it was given. */
  readonly execute: string;
  /** Where a streamed response carries the connection. `suspect`: its run may be what ended its last executor. */
  stream(connection: string, received: number, suspect: boolean): string;
  /** Where a WebSocket does. */
  socket(connection: string, received: number, suspect: boolean): string;
  messages(connection: string): string;
  connection(connection: string): string;
}

const MAX_URL_LENGTH = 2_048;

/** Checks the URL of a server. `exact`: rounds go to this very URL, whatever its path is. Throws `INVALID_OPTION`. */
export function parseEndpointUrl(text: string, exact = false): EndpointUrl {
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
  const runs = (connection: string, received: number, suspect: boolean): URL =>
    at('/v1/runs', { connection, received: String(received), ...(suspect ? { suspect: '1' } : {}) });
  return {
    base: at('').href,
    name: `${url.origin}${path}`,
    capabilities: at('/v1/capabilities').href,
    execute: exact ? text : at('/execute').href,
    stream: (connection, received, suspect) => runs(connection, received, suspect).href,
    socket(connection, received, suspect) {
      const target = runs(connection, received, suspect);
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
