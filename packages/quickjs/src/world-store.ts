import type { RealmRequest, TurnResult } from '@isomux/executor';
import { QuickJSRealm } from './realm.ts';
import { NOBODY } from './vm.ts';
import { createWorld, restoreWorld, type World, type WorldImage, type WorldShape } from './world.ts';

/** What a realm begins with beyond the guest runtime. */
type Preparation = RealmRequest['preparation'];

/** Worlds of one shape and preparation: the image they are made of, and those that wait to be used again. */
interface Stock {
  readonly image: WorldImage;
  readonly prepared: TurnResult | undefined;
  /** Most recently used last. */
  readonly idle: World[];
}

/** What making the first world of its kind has come to: no stock when its preparation failed. */
type Made = Stock | { readonly image: undefined; readonly prepared: TurnResult };

const MiB = 1024 * 1024;
/** Bounds of what is kept for speed alone. An image of the bare runtime is a megabyte, a world that waits at most three. */
const MAX_IMAGES = 16;
const MAX_KEPT_BYTES = 64 * MiB;

/** Bounds of a {@link WorldStore}. */
interface WorldStoreBounds {
  readonly maxImages?: number | undefined;
  /** Of images, and as many of worlds that wait. */
  readonly maxBytes?: number | undefined;
}

/**
 * Makes realms of images. The first of its kind evaluates the guest runtime, and its preparation, in a new VM and captures
 * that; every other one begins as a copy. A VM whose run ended in order is put back to the image, byte for byte, before
 * another run gets it (docs/adr/0008-quickjs-memory-images.md).
 */
export class WorldStore {
  readonly #maxImages: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #stocks = new Map<string, Stock>();
  readonly #making = new Map<string, Promise<Made>>();
  #idleBytes = 0;
  #isClosed = false;

  constructor(now: () => number, { maxImages = MAX_IMAGES, maxBytes = MAX_KEPT_BYTES }: WorldStoreBounds = {}) {
    this.#maxBytes = maxBytes;
    this.#now = now;
    this.#maxImages = maxImages;
  }

  /** A realm that nobody has used. Rejects with a `VmFault`, or with what the host throws when it has no memory. */
  async take(shape: WorldShape, preparation: Preparation): Promise<QuickJSRealm> {
    const key = `${shape.heapBytes} ${shape.stackBytes} ${preparation?.input ?? ''}`;
    const made = this.#recall(key) ?? (await this.#make(key, shape, preparation));
    const { image, prepared } = made;
    if (image === undefined) return new QuickJSRealm({ world: undefined, prepared, release: () => undefined, now: this.#now });
    const world = this.#reuse(made) ?? (await restoreWorld(shape, image));
    return new QuickJSRealm({ world, prepared, release: (released) => this.#release(key, made, released), now: this.#now });
  }

  /** Lets everything go that waits, and keeps nothing from now on. */
  close(): void {
    this.#isClosed = true;
    for (const key of this.#stocks.keys()) this.#forget(key);
  }

  #recall(key: string): Stock | undefined {
    const stock = this.#stocks.get(key);
    if (stock === undefined) return undefined;
    this.#stocks.delete(key);
    this.#stocks.set(key, stock);
    return stock;
  }

  /** Of several that want the same at a time one makes it. */
  #make(key: string, shape: WorldShape, preparation: Preparation): Promise<Made> {
    const known = this.#making.get(key);
    if (known !== undefined) return known;
    const making = (async (): Promise<Made> => {
      try {
        const made = await make(shape, preparation, this.#now);
        if (made.image !== undefined) this.#keep(key, made);
        return made;
      } finally {
        this.#making.delete(key);
      }
    })();
    this.#making.set(key, making);
    return making;
  }

  #keep(key: string, stock: Stock): void {
    if (this.#isClosed) return;
    this.#stocks.set(key, stock);
    let imageBytes = 0;
    for (const [older, { image }] of [...this.#stocks].toReversed()) {
      imageBytes += image.vm.memory.low.length + image.vm.memory.heap.length;
      if (imageBytes > this.#maxBytes) this.#forget(older);
    }
    for (const oldest of this.#stocks.keys()) {
      if (this.#stocks.size <= this.#maxImages) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const stock = this.#stocks.get(key);
    this.#stocks.delete(key);
    for (const world of stock?.idle.splice(0) ?? []) this.#idleBytes -= world.vm.residentBytes;
  }

  #reuse({ image, idle }: Stock): World | undefined {
    const world = idle.pop();
    if (world === undefined) return undefined;
    this.#idleBytes -= world.vm.residentBytes;
    world.vm.restore(image.vm);
    return world;
  }

  #release(key: string, stock: Stock, world: World): void {
    const { vm } = world;
    if (!vm.isSound || this.#stocks.get(key) !== stock) return;
    vm.client = NOBODY;
    for (const { idle } of this.#stocks.values()) {
      // The worlds that have waited longest make room, of the kinds asked for least recently.
      while (this.#idleBytes + vm.residentBytes > this.#maxBytes) {
        const dropped = idle.shift();
        if (dropped === undefined) break;
        this.#idleBytes -= dropped.vm.residentBytes;
      }
    }
    stock.idle.push(world);
    this.#idleBytes += vm.residentBytes;
  }
}

/** The first world of its kind. It is not used for anything else: its stack and free memory are not as they would be in a copy. */
async function make(shape: WorldShape, preparation: Preparation, now: () => number): Promise<Made> {
  const world = await createWorld(shape);
  let prepared: TurnResult | undefined;
  if (preparation !== undefined) {
    const realm = new QuickJSRealm({ world, release: () => undefined, now });
    prepared = await realm.turn(preparation.input, preparation.timeoutMs);
    if (prepared.kind !== 'emitted') return { image: undefined, prepared };
  }
  return { image: { vm: world.vm.capture(), doors: world.doors }, prepared, idle: [] };
}
