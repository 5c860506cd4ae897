/**
 * Threads of guests that could not be stopped, in a process that has to live on. Node waits for every isolate's thread
 * before it ends: with one left, `process.exit` would hang for ever, so the process then ends by SIGKILL instead.
 */
export class LostThreads {
  readonly #lost = new Set<object>();
  #hooked = false;

  add(owner: object): void {
    this.#lost.add(owner);
    if (this.#hooked) return;
    this.#hooked = true;
    process.once('exit', () => {
      if (this.#lost.size > 0) process.kill(process.pid, 'SIGKILL');
    });
  }

  /** The thread came back after all. */
  delete(owner: object): void {
    this.#lost.delete(owner);
  }
}
