import { isMainThread } from 'node:worker_threads';

/** How long a thread may be in its guest for Node to wait for it when the process ends. Realms that are being made ready need less. */
const TURN_MS = 250;
/** How long one may take to come back from a guest that was stopped: less than the outcome of such a run takes. Most need 5 ms. */
const RETURN_MS = 20;

/**
 * Threads that are in a guest's code, in a process that has to live on. Node waits for them when it ends, for ever or until
 * it crashes: a process that wants to end while one is in a guest for longer than a moment ends by SIGKILL instead.
 */
export class BusyThreads {
  /** Until when each is waited for. */
  readonly #dueMs = new Map<object, number>();
  #hooked = false;

  /** The thread of `owner` is in its guest from now on. */
  enter(owner: object): void {
    this.#expect(owner, TURN_MS);
  }

  /** The guest was stopped. */
  stop(owner: object): void {
    this.#expect(owner, RETURN_MS);
  }

  #expect(owner: object, withinMs: number): void {
    this.#dueMs.set(owner, Math.min(this.#dueMs.get(owner) ?? Infinity, performance.now() + withinMs));
    if (this.#hooked || !isMainThread) return;
    this.#hooked = true;
    process.once('exit', () => {
      const now = performance.now();
      for (const dueMs of this.#dueMs.values()) if (now > dueMs) process.kill(process.pid, 'SIGKILL');
    });
  }

  /** The thread came back. */
  delete(owner: object): void {
    this.#dueMs.delete(owner);
  }
}
