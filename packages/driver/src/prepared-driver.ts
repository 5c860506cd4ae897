import type { GlobalsPreset, LimitsInput } from '@isomux/protocol';
import type { Context, ContextOptions, Driver, ExecuteOptions, ToolBinding } from './isolate-driver.ts';
import type { Result } from './result.ts';

/** The limits that evaluating prepared code has for itself. */
export type PreparationLimits = Pick<LimitsInput, 'wallMs' | 'maxCodeBytes' | 'memoryBytes' | 'stackBytes' | 'maxLogBytes' | 'maxLogLines'>;

/** What `driver.prepare` evaluates, and under what. */
export interface PrepareOptions<Tool extends string = never> {
  /**
   * The text of a strict script. The names it declares at its top level are seen by every program, with live bindings, and
   * hide globals and tools of the same name; they are no properties of `globalThis`. It runs to its end at once: no
   * `await` or `return` at its top level. Its promise jobs run, too; it may call no tool and set no timer.
   */
  readonly code: string;
  /**
   * Tools that its functions call when programs call those. Each name is a global of the right type from the beginning and
   * works once a program runs; every context has to bind it.
   */
  readonly tools?: readonly Tool[] | undefined;
  /** JSON data, visible as the frozen global `env` while the code is evaluated and ever after. Default: the driver's. */
  readonly env?: unknown;
  /** Under which preset the code is evaluated, and its programs run. Default: the driver's. */
  readonly globals?: GlobalsPreset | undefined;
  /** `limits.wallMs` by the name it has elsewhere, in milliseconds. */
  readonly timeout?: number | undefined;
  /** `limits.memoryBytes` by the name it has elsewhere, in MB of 1024 × 1024 bytes. */
  readonly memoryLimit?: number | undefined;
  /**
   * Of the evaluation: `wallMs` (default 5000), `maxCodeBytes`, and for the lines in `logs` `maxLogBytes` and `maxLogLines`.
   * `memoryBytes` and `stackBytes` are those of one realm, which code and program share: contexts take them over.
   */
  readonly limits?: PreparationLimits | undefined;
  /** Gives up preparing, with `ABORTED`. Without effect once `prepare` has settled. */
  readonly signal?: AbortSignal | undefined;
}

/** Bindings that have each declared tool, as far as their type tells: that of a table made at run time does not. */
export type BindingsWith<Tool extends string, Given> = string extends keyof Given
  ? Given
  : Given & { readonly [Name in Tool]: ToolBinding };

/** The options of a context of a {@link PreparedDriver}. */
export interface PreparedContextOptions<Tool extends string, Given> extends Omit<ContextOptions, 'bindings'> {
  /** The tools, every declared one among them. */
  readonly bindings: BindingsWith<Tool, Given>;
}

/** The options of one `execute` in a context of a {@link PreparedDriver}. */
export interface PreparedExecuteOptions<Tool extends string = never> extends ExecuteOptions {
  /** Declared tools that are another function for this execute. */
  readonly bindings?: ([Tool] extends [never] ? never : { readonly [Name in Tool]?: ToolBinding }) | undefined;
}

/** A context whose programs begin with prepared code evaluated. */
export interface PreparedContext<Tool extends string = never> extends Context {
  /** Runs a program as {@link Context.execute} does. Each has a realm of its own: what it changes, no other sees. */
  execute<T = unknown>(code: string, options?: PreparedExecuteOptions<Tool>): Promise<Result<T>>;
}

/**
 * A driver whose contexts start with code already evaluated. It shares the backend of the driver that made it, which
 * closes it with itself. Closing it leaves that one open.
 */
export interface PreparedDriver<Tool extends string = never> extends Driver {
  /** The console lines that evaluating the code once has written. In runs they go nowhere. */
  readonly logs: readonly string[];
  /**
   * Makes a context. Beside what {@link Driver.createContext} refuses, rejects with `INVALID_OPTION` when a declared tool is
   * not bound, for another preset of globals, and for an `env` where the preparation has seen one.
   */
  createContext<Given extends Readonly<Record<string, ToolBinding>>>(
    options: PreparedContextOptions<Tool, Given>,
  ): Promise<PreparedContext<Tool>>;
  /** Rejects with `INVALID_OPTION`: code is prepared in one piece. */
  prepare(options: PrepareOptions<string>): Promise<never>;
}
