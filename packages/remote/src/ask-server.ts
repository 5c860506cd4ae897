import type { Capabilities } from '@isomux/protocol';
import { ContactError } from './contact-error.ts';
import type { EndpointUrl } from './endpoint-url.ts';
import type { HttpClient } from './http-client.ts';
import { parseRemoteOptions } from './options.ts';
import type { RemoteIsolateDriverOptions } from './options.ts';
import { roundsCapabilities } from './rounds/rounds-capabilities.ts';
import { askCapabilities } from './server-info.ts';
import type { ServerInfo } from './server-info.ts';
import { withDeadline } from './timers.ts';

/** What runs programs at a server. */
export interface ServerDescription {
  /** The name of its engine, for people. */
  readonly engine: string;
  readonly capabilities: Capabilities;
}

/** The engine of a server that does not tell. */
const UNTOLD_ENGINE = 'remote';

/**
 * Asks a server, the first of several, what runs programs there, over the transport that the options choose. A driver needs none of this: it
 * asks by itself.
 *
 * @throws IsomuxError `INVALID_OPTION`, or `UNREACHABLE`, `UNAUTHORIZED`, `OVERLOADED`, `DRAINING`, `VERSION_MISMATCH`, `PROTOCOL_ERROR` for
 * what the server answers.
 */
export async function askServer(options: RemoteIsolateDriverOptions): Promise<ServerDescription> {
  const { endpoints, authorization, fetchImpl, connectTimeoutMs, transport } = parseRemoteOptions(options);
  const [endpoint] = endpoints;
  const info = endpoint === undefined ? undefined : await ask(endpoint, { authorization, fetchImpl }, connectTimeoutMs);
  const hasRoundsAlone = info === undefined || !(info.transports.has('websocket') || info.transports.has('http'));
  const capabilities = transport === 'rounds' || hasRoundsAlone ? roundsCapabilities(info?.capabilities) : info.capabilities;
  return { engine: info?.engine ?? UNTOLD_ENGINE, capabilities };
}

function ask(
  { name: server, capabilities: url }: EndpointUrl,
  client: Omit<HttpClient, 'server'>,
  connectTimeoutMs: number,
): Promise<ServerInfo | undefined> {
  const late = (): Error => new ContactError('UNREACHABLE', `${server} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
  const { signal } = new AbortController();
  return withDeadline(signal, connectTimeoutMs, late, (attempt) => askCapabilities({ ...client, server }, url, attempt));
}
