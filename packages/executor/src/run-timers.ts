import type { HostTime } from './run-clock.ts';

/** The host's side of a run's timers. */
export interface RunTimers {
  /** Adds a timer that is due at logical `nowMs + delayMs`. */
  set(id: number, nowMs: number, delayMs: number): void;
  /** False when no timer of this id is pending. */
  clear(id: number): boolean;
  /** Forgets a timer that a recorded turn has fired. False when there is none of this id. */
  take(id: number): boolean;
  /** Starts real timers for what is pending; before this only the table is kept, as a replay needs. */
  start(): void;
  /** Stops everything. */
  stop(): void;
  readonly pending: number;
}

/**
 * Timers fire in the order they are due, the earlier set first where two are due together, as in browsers. `logicalMs`
 * tells logical time as it is now; `fire` is called once for each timer that is due.
 *
 * One host timer, the alarm, serves them all. It is never later than the first one due and may be earlier: clearing
 * leaves it alone, so that neither setting nor clearing a timer looks at the others.
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

  function arm(atMs: number): void {
    if (alarm !== undefined && alarm.atMs <= atMs) return;
    disarm();
    alarm = { atMs, timer: time.setTimer(ring, Math.max(0, Math.ceil(atMs - logicalMs()))) };
  }

  function armFirst(): void {
    let first = Infinity;
    for (const { atMs } of due.values()) if (atMs < first) first = atMs;
    if (first < Infinity) arm(first);
  }

  function ring(): void {
    alarm = undefined;
    const now = logicalMs();
    const ready = [...due].filter(([, entry]) => entry.atMs <= now);
    ready.sort(([, a], [, b]) => a.atMs - b.atMs || a.order - b.order);
    for (const [id] of ready) {
      if (due.delete(id)) fire(id);
    }
    if (started) armFirst();
  }

  return {
    set(id: number, nowMs: number, delayMs: number): void {
      const atMs = nowMs + delayMs;
      due.set(id, { atMs, order: order++ });
      if (started) arm(atMs);
    },
    clear(id: number): boolean {
      const found = due.delete(id);
      if (due.size === 0) disarm();
      return found;
    },
    take: (id) => due.delete(id),
    start(): void {
      started = true;
      armFirst();
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
