import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import { IsomuxError } from '@isomux/protocol';
import { QUICKJS_CAPABILITIES } from './capabilities.ts';
import type { ThreadMode } from './options.ts';
import { type GuestCode, guestCode } from './realm-source.ts';
import { VmFault } from './vm-fault.ts';
import { MAX_HEAP_BYTES } from './vm-memory.ts';
import { loadQuickJSModule } from './wasm-source.ts';
import { WorldStore } from './world-store.ts';

/** Options of {@link createQuickJSEngine}. */
export interface QuickJSEngineOptions {
  /** The module `@isomux/quickjs/wasm`, compiled. Default: read from beside this package and compiled once. */
  readonly module?: WebAssembly.Module | undefined;
  /** What the engine says of itself: see {@link QUICKJS_CAPABILITIES}. Default `inline`. */
  readonly thread?: ThreadMode | undefined;
  /**
   * No guest gets more stack than this. Default 256 KiB, which is safe on any thread with a native stack of a megabyte;
   * the native stack must have room for three times as much, and for what the caller has on it already. At most 4 MiB.
   */
  readonly maxStackBytes?: number | undefined;
  /**
   * The clock by which turns end, in milliseconds from anywhere, never going back. Default `performance.now`. Where it does not move while guest
   * code runs, as in Cloudflare Workers, turns end by what the code does, at their deadline or some time after it, and `cpuMs` is as rough.
   */
  readonly now?: (() => number) | undefined;
  /**
   * Bytes kept for speed alone: of memories that realms are copied from, and as many of memories that wait to be used again. Default 64 MiB each, and
   * at least what one of each takes. For places with little memory.
   */
  readonly maxKeptBytes?: number | undefined;
  /** @internal */
  readonly guestCode?: GuestCode | undefined;
}

const KiB = 1024;
/** The guest runtime and its lazy parts take a third of it. */
const MIN_MEMORY_BYTES = 2 * KiB * KiB;
/** Less than this is too little for the guest runtime itself. */
const MIN_STACK_BYTES = 64 * KiB;
/** The module's own stack is 5 MiB, and what lies beneath it is its static data. */
const MAX_STACK_BYTES = 4 * KiB * KiB;
const INLINE_STACK_BYTES = 256 * KiB;

/**
 * Makes an engine of QuickJS realms, each in a WebAssembly memory of its own. Guest code runs on the calling thread, and
 * stops at its deadline whatever it is doing; a thread that must stay responsive meanwhile needs the engine in another one.
 */
export function createQuickJSEngine(options: QuickJSEngineOptions = {}): Engine {
  return new QuickJSEngine(options);
}

class QuickJSEngine implements Engine {
  readonly name = 'quickjs';
  readonly capabilities: Engine['capabilities'];
  readonly minMemoryBytes: number = MIN_MEMORY_BYTES;
  readonly #options: QuickJSEngineOptions;
  readonly #maxStackBytes: number;
  readonly #worlds: WorldStore;

  constructor(options: QuickJSEngineOptions) {
    this.#options = options;
    this.capabilities = QUICKJS_CAPABILITIES[options.thread ?? 'inline'];
    this.#maxStackBytes = Math.min(MAX_STACK_BYTES, options.maxStackBytes ?? INLINE_STACK_BYTES);
    this.#worlds = new WorldStore(options.now ?? (() => performance.now()), { maxBytes: options.maxKeptBytes });
  }

  async createRealm({ memoryBytes, stackBytes, preparation }: RealmRequest): Promise<Realm> {
    const module = this.#options.module ?? (await loadQuickJSModule());
    const shape = {
      module,
      heapBytes: Math.min(MAX_HEAP_BYTES, Math.max(MIN_MEMORY_BYTES, memoryBytes)),
      stackBytes: Math.max(MIN_STACK_BYTES, Math.min(this.#maxStackBytes, stackBytes)),
      code: this.#options.guestCode ?? guestCode,
    };
    try {
      return await this.#worlds.take(shape, preparation);
    } catch (cause) {
      const detail = cause instanceof VmFault ? cause.message : 'the host has no memory for it, or does not support WebAssembly';
      throw new IsomuxError('ENGINE_CRASHED', `QuickJS could not make a realm: ${detail}`, { cause });
    }
  }

  /** Realms hold nothing but memory, which goes with them; so do those that wait. */
  close(): Promise<void> {
    this.#worlds.close();
    return Promise.resolve();
  }
}
