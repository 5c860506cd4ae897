/** A place to run in, or the reason there is none. */
export type Admission = 'admitted' | 'overloaded';

/** Bounds how many runs execute at once and how many wait. First come, first served. */
export interface AdmissionGate {
  /**
   * Resolves `admitted` when a place is free (at once if one is), `overloaded` at once when as many wait as may. When
   * `signal` aborts first, the place in the queue is given up and the promise stays pending for ever; callers have moved on.
   */
  enter(signal: AbortSignal): Promise<Admission>;
  /** Gives a place back. Exactly once for each `admitted`. */
  leave(): void;
  readonly running: number;
  readonly queued: number;
}

export function createAdmissionGate(maxRuns: number, maxQueuedRuns: number): AdmissionGate {
  let running = 0;
  const queue = new Set<() => void>();
  return {
    enter(signal: AbortSignal): Promise<Admission> {
      if (running < maxRuns) {
        running++;
        return Promise.resolve('admitted');
      }
      if (queue.size >= maxQueuedRuns) return Promise.resolve('overloaded');
      return new Promise((resolve) => {
        const admit = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve('admitted');
        };
        const giveUp = (): void => void queue.delete(admit);
        queue.add(admit);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
    leave(): void {
      const [next] = queue;
      if (next === undefined) {
        running--;
        return;
      }
      queue.delete(next);
      next();
    },
    get running(): number {
      return running;
    },
    get queued(): number {
      return queue.size;
    },
  };
}
