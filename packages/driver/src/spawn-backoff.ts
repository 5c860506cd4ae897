import { monotonicMs } from './timers.ts';

/** Failures in a row after which a pool stops hoping and says so. */
const HOPELESS_AFTER = 3;

/** How long a pool waits after a worker that could not be had, before it tries again. */
export interface BackoffOptions {
  /** After the first failure. Doubles with each further one. */
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Counts failures in a row and says when to try again. */
export class SpawnBackoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #notBeforeMs = 0;
  #lastCause: unknown;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait until the next attempt; 0 for none. */
  get waitMs(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#notBeforeMs - monotonicMs());
  }

  /** After a failure, one attempt at a time. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** So many failures in a row that those who wait should be told. */
  get hopeless(): boolean {
    return this.#failures >= HOPELESS_AFTER;
  }

  get lastCause(): unknown {
    return this.#lastCause;
  }

  failed(cause: unknown): void {
    const { firstMs, maxMs } = this.#options;
    this.#notBeforeMs = monotonicMs() + Math.min(firstMs * 2 ** this.#failures, maxMs);
    this.#failures++;
    this.#lastCause = cause;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#lastCause = undefined;
  }
}
