import type { LogLevel, OutcomeError } from '@isomux/protocol';
import type { Result } from './result.ts';

interface EventBase {
  /** The run's id: the same in all events of one execute, and unique. */
  readonly run: string;
  /** Milliseconds since `execute()` was called. */
  readonly atMs: number;
}

/** Something that happened in a run. */
export type RunEvent =
  /** The program has its realm and begins. Once, however often it is replayed. */
  | (EventBase & { readonly type: 'started'; readonly queueWaitMs: number })
  /** One console line. `seq` counts from 0; no line is told twice. */
  | (EventBase & { readonly type: 'console'; readonly seq: number; readonly level: LogLevel; readonly line: string })
  /** A tool is about to be called. `args` is the very object the tool gets. */
  | (EventBase & { readonly type: 'tool-call'; readonly id: number; readonly tool: string; readonly args: unknown })
  /** A tool settled well. `result` is what it returned, before it becomes JSON. */
  | (EventBase & {
      readonly type: 'tool-result';
      readonly id: number;
      readonly tool: string;
      readonly result: unknown;
      readonly durationMs: number;
    })
  /** A tool failed, or its result could not be passed on. `error` is what the guest gets. */
  | (EventBase & {
      readonly type: 'tool-error';
      readonly id: number;
      readonly tool: string;
      readonly error: OutcomeError;
      readonly durationMs: number;
    })
  /** A tool called its `emitCustomEvent`. */
  | (EventBase & {
      readonly type: 'tool-event';
      readonly id: number;
      readonly tool: string;
      readonly name: string;
      readonly value: Record<string, unknown>;
    })
  /** The guest was entered once and left again. */
  | (EventBase & { readonly type: 'turn'; readonly turn: number; readonly calls: number })
  /** An executor could not be reached, or was lost with the run unfinished. `cause` is for the host's own logs. */
  | (EventBase & { readonly type: 'connection-lost'; readonly attempt: number; readonly cause: unknown })
  /** The run is taken up on another executor, after this many recorded turns. */
  | (EventBase & { readonly type: 'replay'; readonly attempt: number; readonly turns: number })
  /** The ledger is over `ledgerMaxBytes`: the run goes on, but would not survive the loss of its executor. */
  | (EventBase & { readonly type: 'unrecoverable' })
  /** The last event of a run. */
  | (EventBase & { readonly type: 'finished'; readonly result: Result });

/**
 * Receives a run's events, at once and in order. What it throws, or rejects with, is dropped and disturbs neither the
 * run nor later events. It may abort the run or dispose the context from within.
 */
export type RunObserver = (event: RunEvent) => void;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An event before the run has put its id and the time on it. */
export type RunEventDetail = DistributiveOmit<RunEvent, keyof EventBase>;

/** Calls an observer so that nothing it does reaches the caller, a rejected promise of an async one included. */
export function notify(observer: RunObserver, event: RunEvent): void {
  try {
    const returned: unknown = observer(event);
    if (returned instanceof Promise) returned.catch(() => undefined);
  } catch {
    // An observer is told; it has no vote.
  }
}
