/** A timer that was set and can be taken back. */
export interface Timer {
  /** Idempotent, and harmless after the timer has fired. */
  clear(): void;
}

/**
 * Calls `fire` once after `delayMs`. An `unref`ed timer does not keep a Node process alive; a run's own timers do keep it,
 * so that a process does not end under a run that is about to time out.
 */
export function setTimer(delayMs: number, fire: () => void, options?: { readonly unref: boolean }): Timer {
  const handle = setTimeout(fire, Math.max(0, delayMs));
  if (options?.unref === true && canUnref(handle)) handle.unref();
  return { clear: () => clearTimeout(handle) };
}

/** Node, Deno and Bun: elsewhere a timer is a number, and no process waits for it. */
function canUnref(handle: unknown): handle is { unref(): void } {
  return typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function';
}

/** Milliseconds on a clock that never goes back. */
export function monotonicMs(): number {
  return performance.now();
}

/** To the microsecond: what is finer is noise, and long to read. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
