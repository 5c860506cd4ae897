import { isIsomuxError } from '@isomux/protocol';
import { monotonicMs } from './timers.ts';

/** Failures in a row after which a pool stops hoping and says so. */
const HOPELESS_AFTER = 3;

/** The same for workers that somebody killed before they were of use. That says little of the next one, so neither is any made to wait at first. */
const HOPELESS_AFTER_KILLS = 64;
const UNHURRIED_AFTER_KILLS = 3;

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
  #kills = 0;
  #notBeforeMs = 0;
  #lastCause: unknown;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How long to wait until the next attempt; 0 for none. */
  get waitMs(): number {
    return Math.max(0, this.#notBeforeMs - monotonicMs());
  }

  /** After a failure, one attempt at a time. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** So many failures in a row that those who wait should be told. */
  get hopeless(): boolean {
    return this.#failures >= HOPELESS_AFTER || this.#kills >= HOPELESS_AFTER_KILLS;
  }

  get lastCause(): unknown {
    return this.#lastCause;
  }

  /** `EXECUTOR_LOST` says that the worker was killed from outside. */
  failed(cause: unknown): void {
    const { firstMs, maxMs } = this.#options;
    this.#lastCause = cause;
    let waitMs = 0;
    if (!isIsomuxError(cause) || cause.code !== 'EXECUTOR_LOST') waitMs = Math.min(firstMs * 2 ** this.#failures++, maxMs);
    else if (++this.#kills > UNHURRIED_AFTER_KILLS) waitMs = firstMs;
    this.#notBeforeMs = monotonicMs() + waitMs;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#kills = 0;
    this.#notBeforeMs = 0;
    this.#lastCause = undefined;
  }
}
