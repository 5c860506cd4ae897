import type { ThreadStart, TurnAnswer, TurnOrder } from './thread-messages.ts';

/** What a thread tells its realm. */
export interface ThreadListener {
  /** A console line as the guest runtime emits it. */
  line(text: string): void;
  answer(answer: TurnAnswer): void;
  /** The thread has failed, by no fault of a guest that is known. It says nothing any more. */
  failed(detail: string): void;
}

/** A thread of this process with a realm in it. Deno can end it only while it executes no JavaScript. */
export class GuestThread {
  readonly #worker: Worker;
  listener: ThreadListener | undefined;

  constructor(programUrl: string, start: ThreadStart) {
    this.#worker = new Worker(programUrl, { type: 'module', name: 'guest' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<string | TurnAnswer>) => {
      if (typeof data === 'string') this.listener?.line(data);
      else this.listener?.answer(data);
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.listener?.failed(event.message);
    });
    this.#worker.postMessage(start);
  }

  take(order: TurnOrder): void {
    this.#worker.postMessage(order);
  }

  end(): void {
    this.listener = undefined;
    this.#worker.terminate();
  }
}
