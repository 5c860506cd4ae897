/**
 * A clock that has not moved while work of this many milliseconds was counted stands still: coarser than that is only a browser's that
 * hides the time from pages, by a few steps of which a deadline may be early there.
 */
const STILL_MS = 20;

/**
 * How long a realm executes. Where the host's clock goes on meanwhile that is what it says. In Cloudflare Workers it stands still until
 * the code has gone: there what the code does is counted, for as long as nothing better is known. What is counted is what a fast machine would
 * need, so that a deadline comes late rather than early: by half with plain loops and regular expressions, by ten or twenty times where most of the
 * work is in native code that loops little.
 */
export class TurnClock {
  readonly #now: () => number;
  #last = 0;
  /** Since the clock moved last, over however many turns. */
  #countedMs = 0;
  /** What clock and count were when the turn began. */
  #started: { readonly at: number; readonly countedMs: number } = { at: 0, countedMs: 0 };
  #earlierMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins a turn. What earlier ones counted was too much if the clock has moved by less since. */
  start(): void {
    const passedMs = this.#now() - this.#last;
    if (passedMs > 0) this.#earlierMs -= Math.max(0, this.#assumedMs - passedMs);
    this.#look(0);
    this.#started = { at: this.#last, countedMs: this.#assumedMs };
  }

  /** Tells of work done since the last call, as the milliseconds it takes at least, and returns how long the turn has taken. */
  count(leastMs: number): number {
    this.#look(leastMs);
    return this.#last - this.#started.at + Math.max(0, this.#assumedMs - this.#started.countedMs);
  }

  /** Ends the turn. */
  stop(): void {
    this.#earlierMs += this.count(0);
  }

  /** How long all turns that have ended took. */
  get totalMs(): number {
    return this.#earlierMs;
  }

  get #assumedMs(): number {
    return this.#countedMs < STILL_MS ? 0 : this.#countedMs;
  }

  #look(leastMs: number): void {
    const now = this.#now();
    if (now === this.#last) {
      this.#countedMs += leastMs;
    } else {
      this.#last = now;
      this.#countedMs = 0;
    }
  }
}
