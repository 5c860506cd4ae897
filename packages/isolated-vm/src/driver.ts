import { type Connect, createDriver, type Driver } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';
import { type BackendLease, leaseBackend } from './backend.ts';
import { createInProcessBackend } from './in-process-backend.ts';
import { findAddon, unavailable } from './native-addon.ts';
import { type BackendOptions, type NodeIsolateDriverOptions, parseBackendOptions } from './options.ts';
import { probeIsolatedVm } from './probe.ts';
import { createProcessBackend } from './process-backend.ts';

/** Lets go of the backend of a driver that nobody closed and nobody can reach any more. */
const abandoned = new FinalizationRegistry<() => Promise<void>>((release) => void release());

/**
 * Makes a driver that runs guest code on V8, through isolated-vm: by default in supervised child processes, started with
 * the first context and shared by all drivers with equal process options.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` where isolated-vm has no addon for this Node. An idle driver keeps no
 * event loop alive, and the processes end with the host, however it ends; `close()` ends them sooner.
 *
 * @example
 * await using driver = createNodeIsolateDriver({ timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createNodeIsolateDriver(options: NodeIsolateDriverOptions = {}): Driver {
  const backendOptions = parseBackendOptions(options);
  assertAvailable(backendOptions, options.skipProbe === true);
  const lease = new LazyLease(backendOptions);
  const driver = createDriver(lease.connect, options);
  abandoned.register(driver, lease.release, lease);
  return {
    async createContext(contextOptions) {
      const context = await driver.createContext(contextOptions);
      lease.take();
      return context;
    },
    async close() {
      abandoned.unregister(lease);
      await driver.close();
      await lease.release();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}

function assertAvailable({ isolation }: BackendOptions, skipProbe: boolean): void {
  findAddon();
  if (isolation === 'process' || skipProbe) return;
  const probe = probeIsolatedVm();
  if (!probe.compatible) throw unavailable(probe.error);
}

/** A backend that is made, or shared, when it is first wanted. It must not refer to the driver: it tells when that is gone. */
class LazyLease {
  readonly #options: BackendOptions;
  #lease: BackendLease | undefined;
  #released = false;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  readonly connect: Connect = (request) => this.take().backend.connect(request);

  readonly release = async (): Promise<void> => {
    this.#released = true;
    await this.#lease?.release();
  };

  take(): BackendLease {
    if (this.#released) throw new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
    // What realms are kept ready for follows the runs, so it divides no drivers.
    const { warmLimits: _, ...sharing } = this.#options;
    this.#lease ??= leaseBackend(JSON.stringify(sharing), () =>
      this.#options.isolation === 'process' ? createProcessBackend(this.#options) : createInProcessBackend(this.#options),
    );
    return this.#lease;
  }
}
