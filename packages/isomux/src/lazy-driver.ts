import type { Context, ContextOptions, Driver, PreparedDriver, PrepareOptions } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';

/**
 * Makes a driver of which nothing exists until it is used: the first context, or preparation, calls `load`. A `load` that
 * fails rejects those that wait for it, and the next one tries again.
 */
export function createLazyDriver(load: () => Promise<Driver>): Driver {
  return new LazyDriver(load);
}

class LazyDriver implements Driver {
  readonly #load: () => Promise<Driver>;
  #driver: Promise<Driver> | undefined;
  #closed = false;

  constructor(load: () => Promise<Driver>) {
    this.#load = load;
  }

  async createContext(options: ContextOptions): Promise<Context> {
    const driver = await this.#loaded();
    return driver.createContext(options);
  }

  async prepare<const Tool extends string = never>(options: PrepareOptions<Tool>): Promise<PreparedDriver<Tool>> {
    const driver = await this.#loaded();
    return driver.prepare(options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const driver = await this.#driver?.catch(() => undefined);
    await driver?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #loaded(): Promise<Driver> {
    if (this.#closed) throw new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
    this.#driver ??= this.#load();
    try {
      return await this.#driver;
    } catch (error) {
      this.#driver = undefined;
      throw error;
    }
  }
}
