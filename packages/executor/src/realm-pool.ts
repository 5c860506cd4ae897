import type { Engine, Realm, RealmRequest } from './engine.ts';

/** Realms made ahead of need. A cache: an empty pool only means waiting for a cold one (law 7). */
export interface RealmPool {
  /** A realm nobody has used, warm when one of the right size is ready. Rejects as `createRealm` does. */
  take(request: RealmRequest): Promise<Realm>;
  /** Disposes the unused ones and makes no more. */
  close(): void;
}

/** Keeps `count` realms of the size asked for last ready, refilling off the critical path. */
export function createRealmPool(engine: Engine, count: number, first: RealmRequest): RealmPool {
  let shape = first;
  let ready: Realm[] = [];
  let making = 0;
  let closed = false;
  let failures = 0;

  function refill(): void {
    if (closed || failures > 3 || ready.length + making >= count) return;
    making++;
    const made = shape;
    create(made).then(
      (realm) => {
        making--;
        failures = 0;
        if (closed || made !== shape) realm.dispose();
        else ready.push(realm);
        refill();
      },
      () => {
        // A cold start will meet the same fault and report it to its run.
        making--;
        failures++;
        refill();
      },
    );
  }

  /** Also a fault that is thrown before there is a promise is a rejection. */
  async function create(request: RealmRequest): Promise<Realm> {
    return engine.createRealm(request);
  }

  function schedule(): void {
    if (count > 0) setTimeout(refill, 0);
  }

  schedule();
  return {
    take(request: RealmRequest): Promise<Realm> {
      failures = 0;
      if (request.memoryBytes === shape.memoryBytes && request.stackBytes === shape.stackBytes) {
        const realm = ready.shift();
        schedule();
        return realm === undefined ? create(request) : Promise.resolve(realm);
      }
      shape = { memoryBytes: request.memoryBytes, stackBytes: request.stackBytes };
      for (const realm of ready) realm.dispose();
      ready = [];
      schedule();
      return create(request);
    },
    close(): void {
      closed = true;
      for (const realm of ready) realm.dispose();
      ready = [];
    },
  };
}
