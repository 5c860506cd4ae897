import { IsomuxError } from '@isomux/protocol';
import type { Connect } from './connection.ts';
import { IsolateContext } from './context.ts';
import type { Context, ContextOptions, Driver } from './isolate-driver.ts';
import { parseBindings, parseContextSettings, parseDriverOptions } from './options.ts';
import type { DriverOptions, DriverSettings } from './options.ts';
import { createSeed } from './random.ts';
import { Run } from './run.ts';

/**
 * Makes a driver whose programs run wherever `connect` leads. It holds tools and ledgers, and nothing that executes.
 *
 * Throws `INVALID_OPTION` for an option that cannot be meant.
 *
 * @example
 * const [driverEnd, executorEnd] = createChannelPair();
 * executor.attach(executorEnd);
 * await using driver = createDriver(async () => ({ channel: driverEnd, release() {} }), { timeout: 5_000 });
 * await using context = await driver.createContext({ bindings: { add: { execute: ({ a, b }) => a + b } } });
 * const result = await context.execute('return await add({ a: 1, b: 2 })');
 */
export function createDriver(connect: Connect, options: DriverOptions = {}): Driver {
  if (typeof connect !== 'function') throw new IsomuxError('INVALID_OPTION', 'connect must be a function');
  return new ChannelDriver(connect, parseDriverOptions(options));
}

class ChannelDriver implements Driver {
  readonly #connect: Connect;
  readonly #settings: DriverSettings;
  readonly #contexts = new Set<Context>();
  /** Runs that hold, or may yet hold, a connection. */
  readonly #runs = new Set<Run>();
  #closed = false;

  constructor(connect: Connect, settings: DriverSettings) {
    this.#connect = connect;
    this.#settings = settings;
  }

  async createContext(options: ContextOptions): Promise<Context> {
    if (this.#closed) throw new IsomuxError('DRIVER_CLOSED', 'The driver was closed; create another one.');
    const settings = parseContextSettings(options, this.#settings);
    const tools = parseBindings(options.bindings);
    const { seed, now, graceMs, ledgerMaxBytes } = this.#settings;
    const context: Context = new IsolateContext(
      {
        createRun: (asked) => {
          const startMs = now();
          if (!(startMs >= 0 && startMs <= 8.64e15)) throw new IsomuxError('INVALID_OPTION', 'now must give milliseconds since the epoch');
          const plan = { ...asked, seed: seed ?? createSeed(), startMs, graceMs, ledgerMaxBytes, connect: this.#connect };
          const run: Run = new Run(plan, () => this.#runs.delete(run));
          this.#runs.add(run);
          return run;
        },
        disposed: (disposed) => this.#contexts.delete(disposed),
      },
      tools,
      settings,
    );
    this.#contexts.add(context);
    return context;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#contexts].map((context) => context.dispose()));
    for (const run of this.#runs) run.releaseNow();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
