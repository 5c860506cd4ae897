import { IsomuxError } from '@isomux/protocol';
import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import { BusyThreads } from './busy-threads.ts';
import { ISOLATED_VM_CAPABILITIES } from './capabilities.ts';
import { type CodeCache, type DoorOptions, learnCode, openDoor } from './door.ts';
import { IsolateKeeper } from './isolate-keeper.ts';
import { createForeignBytesReader, MemoryWatch, readForeignBytes } from '@isomux/sandbox-process/child';
import { findAddon, type IsolatedVm, loadAddon } from './native-addon.ts';
import { createDoorSource, guestCode, type GuestCode } from './realm-source.ts';
import { IsolatedVmRealm, type RealmHost } from './realm.ts';
import type { Reuse } from './options.ts';
import { type GuestIsolate, UsedIsolates } from './used-isolates.ts';

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
  /** Whether an isolate serves one run or several, one after the other. Default `one-shot`. See `NodeIsolateDriverOptions.reuse`. */
  readonly reuse?: Reuse | undefined;
  /** @internal */
  readonly guestCode?: GuestCode;
}

/** An engine of V8 isolates. */
export interface IsolatedVmEngine extends Engine {
  /** Resident memory that the realms alive have added to the process, as far as is known. */
  readonly accountedBytes: number;
  /** Isolates made for guests so far. */
  readonly isolatesMade: number;
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

/** What V8 has learned of each guest code: once in a process, for every engine in it. */
const lessons = new WeakMap<GuestCode, Promise<CodeCache | undefined>>();

/** What realms are made with, once the addon is loaded. */
interface Workshop {
  readonly ivm: IsolatedVm;
  readonly keeper: IsolateKeeper;
  /** Undefined where each isolate serves one run. */
  readonly used: UsedIsolates | undefined;
}

class V8Engine implements IsolatedVmEngine {
  readonly name = 'isolated-vm';
  readonly capabilities: Engine['capabilities'];
  readonly minMemoryBytes: number = MIN_MEMORY_BYTES;
  readonly #options: IsolatedVmEngineOptions;
  readonly #code: GuestCode;
  readonly #doorParts: Pick<DoorOptions, 'source' | 'loadChunk'>;
  readonly #realms = new Set<IsolatedVmRealm>();
  readonly #watch: MemoryWatch;
  /** The process ends for all of its engines at once. */
  static readonly #busyThreads: BusyThreads = new BusyThreads();
  #workshop: Workshop | undefined;
  isolatesMade = 0;
  #doomed = false;

  constructor(options: IsolatedVmEngineOptions) {
    this.#options = options;
    // Whether there is another executor to replay on is for the driver to say; the engine can.
    this.capabilities = { ...ISOLATED_VM_CAPABILITIES[options.onDoomed === undefined ? 'in-process' : 'process'], replay: true };
    this.#code = options.guestCode ?? guestCode;
    this.#doorParts = { source: createDoorSource(this.#code), loadChunk: (name) => this.#loadChunk(name) };
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
    sum += this.#workshop?.used?.accountedBytes ?? 0;
    return sum;
  }

  async createRealm({ memoryBytes, preparation }: RealmRequest): Promise<Realm> {
    this.#workshop ??= this.#equip(loadAddon(this.#options.addonPath ?? findAddon()));
    const workshop = this.#workshop;
    const memoryLimitMb = Math.min(MAX_MEMORY_MB, Math.ceil(Math.max(memoryBytes, MIN_MEMORY_BYTES) / MiB));
    let guest: GuestIsolate | undefined;
    try {
      guest = (await workshop.used?.take(memoryLimitMb)) ?? (await this.#makeIsolate(workshop, memoryLimitMb));
      const realm = await this.#makeRealm(workshop, guest);
      if (preparation !== undefined) await realm.prepare(preparation);
      return realm;
    } catch (cause) {
      if (guest?.isolate.isDisposed === false) workshop.keeper.end(guest.isolate);
      throw new IsomuxError('ENGINE_CRASHED', 'isolated-vm could not make a realm; see the cause', { cause });
    }
  }

  async close(): Promise<void> {
    for (const realm of this.#realms) realm.dispose();
    this.#watch.stop();
    await this.#workshop?.used?.close();
    await this.#workshop?.keeper.close();
  }

  #equip(ivm: IsolatedVm): Workshop {
    const keeper = new IsolateKeeper(ivm);
    const used = this.#options.reuse === 'serial' ? new UsedIsolates(keeper, this.#watch) : undefined;
    return { ivm, keeper, used };
  }

  async #makeIsolate({ keeper }: Workshop, memoryLimitMb: number): Promise<GuestIsolate> {
    this.isolatesMade++;
    const guest: GuestIsolate = {
      isolate: await keeper.make(memoryLimitMb, () => guest.tenant?.catastrophe()),
      memoryLimitMb,
      realms: 0,
      tenant: undefined,
      opened: undefined,
    };
    return guest;
  }

  #recall(workshop: Workshop): Promise<CodeCache | undefined> {
    const lesson = lessons.get(this.#code) ?? this.#learn(workshop);
    lessons.set(this.#code, lesson);
    return lesson;
  }

  /** Where it fails, realms compile what they need. */
  async #learn({ ivm, keeper }: Workshop): Promise<CodeCache | undefined> {
    try {
      const isolate = await keeper.make(MIN_MEMORY_BYTES / MiB, () => {});
      const learned = await learnCode(ivm, isolate, { ...this.#doorParts, onEmit: () => {} }, this.#code.training);
      keeper.end(isolate);
      return learned;
    } catch {
      lessons.delete(this.#code);
      return undefined;
    }
  }

  async #makeRealm(workshop: Workshop, guest: GuestIsolate): Promise<IsolatedVmRealm> {
    const codeCache = await this.#recall(workshop);
    const opened = await openDoor(workshop.ivm, guest.isolate, { ...this.#doorParts, codeCache, onEmit: (text) => realm.onEmit(text) });
    const budget = this.#options.onDoomed === undefined ? OVERHEAD.shared : OVERHEAD.replaceable;
    const realm: IsolatedVmRealm = new IsolatedVmRealm(guest.isolate, opened.door, {
      watch: this.#watch,
      budgetBytes: budget(guest.memoryLimitMb * MiB),
      ...this.#followThreads(),
      doomed: (reason) => this.#doom('EXECUTOR_LOST', reason),
      disposed: (disposed, inPeace) => {
        this.#realms.delete(disposed);
        if (inPeace && workshop.used !== undefined) workshop.used.give(guest);
        else if (inPeace) {
          this.#watch.forget(disposed);
          workshop.keeper.end(guest.isolate);
        }
        this.#options.onRealmDisposed?.();
      },
      worn: () => this.#options.onWorn?.(),
    });
    if (guest.tenant !== undefined) this.#watch.inherit(realm, guest.tenant);
    guest.tenant = realm;
    guest.opened = opened;
    guest.realms++;
    this.#realms.add(realm);
    return realm;
  }

  /** A process that can be replaced ends itself, whatever its threads do. */
  #followThreads(): Pick<RealmHost, 'entered' | 'left' | 'returned'> {
    if (this.#options.onDoomed !== undefined) return { entered: () => {}, left: () => {}, returned: () => {} };
    const threads = V8Engine.#busyThreads;
    return { entered: (realm) => threads.enter(realm), left: (realm) => threads.stop(realm), returned: (realm) => threads.delete(realm) };
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
