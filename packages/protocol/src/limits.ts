import { keysOf, mapKeys } from './record.ts';

/** What one run may use. Units are in the names. Enforced by the executor, and again by the driver where it can see. */
export interface Limits {
  /** Total time from `execute()` to the outcome: queueing, compile, turns, tool waits, reconnects and replays. */
  readonly wallMs: number;
  /** Time spent executing guest code. */
  readonly cpuMs: number;
  /** Heap of the guest, ArrayBuffers and strings included. */
  readonly memoryBytes: number;
  /** Guest stack. Engines with a fixed stack ignore it and say so in their capabilities. */
  readonly stackBytes: number;
  /** Program text, UTF-8. */
  readonly maxCodeBytes: number;
  /** Tool calls of the whole run; the next one throws `ToolLimitError` inside the guest. */
  readonly maxCalls: number;
  /** Tool calls running at once; more are queued in call order. */
  readonly maxCallsInFlight: number;
  /** JSON text of one call's argument, UTF-8. */
  readonly maxArgumentBytes: number;
  /** JSON text of one tool's result, UTF-8. */
  readonly maxResultBytes: number;
  /** JSON text of the returned value, UTF-8. */
  readonly maxReturnBytes: number;
  /** All console lines of the run together, UTF-8. */
  readonly maxLogBytes: number;
  /** Console lines of the run. */
  readonly maxLogLines: number;
  /** Timers pending at once. */
  readonly maxTimers: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** One limit's default, floor (smaller is clamped or refused, see {@link parseLimits}) and ceiling. */
export interface LimitRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Every limit's default, least and greatest value. An executor may lower the ceilings; it never raises them.
 *
 * A guest may make all its calls in one turn, so the ceilings of `maxCalls` and `maxLogLines` also bound how large the
 * header of one message gets.
 */
export const LIMIT_RANGES: Readonly<Record<keyof Limits, LimitRange>> = {
  wallMs: { default: 30_000, min: 1, max: 24 * 60 * 60 * 1000 },
  cpuMs: { default: 30_000, min: 1, max: 24 * 60 * 60 * 1000 },
  memoryBytes: { default: 128 * MiB, min: 8 * MiB, max: 4096 * MiB },
  stackBytes: { default: 512 * KiB, min: 64 * KiB, max: 16 * MiB },
  maxCodeBytes: { default: 1 * MiB, min: 1, max: 64 * MiB },
  maxCalls: { default: 10_000, min: 0, max: 100_000 },
  maxCallsInFlight: { default: 256, min: 1, max: 10_000 },
  maxArgumentBytes: { default: 16 * MiB, min: 1, max: 256 * MiB },
  maxResultBytes: { default: 16 * MiB, min: 1, max: 256 * MiB },
  maxReturnBytes: { default: 16 * MiB, min: 1, max: 256 * MiB },
  maxLogBytes: { default: 1 * MiB, min: 0, max: 64 * MiB },
  maxLogLines: { default: 10_000, min: 0, max: 1_000_000 },
  maxTimers: { default: 1_000, min: 0, max: 100_000 },
};

/** Names of all limits, in table order. */
export const LIMIT_NAMES: readonly (keyof Limits)[] = keysOf(LIMIT_RANGES);

/** The limits of a run that asks for none. */
export const DEFAULT_LIMITS: Limits = Object.freeze(mapKeys(LIMIT_NAMES, (name) => LIMIT_RANGES[name].default));

/** The greatest value of every limit. */
export const LIMIT_CEILINGS: Limits = Object.freeze(mapKeys(LIMIT_NAMES, (name) => LIMIT_RANGES[name].max));

/** UTF-16 code units of a tool's name. Bounds the header of a turn, as `maxCalls` does. */
export const MAX_TOOL_NAME_LENGTH = 128;
