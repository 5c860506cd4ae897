import type { ValuePointer } from './vm-exports.ts';

/** A rejected promise that has no handler yet. Both values are kept alive, so that neither address is used again. */
interface Rejection {
  readonly promise: ValuePointer;
  readonly reason: ValuePointer;
}

/** What is needed of the VM. */
interface ValueKeeper {
  keep(value: bigint): ValuePointer | undefined;
  free(value: ValuePointer): void;
}

/** How many are followed at a time, and how many of them are told. A program can reject promises without end. */
const MAX_FOLLOWED = 1_000;
const MAX_TOLD = 10;

/**
 * The promises of one turn that were rejected and have no handler. QuickJS tells of each rejection without a handler, and
 * once more when it gets one after all.
 */
export class Rejections {
  readonly #keeper: ValueKeeper;
  /** By the promise's bits. Insertion order is the order of rejection. */
  readonly #unhandled = new Map<bigint, Rejection>();

  constructor(keeper: ValueKeeper) {
    this.#keeper = keeper;
  }

  note(promise: bigint, reason: bigint, isHandled: boolean): void {
    const known = this.#unhandled.get(promise);
    if (isHandled) {
      this.#unhandled.delete(promise);
      if (known !== undefined) this.#free(known);
    } else if (known === undefined && this.#unhandled.size < MAX_FOLLOWED) {
      const kept = this.#keeper.keep(promise);
      const keptReason = kept === undefined ? undefined : this.#keeper.keep(reason);
      if (kept !== undefined && keptReason !== undefined) this.#unhandled.set(promise, { promise: kept, reason: keptReason });
      else if (kept !== undefined) this.#keeper.free(kept);
    }
  }

  /** Ends the turn: hands over the first reasons, which live only while `describe` runs, and forgets all. */
  take(describe: (reason: ValuePointer) => string): string[] {
    const rejections = [...this.#unhandled.values()];
    this.#unhandled.clear();
    const texts = rejections.slice(0, MAX_TOLD).map(({ reason }) => describe(reason));
    for (const rejection of rejections) this.#free(rejection);
    return texts;
  }

  #free({ promise, reason }: Rejection): void {
    this.#keeper.free(promise);
    this.#keeper.free(reason);
  }
}
