import { isMainThread } from 'node:worker_threads';

/** How long a stopped thread may take to come back before it is taken for lost: less than the outcome of such a run takes. Most need 5 ms. */
const RETURN_MS = 20;

/**
 * Threads of stopped guests that have not come back, in a process that has to live on. Node waits for them when it ends,
 * for ever or until it crashes: a process that wants to end with one left ends by SIGKILL instead.
 */
export class LostThreads {
  /** When each was stopped. */
  readonly #stoppedAt = new Map<object, number>();
  #hooked = false;

  add(owner: object): void {
    this.#stoppedAt.set(owner, performance.now());
    if (this.#hooked || !isMainThread) return;
    this.#hooked = true;
    process.once('exit', () => {
      const now = performance.now();
      for (const at of this.#stoppedAt.values()) if (now - at > RETURN_MS) process.kill(process.pid, 'SIGKILL');
    });
  }

  /** The thread came back. */
  delete(owner: object): void {
    this.#stoppedAt.delete(owner);
  }
}
