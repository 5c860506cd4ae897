import type { HostTime } from './run-clock.ts';

/** The host's side of a run's timers. */
export interface RunTimers {
  /** Adds a timer that is due at logical `nowMs + delayMs`. */
  set(id: number, nowMs: number, delayMs: number): void;
  clear(id: number): void;
  /** Forgets a timer that a recorded turn has fired. */
  take(id: number): void;
  /** Starts real timers for what is pending; before this only the table is kept, as a replay needs. */
  start(): void;
  /** Stops everything. */
  stop(): void;
  readonly pending: number;
}

/**
 * Timers fire in the order they are due, the earlier set first where two are due together, as in browsers. `logicalMs`
 * tells logical time as it is now; `fire` is called once for each timer that is due.
 */
export function createRunTimers(time: HostTime, logicalMs: () => number, fire: (id: number) => void): RunTimers {
  const due = new Map<number, { readonly atMs: number; readonly order: number }>();
  let order = 0;
  let started = false;
  let alarm: { readonly timer: unknown; readonly atMs: number } | undefined;

  function disarm(): void {
    if (alarm !== undefined) time.clearTimer(alarm.timer);
    alarm = undefined;
  }

  function arm(): void {
    if (!started) return;
    let first: number | undefined;
    for (const { atMs } of due.values()) if (first === undefined || atMs < first) first = atMs;
    if (first === undefined) return disarm();
    if (alarm !== undefined && alarm.atMs === first) return;
    disarm();
    alarm = { atMs: first, timer: time.setTimer(ring, Math.max(0, Math.ceil(first - logicalMs()))) };
  }

  function ring(): void {
    alarm = undefined;
    const now = logicalMs();
    const ready = [...due].filter(([, entry]) => entry.atMs <= now);
    ready.sort(([, a], [, b]) => a.atMs - b.atMs || a.order - b.order);
    for (const [id] of ready) {
      if (due.delete(id)) fire(id);
    }
    arm();
  }

  return {
    set(id: number, nowMs: number, delayMs: number): void {
      due.set(id, { atMs: nowMs + delayMs, order: order++ });
      arm();
    },
    clear(id: number): void {
      if (due.delete(id)) arm();
    },
    take(id: number): void {
      due.delete(id);
    },
    start(): void {
      started = true;
      arm();
    },
    stop(): void {
      started = false;
      due.clear();
      disarm();
    },
    get pending(): number {
      return due.size;
    },
  };
}
