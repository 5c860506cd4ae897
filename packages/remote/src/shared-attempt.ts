import { abortable } from './timers.ts';

/** Something that one does for many: under way at most once at a time, and given up when nobody waits for it any more. */
export class SharedAttempt {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  #current: { readonly controller: AbortController; readonly done: Promise<void>; waiting: number } | undefined;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  /** Waits for the attempt that is under way, or begins one. Rejects as it does, or with the signal's reason. */
  async join(signal: AbortSignal): Promise<void> {
    const attempt = (this.#current ??= this.#begin());
    attempt.waiting++;
    try {
      await abortable(attempt.done, signal);
    } finally {
      if (--attempt.waiting === 0 && this.#current === attempt) {
        this.#current = undefined;
        attempt.controller.abort(new Error('nobody waits for it any more'));
      }
    }
  }

  #begin(): { readonly controller: AbortController; readonly done: Promise<void>; waiting: number } {
    const controller = new AbortController();
    const done = this.#work(controller.signal);
    const attempt = { controller, done, waiting: 0 };
    const over = (): void => {
      if (this.#current === attempt) this.#current = undefined;
    };
    done.then(over, over);
    return attempt;
  }
}
