import type { Capabilities } from './capabilities.ts';
import type { ErrorCode } from './errors.ts';
import type { Limits } from './limits.ts';

/** The version of the protocol this package speaks. */
export const PROTOCOL_VERSION = 1;

/** How much of the language and platform a guest sees. `agent` is everything; see the driver contract. */
export type GlobalsPreset = 'minimal' | 'compute' | 'data' | 'agent';

/** `logical`: time moves only between turns and the run can be replayed. `live`: real time, no replay. */
export type ClockMode = 'logical' | 'live';

/** Something delivered into the guest at the start of a turn. */
export type TurnInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'settle'; readonly id: number; readonly ok: boolean }
  | { readonly kind: 'timer'; readonly id: number };

/** A tool call as the ledger remembers it. */
export interface CallRecord {
  /** 0, 1, 2, … in the order the guest made its calls. */
  readonly id: number;
  /** The tool's name as offered. */
  readonly tool: string;
  /** {@link hashText} of the argument's JSON text: what a replay is held against. */
  readonly hash: string;
}

/** What one turn delivered and what came out of it: all that is needed to deliver it again. */
export interface TurnRecord {
  /** 0 for the turn that starts the program. */
  readonly turn: number;
  /** Logical time during the turn: milliseconds since the epoch, with a fraction. */
  readonly nowMs: number;
  readonly inputs: readonly TurnInput[];
  readonly calls: readonly CallRecord[];
  /** Console lines the run has written up to the end of this turn. */
  readonly logLines: number;
}

/** The clocks and sizes of a finished run. */
export interface RunStats {
  /** Guest execution only. */
  readonly cpuMs: number;
  /** From `execute()` to the outcome. */
  readonly wallMs: number;
  /** With at least one tool call in flight and no guest code running. */
  readonly toolWaitMs: number;
  /** Waiting for a free place at the executor. */
  readonly queueWaitMs: number;
  /** Guest heap at the end, or 0 where the engine cannot tell. */
  readonly heapBytes: number;
  /** Turns taken, replayed ones included once. */
  readonly turns: number;
}

/** Level of one console line. */
export type LogLevel = 'log' | 'error' | 'warn' | 'info' | 'debug';

/** How a realm is prepared before a run begins in it. The same in every run of a prepared driver, so that one realm is as good as another. */
export interface PreparationHeader {
  /** Where its clock stands: milliseconds since the epoch. */
  readonly startMs: number;
  /** 64 hexadecimal digits: its chance. The run's own seed takes over when that starts. */
  readonly seed: string;
  /** What its evaluation may take. */
  readonly wallMs: number;
  /** Prepared code, UTF-8. */
  readonly maxCodeBytes: number;
  /** Whether `env` is there while the code is evaluated. If not, it comes with the run. */
  readonly env: boolean;
  /** True: nothing but the preparation is wanted, with its console lines. There is no program, and no turn is reported. */
  readonly trial: boolean;
}

/**
 * driver → executor. Payloads: code (a JSON string), tool names (a JSON array), `env` (a JSON value or `null`); with a
 * `preparation` also prepared code (a JSON string) and the names of the tools it declares (a JSON array).
 */
export interface OpenHeader {
  readonly type: 'open';
  readonly run: string;
  /** What the caller asks for; the executor clamps it to its ceilings. */
  readonly limits: Limits;
  /** Where the logical clock starts: the host's time, milliseconds since the epoch. */
  readonly startMs: number;
  /** How much of `wallMs` was spent before this message was sent. */
  readonly spentMs: number;
  readonly clock: ClockMode;
  readonly globals: GlobalsPreset;
  /** 64 hexadecimal digits. */
  readonly seed: string;
  /** How many `replay` messages follow for this run before anything else. */
  readonly replayTurns: number;
  /** Set when the realm begins with prepared code. */
  readonly preparation?: PreparationHeader;
  /** The run was perhaps what ended the last place it was executed in: best give it one that no other run shares. */
  readonly suspect?: boolean;
}

/** driver → executor. One recorded turn. Payloads: the settlement of each `settle` input, in order, as in {@link SettleHeader}. */
export interface ReplayHeader extends TurnRecord {
  readonly type: 'replay';
  readonly run: string;
}

/**
 * driver → executor. Outcomes of tool calls. Payloads: one per call, a JSON value or the empty text for `undefined`; an
 * {@link OutcomeError} where not ok.
 */
export interface SettleHeader {
  readonly type: 'settle';
  readonly run: string;
  readonly calls: readonly { readonly id: number; readonly ok: boolean }[];
}

/** driver → executor. Ends the run now, with this code. */
export interface AbortHeader {
  readonly type: 'abort';
  readonly run: string;
  readonly code: 'ABORTED' | 'DISPOSED' | 'TIMEOUT';
}

/** executor → driver, once, first. */
export interface HelloHeader {
  readonly type: 'hello';
  readonly version: number;
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** Runs this channel may carry at once. */
  readonly runsPerConnection: number;
}

/** executor → driver. The run has its realm and begins. */
export interface StartedHeader {
  readonly type: 'started';
  readonly run: string;
  readonly queueWaitMs: number;
}

/** executor → driver. Console lines. Payloads: one JSON string per line. */
export interface LogHeader {
  readonly type: 'log';
  readonly run: string;
  readonly turn: number;
  /** Number of the first line in this message; lines count from 0 over the whole run. */
  readonly seq: number;
  readonly levels: readonly LogLevel[];
}

/** executor → driver. One turn's report. Payloads: the argument text of each call. */
export interface TurnHeader extends TurnRecord {
  readonly type: 'turn';
  readonly run: string;
}

/** executor → driver, once, last. Payload: the value's JSON text, none for `undefined`, an {@link OutcomeError} for `failure`. */
export interface OutcomeHeader {
  readonly type: 'outcome';
  readonly run: string;
  readonly status: 'value' | 'undefined' | 'failure';
  readonly stats: RunStats;
}

/**
 * executor → driver, once, last, instead of an outcome: the place where the run was executed is gone, and nothing else of this
 * channel. The run can be opened again with its ledger, on this channel or another.
 */
export interface LostHeader {
  readonly type: 'lost';
  readonly run: string;
  /** `EXECUTOR_LOST`: nothing in it was to blame. */
  readonly code: 'EXECUTOR_LOST' | 'ENGINE_CRASHED' | 'MEMORY_LIMIT';
  /** The run may have been the cause. */
  readonly suspect: boolean;
  /** No other run was in that place. */
  readonly alone: boolean;
}

/** Either way. The sender gives up on the channel. Payload: a JSON string for people. */
export interface FaultHeader {
  readonly type: 'fault';
  readonly code: ErrorCode;
}

/** Either way; answered by `pong` with the same nonce as soon as the peer's thread is free. */
export interface PingHeader {
  readonly type: 'ping';
  readonly nonce: number;
}

/** The answer to `ping`. */
export interface PongHeader {
  readonly type: 'pong';
  readonly nonce: number;
}

/** What a driver half sends. */
export type DriverHeader = OpenHeader | ReplayHeader | SettleHeader | AbortHeader | FaultHeader | PingHeader | PongHeader;

/** What an executor half sends. */
export type ExecutorHeader =
  | HelloHeader
  | StartedHeader
  | LogHeader
  | TurnHeader
  | OutcomeHeader
  | LostHeader
  | FaultHeader
  | PingHeader
  | PongHeader;

/** Any header. */
export type Header = DriverHeader | ExecutorHeader;
