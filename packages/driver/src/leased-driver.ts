import { IsomuxError } from '@isomux/protocol';
import type { Connect } from './connection.ts';
import { createDriver } from './driver.ts';
import type { Context, Driver } from './isolate-driver.ts';
import type { DriverOptions } from './options.ts';

/** Where runs go: workers, or an executor in this thread. */
export interface Backend {
  readonly connect: Connect;
  /** Frees everything. Idempotent; never rejects. */
  close(): Promise<void>;
}

interface Shared {
  readonly backend: Backend;
  leases: number;
}

const shared = new Map<string, Shared>();

/** Lets go of the backend of a driver that nobody closed and nobody can reach any more. */
const abandoned = new FinalizationRegistry<() => Promise<void>>((release) => void release());
/** A context in use keeps its driver: who holds only the context still needs the backend. */
const driversOfContexts = new WeakMap<Context, Driver>();

/**
 * Makes a driver on a backend that is made when the first context is, and shared by all drivers with the same `key`: a
 * driver is often made for each request, and that must not start workers each time. The last driver to be closed, or to
 * become unreachable, closes the backend.
 */
export function createLeasedDriver(key: string, make: () => Backend, options: DriverOptions): Driver {
  const lease = new Lease(key, make);
  const driver = createDriver(lease.connect, options);
  abandoned.register(driver, lease.release, lease);
  return {
    async createContext(contextOptions) {
      const context = await driver.createContext(contextOptions);
      driversOfContexts.set(context, driver);
      lease.take();
      return context;
    },
    // It refers to the driver, and so do its contexts: who holds only one of them still has the backend.
    prepare: (prepareOptions) => driver.prepare(prepareOptions),
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

/** One driver's hold on a backend. It must not refer to the driver: it tells when that is gone. */
class Lease {
  readonly #key: string;
  readonly #make: () => Backend;
  #entry: Shared | undefined;
  #released = false;

  constructor(key: string, make: () => Backend) {
    this.#key = key;
    this.#make = make;
  }

  readonly connect: Connect = (request) => this.take().connect(request);

  readonly release = async (): Promise<void> => {
    if (this.#released) return;
    this.#released = true;
    const entry = this.#entry;
    if (entry === undefined || --entry.leases > 0) return;
    if (shared.get(this.#key) === entry) shared.delete(this.#key);
    await entry.backend.close();
  };

  take(): Backend {
    if (this.#released) throw new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
    if (this.#entry === undefined) {
      this.#entry = shared.get(this.#key) ?? { backend: this.#make(), leases: 0 };
      shared.set(this.#key, this.#entry);
      this.#entry.leases++;
    }
    return this.#entry.backend;
  }
}
