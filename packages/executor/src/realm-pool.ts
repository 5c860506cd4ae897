import type { Engine, Realm, RealmRequest } from './engine.ts';

/** Realms made ahead of need. A cache: an empty pool only means waiting for a cold one (law 7). */
export interface RealmPool {
  /**
   * A realm nobody has used, warm when one for an equal request is ready. Rejects as `createRealm` does. One whose
   * preparation went wrong comes only to who asked for it.
   */
  take(request: RealmRequest): Promise<Realm>;
  /** Makes what is missing. Called when a run has ended: while one begins, it would have to share the processor with this. */
  refill(): void;
  /** Disposes the unused ones and makes no more. */
  close(): void;
}

/** Requests that realms are kept ready for: those asked for last. */
const MAX_SHELVES = 3;
/** After so many failures in a row nothing is made ahead any more until somebody asks. */
const MAX_FAILURES = 3;

/** Keeps `count` realms ready for `first`, and for each of the few requests made last, refilling off the critical path. */
export function createRealmPool(engine: Engine, count: number, first: RealmRequest): RealmPool {
  /** Asked for last comes last. */
  let shelves: Shelf[] = [];
  let closed = false;

  function findShelf(request: RealmRequest): Shelf {
    const shelf = shelves.find((one) => isEqual(one.request, request)) ?? new Shelf(engine, count, request);
    shelves = [...shelves.filter((one) => one !== shelf), shelf];
    if (shelves.length > MAX_SHELVES) shelves.shift()?.close();
    return shelf;
  }

  if (count > 0) findShelf(first).scheduleRefill();
  return {
    take(request: RealmRequest): Promise<Realm> {
      if (count === 0 || closed) return makeRealm(engine, request);
      return findShelf(request).take();
    },
    refill(): void {
      for (const shelf of shelves) shelf.scheduleRefill();
    },
    close(): void {
      closed = true;
      for (const shelf of shelves) shelf.close();
      shelves = [];
    },
  };
}

interface Waiter {
  readonly resolve: (realm: Realm) => void;
  readonly reject: (error: unknown) => void;
}

/** The ready realms for one request. */
class Shelf {
  readonly request: RealmRequest;
  readonly #engine: Engine;
  readonly #count: number;
  #ready: Realm[] = [];
  #waiters: Waiter[] = [];
  #making = 0;
  #failures = 0;
  #scheduled = false;
  #closed = false;

  constructor(engine: Engine, count: number, request: RealmRequest) {
    this.#engine = engine;
    this.#count = count;
    this.request = request;
  }

  take(): Promise<Realm> {
    this.#failures = 0;
    const realm = this.#ready.shift();
    if (realm === undefined) {
      // Whoever has waited longest gets the realm that is made first, which may be one that was begun ahead.
      return new Promise((resolve, reject) => {
        this.#waiters.push({ resolve, reject });
        this.#make();
      });
    }
    // As long as another one is ready, nobody waits for what is missing.
    if (this.#ready.length === 0) this.scheduleRefill();
    return Promise.resolve(realm);
  }

  /** Begins to make what is missing, after what the caller has to do now. */
  scheduleRefill(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterThis(() => {
      this.#scheduled = false;
      this.#refill();
    });
  }

  close(): void {
    this.#closed = true;
    for (const realm of this.#ready) realm.dispose();
    this.#ready = [];
  }

  #refill(): void {
    const missing = this.#count - this.#ready.length - (this.#making - this.#waiters.length);
    if (this.#closed || this.#failures > MAX_FAILURES) return;
    // All at once: making one is mostly waiting for other threads.
    for (let begun = 0; begun < missing; begun++) this.#make();
  }

  #make(): void {
    this.#making++;
    makeRealm(this.#engine, this.request).then(
      (realm) => this.#made(realm),
      (error: unknown) => this.#failed(error),
    );
  }

  #made(realm: Realm): void {
    this.#making--;
    const isGood = (realm.prepared?.kind ?? 'emitted') === 'emitted';
    this.#failures = isGood ? 0 : this.#failures + 1;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve(realm);
    else if (isGood && !this.#closed) this.#ready.push(realm);
    else realm.dispose();
    // A request that has only ever failed is not tried again before somebody asks.
    if (isGood && waiter !== undefined) this.scheduleRefill();
    else if (waiter === undefined) this.#refill();
  }

  /** Of no consequence where nobody waits for it: a cold start will meet the same fault and report it to its run. */
  #failed(error: unknown): void {
    this.#making--;
    this.#failures++;
    if (this.#making < this.#waiters.length) {
      this.#waiters.shift()?.reject(error);
      this.scheduleRefill();
    } else this.#refill();
  }
}

declare const setImmediate: ((run: () => void) => unknown) | undefined;

/** Runs it as soon as the caller has let go of the thread. A timer, which is what browsers have, takes a millisecond. */
function afterThis(run: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(run);
  else setTimeout(run, 0);
}

/** Also a fault that is thrown before there is a promise is a rejection. */
async function makeRealm(engine: Engine, request: RealmRequest): Promise<Realm> {
  return engine.createRealm(request);
}

function isEqual(a: RealmRequest, b: RealmRequest): boolean {
  return (
    a.memoryBytes === b.memoryBytes &&
    a.stackBytes === b.stackBytes &&
    a.preparation?.timeoutMs === b.preparation?.timeoutMs &&
    a.preparation?.input === b.preparation?.input
  );
}
