import { Asserts, type ExpectedError } from './asserts.ts';
import { createDeferred, type Deferred, sleep } from './deferred.ts';
import { type EventLoopWatch, type RejectionWatch, watchEventLoop, watchUnhandledRejections } from './host-watch.ts';
import type {
  ExecuteOptions,
  ExecutionResult,
  IsolateConfig,
  IsolateContext,
  IsolateDriver,
  JudgedDriver,
  NormalizedError,
  PreparedDriver,
  PrepareOptions,
} from './isolate-driver.ts';
import type { ProgramLog } from './program-log.ts';
import { property } from './property.ts';
import { show } from './show.ts';
import type { Measurement, SubjectInstance, SubjectOptions } from './subject.ts';
import { bindTools, createToolDouble, type ToolDouble, type ToolFunction } from './tool-double.ts';

/** How a clause asks for a context. What is left out gets Code Mode's values, except for a shorter timeout. */
export interface TrialOptions extends Omit<IsolateConfig, 'bindings'> {
  readonly tools?: Readonly<Record<string, ToolFunction>>;
}

/** A context whose calls are guarded against hanging and whose results are known to have a result's shape. */
export interface TrialContext {
  execute(code: string, options?: ExecuteOptions): Promise<ExecutionResult>;
  dispose(): Promise<void>;
  /** The driver's own object. */
  readonly raw: IsolateContext;
}

/** What the runner gives a trial. */
export interface TrialSetup {
  readonly instance: SubjectInstance;
  readonly create: (options: SubjectOptions) => Promise<SubjectInstance>;
  /** How long a call may take beyond its own budget before it counts as hung. */
  readonly guardMs: number;
  /** Hears of each program. */
  readonly programs: ProgramLog;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MEMORY_MB = 128;
const POLL_MS = 5;

/** What a clause is given as `t`: the driver under test, ways to drive it, and asserts. */
export class Trial extends Asserts {
  readonly #setup: TrialSetup;
  readonly #contexts: TrialContext[] = [];
  readonly #instances: SubjectInstance[] = [];
  readonly #prepared: PreparedDriver[] = [];
  readonly #watches: { stop(): unknown }[] = [];

  constructor(setup: TrialSetup) {
    super();
    this.#setup = setup;
  }

  get driver(): JudgedDriver {
    return this.#setup.instance.driver;
  }

  /** A tool that remembers its calls. */
  tool(behaviour?: ToolFunction): ToolDouble {
    return createToolDouble(behaviour);
  }

  deferred<T = unknown>(): Deferred<T> {
    return createDeferred<T>();
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms);
  }

  /** Creates a context, and disposes it when the clause is over, whatever happens to it before. */
  async context(options: TrialOptions = {}): Promise<TrialContext> {
    return this.open(this.config(options));
  }

