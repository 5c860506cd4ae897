/** Where host time comes from. Tests bring their own. */
export interface HostTime {
  /** Milliseconds from an arbitrary start, never going back. */
  monotonicMs(): number;
  setTimer(run: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
}

/** The machine's own time. */
export const hostTime: HostTime = {
  monotonicMs: () => performance.now(),
  setTimer: (run, delayMs) => setTimeout(run, delayMs),
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what setTimer made comes here
  clearTimer: (timer) => clearTimeout(timer as Parameters<typeof clearTimeout>[0]),
};

/** The clocks of one run: its wall budget, its logical time, and what it spent waiting. */
export interface RunClock {
  /** Wall time spent so far, all attempts together. */
  wallMs(): number;
  /** Moves logical time to now, at least a microsecond past the turn before, and returns it. */
  advance(): number;
  /** Sets logical time to a recorded turn's. */
  set(nowMs: number): void;
  /** Logical time of the turn in progress or of the last one. */
  readonly nowMs: number;
  /** Call whenever the state may have changed: time passes as a tool wait while `waiting`. */
  noteWaiting(waiting: boolean): void;
  readonly toolWaitMs: number;
}

/** `startMs` is where logical time began, `spentMs` how much of the wall budget was gone when this executor took over. */
export function createRunClock(time: HostTime, startMs: number, spentMs: number): RunClock {
  const openedAt = time.monotonicMs();
  let nowMs = startMs;
  let waitingSince: number | undefined;
  let toolWaitMs = 0;
  const wallMs = (): number => spentMs + time.monotonicMs() - openedAt;
  return {
    wallMs,
    advance(): number {
      nowMs = Math.max(microseconds(startMs + wallMs()), microseconds(nowMs + 0.001));
      return nowMs;
    },
    set(recordedMs: number): void {
      nowMs = recordedMs;
    },
    get nowMs(): number {
      return nowMs;
    },
    noteWaiting(waiting: boolean): void {
      if (waiting === (waitingSince !== undefined)) return;
      const now = time.monotonicMs();
      if (waitingSince !== undefined) toolWaitMs += now - waitingSince;
      waitingSince = waiting ? now : undefined;
    },
    get toolWaitMs(): number {
      return toolWaitMs + (waitingSince === undefined ? 0 : time.monotonicMs() - waitingSince);
    },
  };
}

function microseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
