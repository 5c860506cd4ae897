import { IsomuxError } from '@isomux/protocol';
import type { DriverOptions } from '@isomux/driver';
import { parseEndpointUrl } from './endpoint-url.ts';
import type { EndpointUrl } from './endpoint-url.ts';

/** How a driver speaks to its servers. */
export type Transport = 'auto' | 'websocket' | 'http' | 'rounds';

/** How a driver finds out what a server speaks. */
export type FirstContact = 'ask' | 'offer';

/** Names for errors, in place of those of their codes. */
export interface ErrorNames {
  /** The server answered, with a status that is none of success. */
  readonly refused: string;
  /** It did not answer. */
  readonly unreachable: string;
}

/** Options of `createRemoteIsolateDriver`. Those of existing remote drivers of the same name mean the same. */
export interface RemoteIsolateDriverOptions extends DriverOptions {
  /** One server or several: `https://executor.example.com`, also with the `/execute` at its end that existing drivers are given. */
  readonly endpoint: string | readonly string[];
  /** The whole value of the header: `Bearer <token>`. */
  readonly authorization?: string | undefined;
  /** Default `auto`: a WebSocket where both sides can, otherwise streamed HTTP, and rounds with servers that speak nothing else. */
  readonly transport?: Transport | undefined;
  /**
   * Default `ask`: a request for the server's capabilities goes before the first run. With `offer` the first run is sent as a round, to the
   * endpoint exactly as it is given, and says that the driver would rather have a connection: a server of ours takes the offer without executing
   * anything, and an older one of the round protocol answers the round and never sees another request. A run that rounds have no place
   * for asks all the same. It matters where `transport` is `auto`.
   */
  readonly firstContact?: FirstContact | undefined;
  /** Requests that one run may take over `rounds`. Default: no bound but the run's limits. Other transports have no rounds. */
  readonly maxToolRounds?: number | undefined;
  /**
   * What `error.name` is when a round fails on its way, for programs that were written for another driver and look at it. Default: the names
   * of the codes, which stay what they are.
   */
  readonly errorNames?: ErrorNames | undefined;
  /** In place of the global `fetch`. WebSockets do not go through it. */
  readonly fetchImpl?: typeof fetch | undefined;
  /** How long a server may take to answer one attempt to connect, in milliseconds. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long a run looks for a server that has answered before and does not now, because it restarts for instance, in
   * milliseconds. Default 30000. Its own budget bounds it too. A server that has never answered is given up after 3000.
   */
  readonly reconnectMs?: number | undefined;
  /** How long a connection without runs is kept, in milliseconds. A Node process does not end before. Default 10000. */
  readonly idleMs?: number | undefined;
}

/** Checked options. */
export interface RemoteSettings {
  readonly endpoints: readonly EndpointUrl[];
  readonly authorization: string | undefined;
  readonly transport: Transport;
  readonly firstContact: FirstContact;
  readonly maxToolRounds: number | undefined;
  readonly fetchImpl: typeof fetch;
  readonly connectTimeoutMs: number;
  readonly reconnectMs: number;
  readonly idleMs: number;
  /** How long a run looks for a server that has never answered. */
  readonly firstContactMs: number;
  readonly errorNames: ErrorNames | undefined;
  /** Times of the carriers, where they are not the protocol's. */
  readonly heartbeatMs?: number | undefined;
  readonly silenceMs?: number | undefined;
}

const FIRST_CONTACTS: readonly FirstContact[] = ['ask', 'offer'];
const TRANSPORTS: readonly Transport[] = ['auto', 'websocket', 'http', 'rounds'];
const MAX_ENDPOINTS = 1_000;
const MAX_AUTHORIZATION_LENGTH = 8_192;
const MAX_NAME_LENGTH = 100;
const MAX_MS = 24 * 60 * 60 * 1000;
const MAX_ROUNDS = 1_000_000;
const FIRST_CONTACT_MS = 3_000;

