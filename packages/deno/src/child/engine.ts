import { threadProgram } from '../generated/realm-bundle.ts';
import { createForeignBytesReader, MemoryWatch } from '@isomux/sandbox-process/child';
import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import { IsomuxError } from '@isomux/protocol';
import { DENO_CAPABILITIES } from '../capabilities.ts';
import { MIN_MEMORY_BYTES } from '../memory-class.ts';
import type { Reuse } from '../options.ts';
import { GuestThread } from './guest-thread.ts';
import { DenoRealm } from './realm.ts';
import { chunks, doorSource, training } from './realm-source.ts';
import type { ThreadStart } from './thread-messages.ts';

/** Options of {@link createDenoEngine}: what the engine tells the process that it lives in. */
export interface DenoEngineOptions {
  /** Whether a thread serves one run or several, one after the other. */
  readonly reuse: Reuse;
  /**
   * Called when the process should end at once: a guest's thread cannot be stopped, or memory not be had back. The runs to
   * blame have had their outcome. The fault is what the other runs' channel should close with.
   */
  readonly onDoomed: (fault: IsomuxError) => void;
  /** Called when the process had better end as soon as it has no run. */
  readonly onWorn: () => void;
  /** Called after a realm was disposed. */
  readonly onRealmDisposed: () => void;
}

/** An engine of threads with a V8 isolate each. */
export interface DenoEngine extends Engine {
  /** Resident memory that the realms alive have added to the process, as far as is known. */
  readonly accountedBytes: number;
  /** Lets V8 learn the guest runtime. Rejects where a thread cannot do it, and never ends where Deno cannot stop a loop. */
  learn(): Promise<void>;
}

const MiB = 1024 * 1024;
/** After so many realms a thread is ended, whatever its state. */
const MAX_REALMS = 50;
/** Threads kept at most that nobody is in. */
const MAX_IDLE = 8;
/** What a realm may leave in the heap, collected or not, and what it may leave resident. */
const MAX_LEFT_BYTES = 32 * MiB;

/** Resident memory a realm may add to its process: beside the heap, what V8 does not count, and garbage that is not yet collected. */
function budgetOf(memoryBytes: number): number {
  return memoryBytes * 1.5 + 128 * MiB;
}

/** Makes the engine of a child process: there is one in each. */
export function createDenoEngine(options: DenoEngineOptions): DenoEngine {
  return new ThreadEngine(options);
}

class ThreadEngine implements DenoEngine {
  readonly name = 'deno';
  readonly capabilities: Engine['capabilities'] = DENO_CAPABILITIES;
  readonly minMemoryBytes: number = MIN_MEMORY_BYTES;
  readonly #options: DenoEngineOptions;
  readonly #realms = new Set<DenoRealm>();
  readonly #programUrl: string = URL.createObjectURL(new Blob([threadProgram], { type: 'text/javascript' }));
  #start: ThreadStart = { doorSource, chunks };
  /** Threads that may serve a run. */
  #idle: GuestThread[] = [];
  #isDoomed = false;
  #isClosed = false;
  readonly #watch: MemoryWatch = new MemoryWatch({
    readBytes: createForeignBytesReader(),
    undecided: () => this.#doom('MEMORY_LIMIT', 'guests of this process together used more memory than they may'),
  });

  constructor(options: DenoEngineOptions) {
    this.#options = options;
  }

  get accountedBytes(): number {
    let sum = 0;
    for (const realm of this.#realms) sum += this.#watch.grownBytes(realm);
    return sum;
  }

  async learn(): Promise<void> {
    const thread = new GuestThread(this.#programUrl, { ...this.#start, training });
    const codeCache = await new Promise<Uint8Array<ArrayBuffer> | undefined>((resolve) => (thread.learned = resolve));
    if (codeCache === undefined) throw new IsomuxError('ENGINE_UNAVAILABLE', 'a thread of Deno could not run the guest runtime');
    this.#start = { ...this.#start, codeCache };
    // It has had no guest.
    this.#idle.push(thread);
  }

  async createRealm({ memoryBytes, preparation }: RealmRequest): Promise<Realm> {
    const thread = this.#idle.pop() ?? new GuestThread(this.#programUrl, this.#start);
    const realm = new DenoRealm(thread, {
      watch: this.#watch,
      budgetBytes: budgetOf(memoryBytes),
      doomed: (reason) => this.#doom('EXECUTOR_LOST', reason),
      worn: this.#options.onWorn,
      disposed: (disposed, inPeace) => this.#disposed(disposed, thread, inPeace),
    });
    this.#realms.add(realm);
    if (preparation !== undefined) await realm.prepare(preparation);
    return realm;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const realm of this.#realms) realm.dispose();
    for (const thread of this.#idle) thread.end();
    this.#idle = [];
    this.#watch.stop();
    return Promise.resolve();
  }

  #disposed(realm: DenoRealm, thread: GuestThread, inPeace: boolean): void {
    this.#realms.delete(realm);
    if (inPeace) {
      if (this.#isFit(realm, thread)) this.#idle.push(thread);
      // After what the caller has to do now: an outcome is on its way.
      else setTimeout(() => thread.end());
      this.#watch.forget(realm);
    }
    this.#options.onRealmDisposed();
  }

  #isFit(realm: DenoRealm, thread: GuestThread): boolean {
    if (this.#options.reuse === 'one-shot' || this.#isClosed) return false;
    if (thread.realms >= MAX_REALMS || this.#idle.length >= MAX_IDLE) return false;
    return realm.heapBytes <= MAX_LEFT_BYTES && this.#watch.grownBytes(realm) <= MAX_LEFT_BYTES;
  }

  #doom(code: 'EXECUTOR_LOST' | 'MEMORY_LIMIT', reason: string): void {
    if (this.#isDoomed) return;
    this.#isDoomed = true;
    this.#options.onDoomed(new IsomuxError(code, `the sandbox process has to end: ${reason}`));
  }
}
