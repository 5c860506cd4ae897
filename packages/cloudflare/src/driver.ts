import type { Driver, DriverOptions } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';
import { createRemoteIsolateDriver } from '@isomux/remote';
import type { RemoteIsolateDriverOptions } from '@isomux/remote';

/** Options of {@link createCloudflareIsolateDriver}. Those of the existing driver of this name mean the same. */
export interface CloudflareIsolateDriverOptions
  extends DriverOptions, Pick<RemoteIsolateDriverOptions, 'transport' | 'fetchImpl' | 'connectTimeoutMs' | 'reconnectMs' | 'idleMs'> {
  /** Where the Worker is: `https://isomux.example.workers.dev`. Rounds go to this very URL, whatever its path is. */
  readonly workerUrl: string;
  /** The whole value of the header: `Bearer <token>`. */
  readonly authorization?: string | undefined;
  /** Requests that one run may take with a Worker that speaks nothing but rounds. Default 10. The Worker of this package needs no rounds. */
  readonly maxToolRounds?: number | undefined;
}

/** {@link CloudflareIsolateDriverOptions} under the name that the existing driver gives them. */
export type CloudflareIsolateDriverConfig = CloudflareIsolateDriverOptions;

const DEFAULT_MAX_TOOL_ROUNDS = 10;

/** What programs that were written for the existing driver look for. */
const ERROR_NAMES = { refused: 'WorkerError', unreachable: 'NetworkError' } as const;

/**
 * Makes a driver whose programs run in a Worker, while their tools run here. Nothing is opened before a program runs.
 *
 * The Worker may be that of `@isomux/cloudflare/worker` or an existing one that answers rounds alone. The first run is sent as a round
 * that offers more: the former takes the offer, and its runs go over connections that outlive their sockets; the latter answers, and is never sent
 * anything but rounds. What fails is in the results, by the codes of `createRemoteIsolateDriver`. `close` ends all connections.
 *
 * @throws IsomuxError `INVALID_OPTION`.
 *
 * @example
 * await using driver = createCloudflareIsolateDriver({ workerUrl: 'https://isomux.example.workers.dev', authorization: `Bearer ${token}` });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createCloudflareIsolateDriver(options: CloudflareIsolateDriverOptions): Driver {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || typeof Reflect.get(given, 'workerUrl') !== 'string') {
    throw new IsomuxError('INVALID_OPTION', 'workerUrl must be the URL of a Worker, such as https://isomux.example.workers.dev');
  }
  const { workerUrl, maxToolRounds = DEFAULT_MAX_TOOL_ROUNDS, ...rest } = options;
  return createRemoteIsolateDriver({ ...rest, maxToolRounds, endpoint: workerUrl, firstContact: 'offer', errorNames: ERROR_NAMES });
}
