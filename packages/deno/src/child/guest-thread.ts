import type { RealmOrder, ThreadStart, TurnAnswer, TurnOrder } from './thread-messages.ts';

/** What a thread tells its realm. */
export interface ThreadListener {
  /** A console line as the guest runtime emits it. */
  line(text: string): void;
  answer(answer: TurnAnswer): void;
  /** The thread has failed, by no fault of a guest that is known. It says nothing any more. */
  failed(detail: string): void;
}

/** A thread of this process for realms, one at a time. Deno can end it only while it executes no JavaScript. */
export class GuestThread {
  readonly #worker: Worker;
  /** Realms it has had, the present one included. */
  realms = 0;
  /** The present realm's. */
  listener: ThreadListener | undefined;
  /** Called with what V8 has learned, where the thread was started to learn; with nothing when it fails at that. */
  learned: (codeCache: Uint8Array<ArrayBuffer> | undefined) => void = () => {};

  constructor(programUrl: string, start: ThreadStart) {
    this.#worker = new Worker(programUrl, { type: 'module', name: 'guest' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<string | TurnAnswer | Uint8Array<ArrayBuffer>>) => {
      if (typeof data === 'string') this.listener?.line(data);
      else if (data instanceof Uint8Array) this.learned(data);
      else this.listener?.answer(data);
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.listener?.failed(event.message);
      this.learned(undefined);
    });
    this.#worker.postMessage(start);
  }

  /** Has a fresh realm opened; turns may be ordered at once. */
  open(): void {
    const order: RealmOrder = null;
    this.realms++;
    this.#worker.postMessage(order);
  }

  take(order: TurnOrder): void {
    this.#worker.postMessage(order);
  }

  /** Ends it, as soon as it executes nothing. */
  end(): void {
    this.listener = undefined;
    this.#worker.terminate();
  }
}
