import type { OutcomeError, RunStats } from '@isomux/protocol';

/** One tool call of a run, as far as the host saw it. Times are milliseconds since `execute()` was called. */
export interface CallTiming {
  /** 0, 1, 2, … in the order the guest made its calls. */
  readonly id: number;
  readonly tool: string;
  /** When the tool's function was called. */
  readonly startedMs: number;
  /** When it settled. Absent when the run ended first. */
  readonly endedMs?: number;
  /** Whether the guest's call was fulfilled. Absent when the run ended first. */
  readonly ok?: boolean;
  /** UTF-16 length of the argument's JSON text. */
  readonly argumentLength: number;
  /** UTF-16 length of the text that was sent back. Absent when the run ended first. */
  readonly resultLength?: number;
}

/** What every result has, however the run ended. */
export interface RunReport {
  /** Every console line, complete and in order. `ERROR: `, `WARN: ` and `INFO: ` mark those levels. */
  logs: string[];
  readonly stats: RunStats;
  /** The tool calls in the order their tools were started. */
  readonly calls: readonly CallTiming[];
}

/** A program that came to its end. `value` has been through JSON; there is none when the program returned `undefined`. */
export interface Success<T = unknown> extends RunReport {
  readonly success: true;
  readonly value?: T;
  readonly error?: never;
}

/** A program that did not. Decide by `error.code`, never by its message. */
export interface Failure extends RunReport {
  readonly success: false;
  readonly error: OutcomeError;
  readonly value?: never;
}

/** How a run ended. TanStack's `ExecutionResult`, with the clocks and the timeline of tool calls. */
export type Result<T = unknown> = Success<T> | Failure;
