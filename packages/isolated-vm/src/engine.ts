import { IsomuxError } from '@isomux/protocol';
import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import type { Callback, ExternalCopy, Isolate, Reference, Script } from 'isolated-vm';
import { ISOLATED_VM_CAPABILITIES } from './capabilities.ts';
import { LostThreads } from './lost-threads.ts';
import { createForeignBytesReader, MemoryWatch, readForeignBytes } from './memory-watch.ts';
import { findAddon, type IsolatedVm, loadAddon } from './native-addon.ts';
import { createDoorSource, guestCode, type GuestCode } from './realm-source.ts';
import { type Door, IsolatedVmRealm } from './realm.ts';

/** Options of {@link createIsolatedVmEngine}. */
export interface IsolatedVmEngineOptions {
  /** Path of isolated-vm's compiled addon. Default: found beside the installed package. */
  readonly addonPath?: string;
  /**
   * Makes the engine fit for a process that is nothing but a sandbox and can be replaced. Called when this one should
   * end at once: a guest's thread cannot be stopped, or memory not be had back. The runs to blame have had their outcome.
   * The fault is what the other runs' channel should close with. Without it such threads and memory are left behind.
   */
  readonly onDoomed?: (fault: IsomuxError) => void;
  /**
   * Called when this process had better end as soon as it has no run: a guest has left memory in it, or its thread behind
   * for longer than usual. Comes before the outcome of the run to blame, unless that was aborted.
   */
  readonly onWorn?: () => void;
  /** Called after a realm was disposed. */
  readonly onRealmDisposed?: () => void;
  /** @internal */
  readonly guestCode?: GuestCode;
}

/** An engine of V8 isolates. */
export interface IsolatedVmEngine extends Engine {
  /** Resident memory that the realms alive have added to the process, as far as is known. */
  readonly accountedBytes: number;
}

const MiB = 1024 * 1024;
/** isolated-vm's own minimum is 8 MB, in which the guest runtime and its lazy parts do not fit with anything to spare. */
const MIN_MEMORY_BYTES = 16 * MiB;
const MAX_MEMORY_MB = 1024 * 64;

/** A process's share of memory beyond the guest heap: code, stacks, copies on their way, what is not yet collected. */
const OVERHEAD = {
  // Megabytes of text on their way leave a hundred of garbage, in the guest's heap and the allocator's, that nobody can collect from outside.
  replaceable: (memoryBytes: number): number => memoryBytes * 1.5 + 128 * MiB,
  // The host allocates too while guests run, and it is not theirs.
  shared: (memoryBytes: number): number => memoryBytes * 2 + 256 * MiB,
};

/**
 * Makes an engine of V8 isolates, one to a realm, each on threads of its own: guest code never runs on the caller's.
 *
 * The addon is loaded with the first realm. A Node it was not built for refuses it with `ENGINE_UNAVAILABLE`, or crashes;
 * `probeIsolatedVm` finds out safely.
 */
export function createIsolatedVmEngine(options: IsolatedVmEngineOptions = {}): IsolatedVmEngine {
  return new V8Engine(options);
}

class V8Engine implements IsolatedVmEngine {
  readonly name = 'isolated-vm';
  readonly capabilities: Engine['capabilities'];
  readonly minMemoryBytes: number = MIN_MEMORY_BYTES;
  readonly #options: IsolatedVmEngineOptions;
  readonly #code: GuestCode;
  readonly #doorSource: string;
  readonly #realms = new Set<IsolatedVmRealm>();
  readonly #watch: MemoryWatch;
  readonly #lostThreads: LostThreads = new LostThreads();
  #ivm: IsolatedVm | undefined;
  /** What compiling the door once has taught V8; saves a third of a realm's creation. */
  #cachedData: ExternalCopy<ArrayBuffer> | undefined;
  #doomed = false;

