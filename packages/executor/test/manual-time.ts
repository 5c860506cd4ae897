import type { HostTime } from '../src/run-clock.ts';

/** Host time that stands still until the test moves it. */
export interface ManualTime extends HostTime {
  /** Moves time, runs each timer at its moment, and lets everything settle that follows from it. */
  advance(ms: number): Promise<void>;
  /** Timers set and neither run nor cleared. */
  readonly pending: number;
}

/** `calm` waits for what follows from a timer that has run. */
export function createManualTime(calm: () => Promise<void> = settled): ManualTime {
  let nowMs = 0;
  let ids = 0;
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();

  function nextDue(untilMs: number): number | undefined {
    let first: { readonly id: number; readonly atMs: number } | undefined;
    for (const [id, { atMs }] of timers) if (atMs <= untilMs && (first === undefined || atMs < first.atMs)) first = { id, atMs };
    return first?.id;
  }

  return {
    monotonicMs: () => nowMs,
    setTimer(run: () => void, delayMs: number): number {
      timers.set(++ids, { atMs: nowMs + delayMs, run });
      return ids;
    },
    clearTimer(timer: unknown): void {
      timers.delete(timer as number);
    },
    async advance(ms: number): Promise<void> {
      const untilMs = nowMs + ms;
      await calm();
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = Math.max(nowMs, timer?.atMs ?? 0);
        timer?.run();
        await calm();
      }
      nowMs = untilMs;
    },
    get pending(): number {
      return timers.size;
    },
  };
}

/** When every microtask, and what Node's loop had ready, has run. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}
