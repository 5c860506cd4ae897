import { IsomuxError } from '@isomux/protocol';
import type { Driver } from '@isomux/driver';
import { createCloudflareIsolateDriver } from '../driver.ts';
import type { CloudflareIsolateDriverOptions } from '../driver.ts';
import { startLocalWorker } from './local-worker.ts';
import type { LocalWorker } from './local-worker.ts';
import { parseLocalWorkerOptions } from './options.ts';
import type { LocalWorkerOptions } from './options.ts';

/** Options of {@link createLocalWorkerDriver}: those of the driver and those of the Worker. */
export interface LocalWorkerDriverOptions
  extends Omit<CloudflareIsolateDriverOptions, 'workerUrl' | 'authorization'>, Omit<LocalWorkerOptions, 'token' | 'port'> {}

/**
 * Makes a driver with a Worker on this machine of its own, started with the first context and ended by `close`, or with this process.
 * That context rejects with `ENGINE_UNAVAILABLE` where workerd, which comes with miniflare, cannot be loaded or does not start.
 *
 * @throws IsomuxError `INVALID_OPTION`.
 *
 * @example
 * await using driver = createLocalWorkerDriver({ engine: 'quickjs' });
 * await using context = await driver.createContext({ bindings: {} });
 * const result = await context.execute('return 1 + 1');
 */
export function createLocalWorkerDriver(options: LocalWorkerDriverOptions = {}): Driver {
  parseLocalWorkerOptions(options);
  const { engine, connections, maxMemoryBytes, maxQuarantined, ...driverOptions } = options;
  // Says at once what is wrong with the rest, without a Worker.
  void createCloudflareIsolateDriver({ ...driverOptions, workerUrl: 'http://127.0.0.1' }).close();
  const token = crypto.randomUUID();
  let closed = false;
  let started: Promise<{ readonly worker: LocalWorker; readonly driver: Driver }> | undefined;
  const start = async (): Promise<{ readonly worker: LocalWorker; readonly driver: Driver }> => {
    const worker = await startLocalWorker({ engine, connections, maxMemoryBytes, maxQuarantined, token });
    worker.unref();
    return {
      worker,
      driver: createCloudflareIsolateDriver({ ...driverOptions, workerUrl: worker.url, authorization: `Bearer ${token}` }),
    };
  };
  const ready = async (): Promise<Driver> => {
    if (closed) throw new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
    started ??= start();
    try {
      return (await started).driver;
    } catch (error) {
      started = undefined;
      throw error;
    }
  };
  const close = async (): Promise<void> => {
    closed = true;
    const both = await started?.catch(() => undefined);
    await both?.driver.close();
    await both?.worker.close();
  };
  return {
    createContext: async (contextOptions) => (await ready()).createContext(contextOptions),
    prepare: async (prepareOptions) => (await ready()).prepare(prepareOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}
