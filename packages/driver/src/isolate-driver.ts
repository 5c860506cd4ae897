import type { ClockMode, GlobalsPreset, LimitsInput } from '@isomux/protocol';
import type { RunObserver } from './events.ts';
import type { PreparedDriver, PrepareOptions } from './prepared-driver.ts';
import type { Result } from './result.ts';

/**
 * What a tool gets beside its argument. TanStack's `ToolExecutionContext` by structure, so that a tool written for it
 * finds the fields it knows.
 */
export interface ToolContext {
  /** Aborts when the run ends in any way: it finished, failed, timed out, was aborted or disposed. */
  readonly abortSignal: AbortSignal;
  /** Reports something of the tool's own to {@link RunObserver}, as a `tool-event`. Never throws; after the run's end it does nothing. */
  readonly emitCustomEvent: (name: string, value: Record<string, unknown>) => void;
}

/** A host function the guest may call. TanStack's `ToolBinding` fits; only `execute` is looked at. */
export interface ToolBinding {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
  /**
   * Called once per guest call with the parsed argument, which is untrusted. It may return, or throw, at once or through
   * any thenable. The result crosses as JSON; a thrown value crosses as name, message and code, never as a stack.
   */
  execute(args: unknown, context?: ToolContext): unknown;
}

/** What one run may use, see and report. An execute inherits it from its context, and a context from its driver. */
export interface RunOptions {
  /** Limits by name; they win over `timeout` and `memoryLimit`. */
  readonly limits?: LimitsInput | undefined;
  /** Ends the run with `ABORTED`. Already aborted: the run does not begin. */
  readonly signal?: AbortSignal | undefined;
  /** Told of everything as it happens. Observers of driver, context and execute are all called, in this order. */
  readonly onEvent?: RunObserver | undefined;
}

/** The options of one `execute`. */
export interface ExecuteOptions extends RunOptions {}

/** The options of a context. TanStack's `IsolateConfig` fits. */
export interface ContextOptions extends RunOptions {
  /** The tools, by the global name under which the guest calls them. */
  readonly bindings: Readonly<Record<string, ToolBinding>>;
  /** Wall budget of each execute in milliseconds; `limits.wallMs` by TanStack's name. Default 30000. */
  readonly timeout?: number | undefined;
  /** Guest heap in MB of 1024 × 1024 bytes; `limits.memoryBytes` by TanStack's name. Default 128; too little is clamped up. */
  readonly memoryLimit?: number | undefined;
  /** JSON data, visible to the guest as the frozen global `env`. Copied when the context is created. */
  readonly env?: unknown;
  /** How much of the language and platform the guest sees. Default `agent`, which is everything. */
  readonly globals?: GlobalsPreset | undefined;
  /** `logical` (default): time moves only between turns, chance is seeded, a lost run is replayed. `live` gives that up. */
  readonly clock?: ClockMode | undefined;
  /**
   * Names what contexts have in common, such as a conversation or a tenant, up to 256 characters. A remote driver with several
   * endpoints sends runs with the same key to the same one while it is well. It promises nothing, and never leaves the host.
   */
  readonly affinityKey?: string | undefined;
}

/** Tools and limits under which programs run. It holds no sandbox of its own: each execute gets a fresh realm. */
export interface Context {
  /**
   * Runs a program: the text of an async function body, `return` and `await` at its top level. Never rejects; whatever
   * goes wrong is in the result. Executes of one context may overlap and know nothing of each other.
   */
  execute<T = unknown>(code: string, options?: ExecuteOptions): Promise<Result<T>>;
  /** Settles every running execute with `DISPOSED` and refuses new ones. Never throws; a second call does nothing. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** TanStack's `IsolateDriver`, with more in its contexts and results. */
export interface Driver {
  /**
   * Makes a context. Costs nothing: an executor is asked for only when a program runs.
   * Rejects with `INVALID_OPTION`, `TOOL_NAME_INVALID` or `DRIVER_CLOSED`.
   */
  createContext(options: ContextOptions): Promise<Context>;
  /**
   * Evaluates code once, to see that it can be, and makes a driver whose programs all begin with it evaluated: in a realm
   * kept ready, or copied, where the engine can, and evaluated again where it cannot, with the same time and chance.
   *
   * Rejects with `PREPARATION_FAILED` when the code fails, its error as the `cause`; with `INVALID_OPTION`,
   * `TOOL_NAME_INVALID`, `DRIVER_CLOSED` or `ABORTED`; and as a run ends that finds no executor.
   *
   * @example
   * const helpers = await driver.prepare({ code: 'const total = (items) => items.reduce((sum, { price }) => sum + price, 0)' });
   * await using context = await helpers.createContext({ bindings: {} });
   * const result = await context.execute('return total([{ price: 2 }, { price: 3 }])');
   */
  prepare<const Tool extends string = never>(options: PrepareOptions<Tool>): Promise<PreparedDriver<Tool>>;
  /** Disposes every context and prepared driver, and gives all connections back. New contexts are refused with `DRIVER_CLOSED`. Idempotent; never throws. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
