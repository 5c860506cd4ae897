import type { OutcomeError } from './errors.ts';
import type { LimitsInput } from './limit-parser.ts';

/**
 * A tool as a request of the round protocol offers it. Servers need the name alone; the rest is for those that tell
 * programs more about their tools.
 */
export interface ToolSchema {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of the argument. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** What a tool call came to, as a client gives it back. */
export interface ToolResultPayload {
  readonly success: boolean;
  /** Any JSON value; left out for `undefined`. */
  readonly value?: unknown;
  /** Where not `success`: the message of the error that the program gets. */
  readonly error?: string;
  /** Where not `success`: that error's name. Default `Error`. */
  readonly name?: string;
  /** Where not `success`: that error's code, if it has one. */
  readonly code?: string;
}

/** The body of `POST /execute`: one round of a run. The first has no results; each further one has all those so far. */
export interface ExecuteRequest {
  /** The program: JavaScript function-body text. The same in every round. */
  readonly code: string;
  /** The same in every round, in the same order. Default: none. */
  readonly tools?: readonly ToolSchema[] | undefined;
  /** By the ids of the calls, exactly as they came. */
  readonly toolResults?: Readonly<Record<string, ToolResultPayload>> | undefined;
  /** Wall budget in milliseconds. Default 30000. */
  readonly timeout?: number | undefined;
  /** Heap of the guest in MB of 1024 × 1024 bytes. Default 128. */
  readonly memoryLimit?: number | undefined;
  /** Any other limits. Servers that are not ours ignore them. */
  readonly limits?: LimitsInput | undefined;
  /** `['isomux.1']` of a client that would rather speak the whole protocol. Servers that do not know the field answer the round. */
  readonly accept?: readonly string[] | undefined;
}

/** A tool call that the client shall answer. */
export interface ToolCallRequest {
  /** `tc_0`, `tc_1`, … in the order of the run's calls. Ours may go on with a dot and a record of the run: it is given back as it is. */
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

/** The program ended, or was ended. */
export type ExecuteDone =
  | { readonly status: 'done'; readonly success: true; readonly value?: unknown; readonly logs: readonly string[] }
  | { readonly status: 'done'; readonly success: false; readonly error: OutcomeError; readonly logs: readonly string[] };

/** The program waits for these calls. The next round brings their results. */
export interface ExecuteNeedTools {
  readonly status: 'need_tools';
  /** The calls that no earlier round has named, in call order. */
  readonly toolCalls: readonly ToolCallRequest[];
  /** Console lines that no earlier round had. */
  readonly logs: readonly string[];
  /** Servers that know a run by an id may say it. Ours do not. */
  readonly continuationId?: string;
}

/** The server could not execute the program, or go on with it. */
export interface ExecuteError {
  readonly status: 'error';
  readonly error: OutcomeError;
}

/** Word of a server that speaks the whole protocol, to a client that would rather: the round was not looked at, and nothing was executed. */
export interface ExecuteUpgrade {
  readonly status: 'upgrade';
  /** The version that it speaks. */
  readonly protocol: number;
}

/** The answer to one round. */
export type ExecuteResponse = ExecuteDone | ExecuteNeedTools | ExecuteError;