  constructor(options: IsolatedVmEngineOptions) {
    this.#options = options;
    // Whether there is another executor to replay on is for the driver to say; the engine can.
    this.capabilities = { ...ISOLATED_VM_CAPABILITIES[options.onDoomed === undefined ? 'in-process' : 'process'], replay: true };
    this.#code = options.guestCode ?? guestCode;
    this.#doorSource = createDoorSource(this.#code);
    this.#watch = new MemoryWatch({
      readBytes: options.onDoomed === undefined ? readForeignBytes : createForeignBytesReader(),
      undecided: (realms) => {
        if (options.onDoomed === undefined) for (const realm of realms) realm.overBudget();
        else this.#doom('MEMORY_LIMIT', 'guests of this process together used more memory than they may');
      },
    });
  }

  get accountedBytes(): number {
    let sum = 0;
    for (const realm of this.#realms) sum += this.#watch.grownBytes(realm);
    return sum;
  }

  async createRealm({ memoryBytes, preparation }: RealmRequest): Promise<Realm> {
    this.#ivm ??= loadAddon(this.#options.addonPath ?? findAddon());
    const ivm = this.#ivm;
    const memoryLimit = Math.min(MAX_MEMORY_MB, Math.ceil(Math.max(memoryBytes, MIN_MEMORY_BYTES) / MiB));
    let realm: IsolatedVmRealm | undefined;
    let isolate: Isolate | undefined;
    try {
      isolate = new ivm.Isolate({ memoryLimit, onCatastrophicError: () => realm?.catastrophe() });
      const door = await this.#openDoor(ivm, isolate, (text) => realm?.onEmit(text));
      const budget = this.#options.onDoomed === undefined ? OVERHEAD.shared : OVERHEAD.replaceable;
      realm = new IsolatedVmRealm(isolate, door, {
        watch: this.#watch,
        budgetBytes: budget(memoryLimit * MiB),
        left: (lost) => {
          if (this.#options.onDoomed === undefined) this.#lostThreads.add(lost);
        },
        returned: (found) => this.#lostThreads.delete(found),
        doomed: (reason) => this.#doom('EXECUTOR_LOST', reason),
        disposed: (disposed) => {
          this.#realms.delete(disposed);
          this.#options.onRealmDisposed?.();
        },
        worn: () => this.#options.onWorn?.(),
      });
      this.#realms.add(realm);
      if (preparation !== undefined) await realm.prepare(preparation);
      return realm;
    } catch (cause) {
      if (isolate?.isDisposed === false) isolate.dispose();
      throw new IsomuxError('ENGINE_CRASHED', 'isolated-vm could not make a realm; see the cause', { cause });
    }
  }

  close(): Promise<void> {
    for (const realm of this.#realms) realm.dispose();
    this.#watch.stop();
    return Promise.resolve();
  }

  /** Evaluates the guest runtime in a new context and returns the way in. No handle but the two callbacks goes the other way. */
  async #openDoor(ivm: IsolatedVm, isolate: Isolate, onEmit: (text: string) => void): Promise<Door> {
    const cachedData = this.#cachedData;
    const [context, script] = await Promise.all([
      isolate.createContext(),
      isolate.compileScript(this.#doorSource, {
        filename: 'runtime.js',
        ...(cachedData === undefined ? { produceCachedData: true } : { cachedData }),
      }) as Promise<Script & { readonly cachedData?: ExternalCopy<ArrayBuffer> }>,
    ]);
    this.#cachedData ??= script.cachedData;
    const open: Reference<(emit: unknown, load: unknown) => (input?: string) => unknown> = await script.run(context, {
      reference: true,
      release: true,
    });
    const emit: Callback = new ivm.Callback(onEmit, { ignored: true });
    const load: Callback = new ivm.Callback((name: string) => this.#loadChunk(name), { sync: true });
    const door: Door = await open.apply(undefined, [emit, load], { result: { reference: true } });
    open.release();
    return door;
  }

  /** An error thrown here would show the guest paths of the host. */
  #loadChunk(name: string): string {
    try {
      return this.#code.loadChunk(name);
    } catch {
      return '';
    }
  }

  #doom(code: 'EXECUTOR_LOST' | 'MEMORY_LIMIT', reason: string): void {
    if (this.#doomed || this.#options.onDoomed === undefined) return;
    this.#doomed = true;
    this.#options.onDoomed(new IsomuxError(code, `the sandbox process has to end: ${reason}`));
  }
}
