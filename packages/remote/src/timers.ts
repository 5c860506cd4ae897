/** A timer that was set and can be taken back. */
export interface Timer {
  clear(): void;
}

/** Calls `fire` once after `delayMs`. */
export function setTimer(delayMs: number, fire: () => void): Timer {
  const handle = setTimeout(fire, Math.max(0, delayMs));
  return { clear: () => clearTimeout(handle) };
}

/** Milliseconds on a clock that never goes back. */
export function monotonicMs(): number {
  return performance.now();
}

/** Resolves after `delayMs`, or as soon as the signal aborts. */
export function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      timer.clear();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimer(delayMs, done);
    signal.addEventListener('abort', done);
  });
}

/**
 * What `work` comes to, unless the signal aborts first: then a rejection with the signal's reason, and `late` gets what comes
 * all the same.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal, late: (value: T) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- Who aborted gave the reason.
      reject(signal.reason);
      void work.then(late, () => {});
    };
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/**
 * Does `work` with a signal that aborts when the outer one does, and after `timeoutMs` with what `expired` makes. The work must
 * reject when it is aborted.
 */
export async function withDeadline<T>(
  outer: AbortSignal,
  timeoutMs: number,
  expired: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const timer = setTimer(timeoutMs, () => inner.abort(expired()));
  const aborted = (): void => inner.abort(outer.reason);
  if (outer.aborted) aborted();
  outer.addEventListener('abort', aborted);
  try {
    return await work(inner.signal);
  } finally {
    timer.clear();
    outer.removeEventListener('abort', aborted);
  }
}

/** A wait that doubles with each failure, from `firstMs` up to `maxMs`, the half of it left to chance: many clients must not come at once. */
export function backoffMs(failures: number, firstMs = 50, maxMs = 2_000): number {
  const longest = Math.min(firstMs * 2 ** Math.max(0, failures - 1), maxMs);
  return longest * (0.5 + Math.random() / 2);
}