  /** Like `context`, for a configuration that is exactly so. */
  async open(config: IsolateConfig, driver: JudgedDriver = this.driver): Promise<TrialContext> {
    const { programs } = this.#setup;
    programs.opened();
    const raw = await this.#settled(() => createContext(driver, config), this.#setup.guardMs, 'createContext');
    const budget = (config.timeout ?? DEFAULT_TIMEOUT_MS) + this.#setup.guardMs;
    const context: TrialContext = {
      raw,
      execute: async (code, execute) => {
        programs.started({ code, tools: Object.keys(config.bindings), timeout: config.timeout, memoryLimit: config.memoryLimit });
        try {
          const run = () => (execute === undefined ? raw.execute(code) : raw.execute(code, execute));
          return this.resultShape(await this.#settled(run, budget, 'execute'));
        } finally {
          programs.ended();
        }
      },
      dispose: () => this.#settled(() => raw.dispose(), this.#setup.guardMs, 'dispose'),
    };
    this.#contexts.push(context);
    return context;
  }

  /** What `createContext` is given for these options, for clauses that call the driver themselves. */
  config(options: TrialOptions = {}): IsolateConfig {
    const { tools = {}, ...rest } = options;
    return { timeout: DEFAULT_TIMEOUT_MS, memoryLimit: DEFAULT_MEMORY_MB, ...rest, bindings: bindTools(tools) };
  }

  /** Prepares code, which must work, and closes what comes of it when the clause is over. */
  async prepare(options: PrepareOptions): Promise<PreparedDriver> {
    const prepared = await this.#settled(() => prepare(this.driver, options), this.#prepareMs(options), 'prepare');
    this.#prepared.push(prepared);
    return prepared;
  }

  /** Something must reject with this code; returns what it rejects with. */
  async rejects(action: () => Promise<unknown>, code: string, what: string, named?: string): Promise<unknown> {
    const outcome = await this.within(
      this.#setup.guardMs + DEFAULT_TIMEOUT_MS,
      Promise.resolve()
        .then(action)
        .then(
          () => 'resolved' as const,
          (error: unknown) => ({ error }),
        ),
      what,
    );
    if (outcome === 'resolved') return this.fail(`${what} must reject with ${code}, and resolved`);
    this.equal(property(outcome.error, 'code'), code, `the code ${what} rejects with (${show(outcome.error)})`);
    if (named !== undefined) this.includes(property(outcome.error, 'message'), named, `the message ${what} rejects with`);
    return outcome.error;
  }

  /** `prepare` must reject with PREPARATION_FAILED; returns the cause, which is the error as data. */
  async failsToPrepare(options: PrepareOptions): Promise<unknown> {
    return property(await this.rejects(() => prepare(this.driver, options), 'PREPARATION_FAILED', 'prepare'), 'cause');
  }

  /** One program in a context of its own, as Code Mode does it: create, execute, dispose. */
  async run(code: string, options: TrialOptions = {}): Promise<ExecutionResult> {
    const context = await this.context(options);
    const result = await context.execute(code);
    await context.dispose();
    return result;
  }

  /** Runs a program that must succeed; returns its value. */
  async value(code: string, options: TrialOptions = {}): Promise<unknown> {
    return this.succeeds(await this.run(code, options));
  }

  /** Runs a program that must fail as expected; returns its error. */
  async error(code: string, expected: ExpectedError = {}, options: TrialOptions = {}): Promise<NormalizedError> {
    return this.failsWith(await this.run(code, options), expected);
  }

  /** Runs a program that must succeed; returns its console lines. */
  async lines(code: string, options: TrialOptions = {}): Promise<readonly string[]> {
    const result = await this.run(code, options);
    this.succeeds(result);
    return this.logs(result);
  }

  /**
   * `createContext` must refuse these options with this code, naming `named` in its message: a name is part of the
   * refusal's promise, not a way to tell refusals apart.
   */
  async refuses(options: TrialOptions, code: string, named?: string): Promise<void> {
    let context: IsolateContext;
    try {
      context = await this.within(this.#setup.guardMs, createContext(this.driver, this.config(options)), 'createContext');
    } catch (error) {
      this.equal(property(error, 'code'), code, `the code createContext rejects with (${show(error)})`);
      if (named !== undefined) this.includes(property(error, 'message'), named, 'the message createContext rejects with');
      return;
    }
    await context.dispose().catch(() => {});
    this.fail(`expected createContext to reject with ${code} for ${show({ ...options, tools: Object.keys(options.tools ?? {}) })}`);
  }

  /** Awaits, but not for ever: a hang guard, not a measurement. */
  async within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new HungCall()), ms);
    });
    try {
      return await Promise.race([promise, late]);
    } catch (error) {
      if (error instanceof HungCall) this.fail(`${what} did not settle within ${ms} ms`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until something is so; a hang guard, too. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (const start = performance.now(); !isSo();) {
      if (performance.now() - start > this.#setup.guardMs) this.fail(`${what} did not come within ${this.#setup.guardMs} ms`);
      await sleep(POLL_MS);
    }
  }

  /** How long something took, with its result. */
  async timed<T>(action: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
    const start = performance.now();
    const result = await action();
    return { result, ms: performance.now() - start };
  }

  /** Starts watching the host's event loop; stopped with the clause at the latest. */
  watchEventLoop(): EventLoopWatch {
    const watch = watchEventLoop();
    this.#watches.push(watch);
    return watch;
  }

  /** Starts watching for unhandled rejections in the host; stopped with the clause at the latest. */
  watchRejections(): RejectionWatch {
    const watch = watchUnhandledRejections();
    this.#watches.push(watch);
    return watch;
  }

  /** An instance of its own, closed with the clause. */
  async create(options: SubjectOptions = {}): Promise<SubjectInstance> {
    const instance = await this.#setup.create(options);
    this.#instances.push(instance);
    return instance;
  }

  /** Kills the engine under the running programs. A subject that cannot be crashed fails: what is claimed must be testable. */
  async crash(): Promise<void> {
    const { instance } = this.#setup;
    if (instance.crash === undefined) this.fail('the subject offers no crash() to test this claim with');
    await instance.crash();
  }

  /** The subject's own counts, or nothing where it has none. */
  async measure(): Promise<Measurement | undefined> {
    return this.#setup.instance.measure?.();
  }

  /** Disposes and closes what the clause made. Called once by the runner; how well dispose works is for other clauses. */
  async finish(): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    await Promise.all(this.#contexts.map((context) => context.dispose().catch(() => {})));
    await Promise.all(this.#prepared.map((prepared) => prepared.close().catch(() => {})));
    await Promise.all(this.#instances.map((instance) => instance.close().catch(() => {})));
  }

  #prepareMs({ limits }: PrepareOptions): number {
    return (limits?.['wallMs'] ?? DEFAULT_TIMEOUT_MS) + this.#setup.guardMs;
  }

  /** A driver's promise: neither a hang, a rejection nor a throw instead of a promise is the suite's fault. */
  async #settled<T>(call: () => Promise<T>, ms: number, what: string): Promise<T> {
    let promise: Promise<T>;
    try {
      promise = Promise.resolve(call());
    } catch (error) {
      return this.fail(`${what} threw ${show(error)}`);
    }
    const outcome = await this.within(
      ms,
      promise.then(
        (value) => ({ value }),
        (reason: unknown) => ({ reason }),
      ),
      what,
    );
    return 'reason' in outcome ? this.fail(`${what} rejected with ${show(outcome.reason)}`) : outcome.value;
  }
}

/** Where a driver is first taken at its word: what it is given is the contract's, and what it answers is checked. */
function createContext(driver: JudgedDriver, config: IsolateConfig): Promise<IsolateContext> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above.
  return (driver as IsolateDriver).createContext(config);
}

/** Rejects like a driver where the driver has no such function. */
async function prepare(driver: JudgedDriver, options: PrepareOptions): Promise<PreparedDriver> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as in createContext.
  const extended = driver as IsolateDriver;
  if (extended.prepare === undefined) throw new TypeError('the driver has no function prepare');
  return extended.prepare(options);
}

class HungCall extends Error {}
