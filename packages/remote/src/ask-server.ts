import type { Capabilities } from '@isomux/protocol';
import { ContactError } from './contact-error.ts';
import { parseRemoteOptions } from './options.ts';
import type { RemoteIsolateDriverOptions } from './options.ts';
import { askCapabilities } from './server-info.ts';
import { withDeadline } from './timers.ts';

/** What runs programs at a server. */
export interface ServerDescription {
  /** The name of its engine, for people. */
  readonly engine: string;
  readonly capabilities: Capabilities;
}

/**
 * Asks a server, the first of several, what runs programs there. Resolves to `undefined` for one that does not tell, as those that speak
 * only rounds. A driver needs none of this: it asks by itself.
 *
 * @throws IsomuxError `INVALID_OPTION`, or `UNREACHABLE`, `UNAUTHORIZED`, `OVERLOADED`, `DRAINING`, `VERSION_MISMATCH`, `PROTOCOL_ERROR` for
 * what the server answers.
 */
export async function askServer(options: RemoteIsolateDriverOptions): Promise<ServerDescription | undefined> {
  const { endpoints, authorization, fetchImpl, connectTimeoutMs } = parseRemoteOptions(options);
  const [endpoint] = endpoints;
  if (endpoint === undefined) return undefined;
  const { name: server, capabilities: url } = endpoint;
  const late = (): Error => new ContactError('UNREACHABLE', `${server} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
  const { signal } = new AbortController();
  const info = await withDeadline(signal, connectTimeoutMs, late, (attempt) =>
    askCapabilities({ server, authorization, fetchImpl }, url, attempt),
  );
  return info === undefined ? undefined : { engine: info.engine, capabilities: info.capabilities };
}
