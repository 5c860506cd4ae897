import type { Isolate } from 'isolated-vm';
import type { OpenedDoor } from './door.ts';
import type { IsolateKeeper } from './isolate-keeper.ts';
import type { MemoryWatch } from '@isomux/sandbox-process/child';
import type { IsolatedVmRealm } from './realm.ts';

/** An isolate for guests, over the runs it serves. */
export interface GuestIsolate {
  readonly isolate: Isolate;
  readonly memoryLimitMb: number;
  /** Realms it has had, the present one included. */
  realms: number;
  /** The present realm, or the last one. */
  tenant: IsolatedVmRealm | undefined;
  opened: OpenedDoor | undefined;
}

const MiB = 1024 * 1024;
/** After so many realms an isolate is ended, whatever its state. */
const MAX_REALMS = 50;
/** Isolates kept at most that nobody is in. */
const MAX_IDLE = 8;
/** What a realm may leave resident, for all that is known. */
const MAX_GROWN_BYTES = 32 * MiB;
/** What a realm may leave in the heap, collected or not: this share of the limit, but room for a few contexts. */
const HEAP_SHARE = 1 / 4;
const MIN_HEAP_BYTES = 8 * MiB;

/**
 * Isolates that have served a run and may serve another, for engines that are told to reuse them. Only those come here
 * whose realm was left in peace: its last turn had ended by itself, so that no microtask, no rejection and no timer of it
 * can run any more. Globals, prototypes and everything else of the language belong to the context, which is let go.
 */
export class UsedIsolates {
  readonly #keeper: IsolateKeeper;
  readonly #watch: MemoryWatch;
  readonly #looking = new Set<Promise<void>>();
  #idle: GuestIsolate[] = [];
  #closed = false;

  constructor(keeper: IsolateKeeper, watch: MemoryWatch) {
    this.#keeper = keeper;
    this.#watch = watch;
  }

  /** Resident memory on the account of those kept. */
  get accountedBytes(): number {
    return this.#idle.reduce((sum, guest) => sum + this.#grownBytes(guest), 0);
  }

  /** One for this limit; waits for those that are being looked at, which takes less than making one. */
  async take(memoryLimitMb: number): Promise<GuestIsolate | undefined> {
    while (true) {
      const index = this.#idle.findIndex((guest) => guest.memoryLimitMb === memoryLimitMb);
      if (index !== -1) return this.#idle.splice(index, 1)[0];
      if (this.#looking.size === 0) return undefined;
      await Promise.race(this.#looking);
    }
  }

  /** Lets go of the isolate's context and keeps the isolate, or ends it. */
  give(guest: GuestIsolate): void {
    guest.opened?.door.release();
    guest.opened?.context.release();
    guest.opened = undefined;
    const looking = this.#isFit(guest).then((isFit) => {
      this.#looking.delete(looking);
      if (isFit && !this.#closed && this.#idle.length < MAX_IDLE) this.#idle.push(guest);
      else this.#end(guest);
    });
    this.#looking.add(looking);
  }

  /** Resolves when all have been given to the keeper to be ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const guest of this.#idle) this.#end(guest);
    this.#idle = [];
    await Promise.all(this.#looking);
  }

  #end({ isolate, tenant }: GuestIsolate): void {
    if (tenant !== undefined) this.#watch.forget(tenant);
    this.#keeper.end(isolate);
  }

  #grownBytes({ tenant }: GuestIsolate): number {
    return tenant === undefined ? 0 : this.#watch.grownBytes(tenant);
  }

  async #isFit(guest: GuestIsolate): Promise<boolean> {
    const { isolate, memoryLimitMb, realms } = guest;
    if (realms >= MAX_REALMS || this.#grownBytes(guest) > MAX_GROWN_BYTES) return false;
    try {
      const heap = await isolate.getHeapStatistics();
      return heap.used_heap_size + heap.externally_allocated_size <= Math.max(MIN_HEAP_BYTES, memoryLimitMb * MiB * HEAP_SHARE);
    } catch {
      return false;
    }
  }
}
