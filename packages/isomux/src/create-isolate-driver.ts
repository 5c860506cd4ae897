import { createDriver, type Driver, type DriverOptions } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';
import { withAuthorization } from './authorization.ts';
import { createLazyDriver } from './lazy-driver.ts';
import { loadBackend } from './load-backend.ts';
import { type DriverUrl, parseDriverUrl } from './url/driver-url.ts';

const MiB = 1024 * 1024;

/** Options of {@link createIsolateDriver}: those that every driver has, and one for executors elsewhere. */
export interface IsolateDriverOptions extends DriverOptions {
  /**
   * What an executor at an `https:` or `http:` URL is shown: the whole value of the header, `Bearer <token>`. Default: the variable
   * `ISOMUX_AUTHORIZATION`. Never part of the URL. Backends on this machine do not get it.
   */
  readonly authorization?: string | undefined;
}

/**
 * Makes the driver that a URL names: `isolated-vm:`, `isolated-vm:?isolation=in-process`, `quickjs:`, `quickjs:?thread=inline`, an
 * executor on another machine, `https://executor.example.com`, or a Worker, `cloudflare://isomux.example.workers.dev`. The parameters are the options of that driver's factory. Where the URL and the second argument both say something the URL wins: it
 * belongs to the deployment, which knows more than the code does.
 *
 * Throws `INVALID_OPTION` at once for a URL or an option that cannot be meant, also when there is no URL: which sandbox
 * runs is never left to chance. The backend's package, and no other, is imported with the first context; that one rejects
 * with `ENGINE_UNAVAILABLE` where the package is missing or its engine does not work on this machine.
 *
 * @example
 * await using driver = createIsolateDriver(process.env.ISOMUX_URL ?? 'quickjs:', { timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createIsolateDriver(url: string | URL | undefined, given: IsolateDriverOptions = {}): Driver {
  const parsed = parseDriverUrl(url);
  const { authorization, ...options } = given;
  // The driver half checks its options without an engine; the driver made here is never used.
  createDriver(() => Promise.reject(new IsomuxError('ENGINE_UNAVAILABLE', 'nothing to connect to')), options);
  const merged = mergeOptions(withAuthorization(parsed, authorization), options);
  return createLazyDriver(async () => (await loadBackend(parsed)).create(merged));
}

/** The options with what the URL says over them. A limit by its own name would win over `timeout` and `memoryLimit`, so those of the URL become such. */
function mergeOptions(said: DriverUrl['options'], options: DriverOptions): DriverOptions {
  const { timeout, memoryLimit } = said;
  return {
    ...options,
    ...said,
    limits: {
      ...options.limits,
      ...(timeout === undefined ? {} : { wallMs: timeout }),
      ...(memoryLimit === undefined ? {} : { memoryBytes: memoryLimit * MiB }),
      ...said.limits,
    },
  };
}
