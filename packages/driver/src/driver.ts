import { IsomuxError } from '@isomux/protocol';
import type { Connect } from './connection.ts';
import { IsolateContext } from './context.ts';
import type { Context, ContextOptions, Driver } from './isolate-driver.ts';
import { assertDeclared } from './declared-tools.ts';
import { parseBindings, parseContextSettings, parseDriverOptions } from './options.ts';
import type { DriverOptions, DriverSettings } from './options.ts';
import { assertFitsPreparation, parsePrepareOptions } from './prepare-options.ts';
import type { PreparedContext, PreparedDriver, PrepareOptions } from './prepared-driver.ts';
import { createSeed } from './random.ts';
import { Run } from './run.ts';
import type { Preparation, RunPlan } from './run-plan.ts';
import { planTrial, readTrial } from './trial.ts';

const CLOSED = 'The driver was closed; create another one.';
const PREPARED_CLOSED = 'The prepared driver was closed, by itself or with the driver that made it; prepare the code again.';

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
  readonly #preparation: Preparation | undefined;
  /** The driver that prepared this one: while a context is in use, that driver is, too. */
  readonly #parent: ChannelDriver | undefined;
  readonly #contexts = new Set<Context>();
  /** Runs that hold, or may yet hold, a connection. */
  readonly #runs = new Set<Run>();
  readonly #trials = new Set<Run>();
  readonly #prepared = new Set<ChannelDriver>();
  #closed = false;

  constructor(connect: Connect, settings: DriverSettings, preparation?: Preparation, parent?: ChannelDriver) {
    this.#connect = connect;
    this.#settings = settings;
    this.#preparation = preparation;
    this.#parent = parent;
  }

  async createContext(options: ContextOptions): Promise<PreparedContext<string>> {
    this.#assertOpen();
    const settings = parseContextSettings(options, this.#settings);
    const tools = parseBindings(options.bindings);
    const preparation = this.#preparation;
    if (preparation !== undefined) {
      assertFitsPreparation(options, this.#settings);
      assertDeclared(tools, preparation.tools);
    }
    const context = new IsolateContext(
      {
        createRun: (asked) => this.#createRun({ ...asked, preparation }),
        disposed: (disposed) => this.#contexts.delete(disposed),
        declared: preparation?.tools,
      },
      tools,
      settings,
    );
    this.#contexts.add(context);
    return context;
  }

  async prepare<const Tool extends string = never>(options: PrepareOptions<Tool>): Promise<PreparedDriver<Tool>> {
    this.#assertOpen();
    const settings = parsePrepareOptions(options, this.#settings);
    const run = this.#createRun(planTrial(settings));
    this.#trials.add(run);
    run.start();
    const result = await run.result;
    this.#trials.delete(run);
    this.#assertOpen();
    const logs = readTrial(result);
    const driver = new ChannelDriver(this.#connect, settings.contexts, settings.preparation, this);
    this.#prepared.add(driver);
    return {
      logs,
      createContext: (contextOptions) => driver.createContext(contextOptions),
      async prepare() {
        throw new IsomuxError(
          'INVALID_OPTION',
          'A prepared driver prepares nothing more: give all of the code to one prepare of its driver.',
        );
      },
      close: () => driver.close(),
      [Symbol.asyncDispose]: () => driver.close(),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#parent !== undefined) this.#parent.#prepared.delete(this);
    for (const run of this.#trials) run.end('DISPOSED', CLOSED);
    await Promise.all([...this.#contexts].map((context) => context.dispose()));
    for (const run of this.#runs) run.releaseNow();
    await Promise.all([...this.#prepared].map((driver) => driver.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #createRun(asked: Omit<RunPlan, 'seed' | 'startMs' | 'graceMs' | 'ledgerMaxBytes' | 'connect'>): Run {
    const { seed, now, graceMs, ledgerMaxBytes } = this.#settings;
    const startMs = now();
    if (!(startMs >= 0 && startMs <= 8.64e15)) throw new IsomuxError('INVALID_OPTION', 'now must give milliseconds since the epoch');
    const plan = { ...asked, seed: seed ?? createSeed(), startMs, graceMs, ledgerMaxBytes, connect: this.#connect };
    const run: Run = new Run(plan, () => this.#runs.delete(run));
    this.#runs.add(run);
    return run;
  }

  #assertOpen(): void {
    if (!this.#closed) return;
    throw new IsomuxError('DRIVER_CLOSED', this.#preparation === undefined ? CLOSED : PREPARED_CLOSED);
  }
}
