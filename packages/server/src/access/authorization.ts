import { IsomuxError } from '@isomux/protocol';
import type { TokenOptions } from '../options.ts';
import type { ByteBudget } from '../http/byte-budget.ts';
import { Refusal } from '../http/refusal.ts';
import type { Principal } from './principal.ts';
import { createQuota } from './quota.ts';
import { digest, isBadDigest, isEqualDigest, readDigest } from './token-digest.ts';

/** Characters of a token; longer ones are not looked at. */
const MAX_TOKEN_LENGTH = 4096;
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const BEARER_PROTOCOL = 'isomux.bearer.';

/** Decides who may come in. */
export interface Authorization {
  /** There are no tokens: everybody may come in. */
  readonly anonymous: boolean;
  /** Whom a request came from. Rejects with a {@link Refusal} of 401. */
  authenticate(request: Request): Promise<Principal>;
}

/** What {@link createAuthorization} makes its decisions from. */
export interface AuthorizationOptions {
  readonly token?: string | undefined;
  readonly tokens?: readonly TokenOptions[] | undefined;
  /** Connections of the whole server. */
  readonly maxConnections: number;
  /** Bytes that are kept for all clients. */
  readonly maxTotalBytes: number;
  /** The budget of them. */
  readonly budget: ByteBudget;
  /** Whether pages of this origin may call a server without tokens. */
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly now: () => number;
}

/**
 * Makes the authorization of a server. A token is compared by its SHA-256, with all tokens of the server, in constant time.
 *
 * Throws `INVALID_OPTION` for tokens that are empty, named twice, or written as a digest that is none.
 */
export function createAuthorization(options: AuthorizationOptions): Authorization {
  const tokens = [...(options.tokens ?? []), ...(options.token === undefined ? [] : [{ name: 'default', token: options.token }])];
  checkTokens(tokens);
  if (tokens.length === 0) return createOpenDoor(options);
  // One that takes all it can leaves the rest to the others.
  const share = tokens.length === 1 ? 1 : 1 / 2;
  const known = tokens.map((entry) => ({ principal: createPrincipal(entry, share, options), token: entry.token }));
  const digests = Promise.all(
    known.map(async ({ principal, token }) => ({ principal, digest: readDigest(token) ?? (await digest(token)) })),
  );

  return {
    anonymous: false,
    async authenticate(request: Request): Promise<Principal> {
      const token = readToken(request.headers);
      if (token === undefined) {
        throw new Refusal(401, 'UNAUTHORIZED', 'a token is wanted: the header Authorization: Bearer <token>, or a WebSocket’s subprotocol');
      }
      const presented = await digest(token);
      let found: Principal | undefined;
      for (const entry of await digests) if (isEqualDigest(entry.digest, presented)) found = entry.principal;
      if (found === undefined) throw new Refusal(401, 'UNAUTHORIZED', 'the token is not one of this server');
      return found;
    },
  };
}

function createOpenDoor(options: AuthorizationOptions): Authorization {
  const principal = createPrincipal({ name: 'anonymous' }, 1, options);
  return {
    anonymous: true,
    async authenticate(request: Request): Promise<Principal> {
      // Any page that its user visits can reach a server on his machine, and asks in the name of that page.
      const origin = request.headers.get('origin');
      if (origin === null || options.isAllowedOrigin(origin)) return principal;
      throw new Refusal(401, 'UNAUTHORIZED', 'a server without tokens takes no requests of web pages; allow their origin with cors');
    },
  };
}

function createPrincipal(entry: Omit<TokenOptions, 'token'>, share: number, options: AuthorizationOptions): Principal {
  const { name, maxRuns, runsPerMinute, maxConnections = Math.ceil(options.maxConnections * share) } = entry;
  const quota = createQuota({ name, maxRuns, runsPerMinute, now: options.now });
  return { name, maxConnections, quota, budget: options.budget.share(options.maxTotalBytes * share) };
}

function checkTokens(tokens: readonly TokenOptions[]): void {
  const names = new Set<string>();
  const values = new Set<string>();
  for (const { name, token, maxRuns, runsPerMinute, maxConnections } of tokens) {
    if (typeof name !== 'string' || !/^[\w.@-]{1,64}$/.test(name)) {
      throw new IsomuxError('INVALID_OPTION', `the name of a token must be 1 to 64 of A-Z a-z 0-9 _ . @ -; it is ${JSON.stringify(name)}`);
    }
    // The messages never hold the token.
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) {
      throw new IsomuxError(
        'INVALID_OPTION',
        `the token ${name} must be 1 to ${MAX_TOKEN_LENGTH} printable ASCII characters without spaces`,
      );
    }
    if (isBadDigest(token))
      throw new IsomuxError('INVALID_OPTION', `the token ${name} must be sha256: and 64 hexadecimal digits, or no digest`);
    if (names.has(name)) throw new IsomuxError('INVALID_OPTION', `two tokens are named ${name}`);
    if (values.has(token)) throw new IsomuxError('INVALID_OPTION', `the token ${name} is the same as another`);
    for (const [field, value] of Object.entries({ maxRuns, runsPerMinute, maxConnections })) {
      if (value !== undefined && !(value >= 1))
        throw new IsomuxError('INVALID_OPTION', `${field} of the token ${name} must be 1 or more; it is ${value}`);
    }
    names.add(name);
    values.add(token);
  }
}

/** The token of a request: its header’s, or a WebSocket’s subprotocol. */
function readToken(headers: Headers): string | undefined {
  const token = readHeader(headers) ?? readSubprotocol(headers);
  return token === undefined || token.length > MAX_TOKEN_LENGTH ? undefined : token;
}

function readHeader(headers: Headers): string | undefined {
  const header = headers.get('authorization');
  return header === null ? undefined : BEARER.exec(header)?.[1];
}

function readSubprotocol(headers: Headers): string | undefined {
  const offered = headers.get('sec-websocket-protocol')?.split(',') ?? [];
  const encoded = offered.map((name) => name.trim()).find((name) => name.startsWith(BEARER_PROTOCOL));
  if (encoded === undefined) return undefined;
  try {
    const base64 = encoded.slice(BEARER_PROTOCOL.length).replaceAll('-', '+').replaceAll('_', '/');
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
