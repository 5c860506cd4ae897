import { IsomuxError, createOutcomeError, isIsomuxError } from '@isomux/protocol';
import { rebindTools } from './declared-tools.ts';
import type { ContextOptions, ExecuteOptions, ToolBinding } from './isolate-driver.ts';
import { inherit, resolveLimits } from './options.ts';
import type { ContextSettings } from './options.ts';
import type { PreparedContext } from './prepared-driver.ts';
import type { Failure, Result } from './result.ts';
import type { Run } from './run.ts';
import type { RunPlan } from './run-plan.ts';

/** What a context needs of its driver. */
export interface ContextHost {
  /** Makes a run; the context starts it. */
  createRun(plan: Pick<RunPlan, 'code' | 'tools' | 'limits' | 'clock' | 'globals' | 'env' | 'affinityKey' | 'observers' | 'signals'>): Run;
  /** Called once, when the context is disposed. */
  disposed(context: PreparedContext<string>): void;
  /** Names of the tools that the prepared code declares; undefined without any prepared code. */
  readonly declared: readonly string[] | undefined;
}

/** Options of an execute in any context. What only prepared code has use for is refused elsewhere. */
interface AnyExecuteOptions extends ExecuteOptions {
  readonly bindings?: Partial<ContextOptions['bindings']> | undefined;
}

/** The context of one `createContext`: a table of tools, settings, and the runs that are under way. */
export class IsolateContext implements PreparedContext<string> {
  readonly #host: ContextHost;
  readonly #tools: ReadonlyMap<string, ToolBinding>;
  readonly #settings: ContextSettings;
  readonly #runs = new Set<Run>();
  #disposed = false;

  constructor(host: ContextHost, tools: ReadonlyMap<string, ToolBinding>, settings: ContextSettings) {
    this.#host = host;
    this.#tools = tools;
    this.#settings = settings;
  }

  async execute<T = unknown>(code: string, options: AnyExecuteOptions = {}): Promise<Result<T>> {
    if (this.#disposed) return refused(new IsomuxError('DISPOSED', 'The context has been disposed. Create another one to run programs.'));
    let run: Run;
    try {
      run = this.#createRun(code, options);
    } catch (error) {
      return refused(error);
    }
    this.#runs.add(run);
    run.start();
    const result = await run.result;
    this.#runs.delete(run);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The value is what the program returned: only the caller can know its type.
    return result as Result<T>;
  }

  #createRun(code: string, options: AnyExecuteOptions): Run {
    if (typeof code !== 'string') throw new IsomuxError('INVALID_OPTION', 'The program must be a string of JavaScript.');
    const { limits, signals, observers } = inherit(options, this.#settings);
    const { clock, globals, env, affinityKey } = this.#settings;
    const tools = rebindTools(this.#tools, options.bindings, this.#host.declared);
    return this.#host.createRun({ code, tools, limits: resolveLimits(limits), clock, globals, env, affinityKey, observers, signals });
  }

  dispose(): Promise<void> {
    if (!this.#disposed) {
      this.#disposed = true;
      for (const run of this.#runs) run.end('DISPOSED', 'The context has been disposed. Create another one to run programs.');
      this.#host.disposed(this);
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** The result of an execute that could not begin. */
function refused(error: unknown): Failure {
  const outcome = isIsomuxError(error)
    ? createOutcomeError(error.code, error.message)
    : createOutcomeError('INVALID_OPTION', 'The options of this execute could not be read.');
  const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };
  return { success: false, error: outcome, logs: [], stats, calls: [] };
}
