import { clearInterval, setInterval } from 'node:timers';

/** A realm as the watch sees it: something that may grow while it is entered. */
export interface WatchedRealm {
  /** Resident memory it may add to the process. */
  readonly budgetBytes: number;
  /** Called once for every sample in which it is over its budget and clearly the one to blame. */
  overBudget(): void;
}

/** What the watch is made of; tests bring their own process. */
export interface MemoryWatchOptions {
  /** Resident memory of the process that is not the host's own JavaScript heap. */
  readonly readBytes: () => number;
  /** Several realms grew together past their budgets and nobody can say whose memory it is. */
  readonly undecided: (realms: readonly WatchedRealm[]) => void;
}

const SAMPLE_MS = 10;
/** Turns shorter than this are measured together. */
const COARSE_MS = 3;
/** How much more than the next one a realm must have grown to be blamed alone. */
const CLEAR_LEAD = 1.5;

/**
 * Holds realms to a budget of resident memory, by what the process grows while they run. V8's own limit is the first
 * line; this is the second, for what V8 does not count: its overshoot (up to a gigabyte at a time), the backing stores
 * of resizable buffers, and everything ICU allocates.
 *
 * Growth is shared out among the realms that are entered when it is seen. What is given back counts for those that grew
 * last, entered or not: what a turn leaves as garbage is collected after it as a rule, and the sum of all accounts must not
 * creep away from what the process holds. Samples are taken only while a realm is entered.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  /** Who grew last comes last. */
  readonly #grown = new Map<WatchedRealm, number>();
  readonly #entered = new Set<WatchedRealm>();
  #bytes = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** The realm's thread may be running from now on. */
  enter(realm: WatchedRealm): void {
    if (performance.now() - this.#sampledAt > COARSE_MS) this.#sample();
    this.#entered.add(realm);
    this.#timer ??= setInterval(() => this.#tick(), SAMPLE_MS).unref();
  }

  /** The realm's thread has come back. What it has grown stays on its account. */
  leave(realm: WatchedRealm): void {
    if (performance.now() - this.#sampledAt > COARSE_MS) this.#tick();
    this.#entered.delete(realm);
  }

  /** Bytes that are on the realm's account. */
  grownBytes(realm: WatchedRealm): number {
    return this.#grown.get(realm) ?? 0;
  }

  /** The realm is gone: whatever it has grown is on nobody's account. */
  forget(realm: WatchedRealm): void {
    this.#entered.delete(realm);
    this.#grown.delete(realm);
  }

  /** Puts what is on the account of a realm on that of the one that comes after it in the same isolate. */
  inherit(realm: WatchedRealm, from: WatchedRealm): void {
    this.#grown.set(realm, this.grownBytes(from));
    this.forget(from);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#entered.clear();
  }

  #tick(): void {
    if (this.#entered.size === 0) return this.stop();
    this.#sample();
    const over = [...this.#entered]
      .filter((realm) => this.grownBytes(realm) > realm.budgetBytes)
      .toSorted((a, b) => this.grownBytes(b) - this.grownBytes(a));
    const [first, second] = over;
    if (first === undefined) return;
    if (second === undefined || this.grownBytes(first) > CLEAR_LEAD * this.grownBytes(second)) first.overBudget();
    else this.#options.undecided(over);
  }

  #sample(): void {
    const bytes = this.#options.readBytes();
    const growth = bytes - this.#bytes;
    this.#bytes = bytes;
    this.#sampledAt = performance.now();
    if (growth > 0) for (const realm of this.#entered) this.#charge(realm, growth / this.#entered.size);
    else this.#credit(-growth);
  }

  #charge(realm: WatchedRealm, bytes: number): void {
    const grown = this.grownBytes(realm) + bytes;
    this.#grown.delete(realm);
    this.#grown.set(realm, grown);
  }

  #credit(bytes: number): void {
    let left = bytes;
    for (const [realm, grown] of [...this.#grown].toReversed()) {
      if (left <= 0) return;
      this.#grown.set(realm, Math.max(0, grown - left));
      left -= grown;
    }
  }
}

/** Resident memory of this process without the heap and buffers of its own JavaScript: what guests can account for. */
export function readForeignBytes(): number {
  const { rss, heapTotal, external } = process.memoryUsage();
  return rss - heapTotal - external;
}

/**
 * The same for a process that keeps its own heap small (see {@link collectOwnGarbage}): less the most that its own
 * JavaScript ever had. What a collection frees stays resident for a while, and must not look like growth of a guest.
 */
export function createForeignBytesReader(): () => number {
  let peakBytes = 0;
  return () => {
    const { rss, heapTotal, external } = process.memoryUsage();
    peakBytes = Math.max(peakBytes, heapTotal + external);
    return rss - peakBytes;
  };
}