/** Checks what only a remote driver has; `createDriver` checks the rest. Throws `INVALID_OPTION`. */
export function parseRemoteOptions(options: RemoteIsolateDriverOptions): RemoteSettings {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) refuse('the options of createRemoteIsolateDriver must be an object with an endpoint');
  const { transport = 'auto', firstContact = 'ask', fetchImpl, maxToolRounds } = options;
  if (!FIRST_CONTACTS.includes(firstContact)) {
    refuse(`firstContact must be one of ${FIRST_CONTACTS.join(', ')}; it is ${describe(firstContact)}`);
  }
  if (!TRANSPORTS.includes(transport)) refuse(`transport must be one of ${TRANSPORTS.join(', ')}; it is ${describe(transport)}`);
  if (fetchImpl !== undefined && typeof fetchImpl !== 'function')
    refuse(`fetchImpl must be a function like fetch; it is ${describe(fetchImpl)}`);
  const authorization = parseAuthorization(options.authorization);
  if (transport === 'websocket' && authorization !== undefined && bearerToken(authorization) === undefined) {
    refuse('authorization must be "Bearer <token>" with transport "websocket", which can carry nothing else; use "auto" or "http"');
  }
  return {
    endpoints: parseEndpoints(options.endpoint, firstContact),
    authorization,
    transport,
    firstContact,
    errorNames: parseErrorNames(options.errorNames),
    maxToolRounds: maxToolRounds === undefined ? undefined : parseCount(maxToolRounds, 'maxToolRounds', 1, MAX_ROUNDS),
    // Looked up at each call: who replaces the global later means it.
    fetchImpl: fetchImpl ?? ((input, init) => fetch(input, init)),
    connectTimeoutMs: parseMs(options.connectTimeoutMs, 'connectTimeoutMs', 1, 5_000),
    reconnectMs: parseMs(options.reconnectMs, 'reconnectMs', 0, 30_000),
    idleMs: parseMs(options.idleMs, 'idleMs', 0, 10_000),
    firstContactMs: FIRST_CONTACT_MS,
  };
}

/** The token of a value for the `Authorization` header; undefined for other schemes. */
export function bearerToken(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

function parseEndpoints(given: unknown, firstContact: FirstContact): readonly EndpointUrl[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) refuse('endpoint must name at least one server; it is an empty array');
  if (list.length > MAX_ENDPOINTS) refuse(`endpoint names ${list.length} servers; up to ${MAX_ENDPOINTS} are allowed`);
  const endpoints = new Map<string, EndpointUrl>();
  for (const entry of list) {
    if (typeof entry !== 'string') {
      refuse(
        `endpoint must be the URL of a server, such as https://executor.example.com, or an array of them; it holds ${describe(entry)}`,
      );
    }
    const endpoint = parseEndpointUrl(entry, firstContact === 'offer');
    endpoints.set(endpoint.base, endpoint);
  }
  return [...endpoints.values()];
}

/** Its value is a secret, and in no message. */
function parseAuthorization(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_AUTHORIZATION_LENGTH || !/^[\x20-\x7e]+$/.test(value)) {
    refuse(`authorization must be 1 to ${MAX_AUTHORIZATION_LENGTH} printable ASCII characters: "Bearer <token>"`);
  }
  return value;
}

function parseErrorNames(value: unknown): ErrorNames | undefined {
  if (value === undefined) return undefined;
  const read = (name: keyof ErrorNames): string => {
    const given: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    if (typeof given === 'string' && given !== '' && given.length <= MAX_NAME_LENGTH) return given;
    return refuse(`errorNames.${name} must be a string of 1 to ${MAX_NAME_LENGTH} characters; it is ${describe(given)}`);
  };
  return { refused: read('refused'), unreachable: read('unreachable') };
}

function parseMs(value: unknown, name: string, min: number, standard: number): number {
  if (value === undefined) return standard;
  if (typeof value === 'number' && value >= min && value <= MAX_MS) return value;
  return refuse(`${name} must be milliseconds from ${min} to ${MAX_MS}; it is ${describe(value)}`);
}

function parseCount(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  return refuse(`${name} must be a whole number from ${min} to ${max}; it is ${describe(value)}`);
}

/** A short form of a value for messages. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

function refuse(message: string): never {
  throw new IsomuxError('INVALID_OPTION', message);
}
