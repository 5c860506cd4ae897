import type { Realm, RealmRequest, TurnResult } from '@isomux/executor';
import type { Isolate } from 'isolated-vm';
import { type Door, enterDoor } from './door.ts';
import type { MemoryWatch, WatchedRealm } from '@isomux/sandbox-process/child';
import { describeRejection } from './rejection.ts';
import { CHECKED_FILE_NAME, readSyntaxPosition, type SourcePosition } from './syntax-position.ts';

/** What a realm needs of its engine. */
export interface RealmHost {
  readonly watch: MemoryWatch;
  /** Resident memory the realm may add to the process. */
  readonly budgetBytes: number;
  /** The realm's thread is busy from now on. */
  readonly entered: (realm: IsolatedVmRealm) => void;
  /** A realm was stopped whose thread is still busy. */
  readonly left: (realm: IsolatedVmRealm) => void;
  /** The realm's thread came back, however late. */
  readonly returned: (realm: IsolatedVmRealm) => void;
  /** The realm's thread cannot be stopped, or its memory not be had back: the process should end. */
  readonly doomed: (reason: string) => void;
  /** Memory has been left behind, or a thread for longer than usual: the process should end when it is idle. */
  readonly worn: () => void;
  /**
   * Called once, when the realm is disposed. `inPeace`: nothing of it is running, or can run any more, and the isolate is
   * the host's again. Otherwise the realm has ended the isolate.
   */
  readonly disposed: (realm: IsolatedVmRealm, inPeace: boolean) => void;
}

/** How long console lines already on their way may take after a realm was stopped. Less than the executor waits for the turn. */
const FLUSH_MS = 25;
/** How long a stopped realm's thread may take to come back. Native operations of a second are common; those without end exist. */
const STRAGGLER_MS = 500;
/** Memory a stopped realm's thread may still add before it is given up at once. */
const STRAGGLER_BYTES = 64 * 1024 * 1024;
/** The heap is measured with a turn when the last measurement is older. */
const HEAP_SAMPLE_MS = 10;
/** How often a turn's text is asked for again when guest code disturbs the asking. */
const MAX_COLLECTS = 16;
const MAX_TIMER_MS = 2 ** 31 - 1;
const NS_PER_MS = 1e6;

interface Attempt<T> {
  readonly value?: T;
  readonly thrown?: { readonly value: unknown };
}

/**
 * One isolate with one context, entered through its door only.
 *
 * Nothing synchronous of isolated-vm is called once guest code has run: each such call ends by running, on the calling
 * thread, whatever the guest left for it (a getter of a rejected value is enough), without any timeout. For the same
 * reason isolated-vm's own timeout is not used: it does not cover that. A realm is stopped by disposing its isolate.
 */
export class IsolatedVmRealm implements Realm, WatchedRealm {
  onEmit: (text: string) => void = () => {};
  prepared: TurnResult | undefined;
  readonly budgetBytes: number;
  readonly #isolate: Isolate;
  readonly #door: Door;
  readonly #host: RealmHost;
  #stopped = false;
  #pending = 0;
  #bytesWhenStopped = 0;
  /** Settles the turn in progress. */
  #settle: ((result: TurnResult) => void) | undefined;
  /** How the turn in progress ends, as soon as nothing more can come of it. */
  #ending: TurnResult | undefined;
  /** Of the turn in progress its deadline, after that of the thread to come back. */
  #timer: NodeJS.Timeout | undefined;
  readonly #cpuNsAtStart: bigint;
  #cpuMs = 0;
  #preparationCpuMs = 0;
  #turnStartedAt = 0;
  #heapBytes = 0;
  #heapSampledAt = Number.NEGATIVE_INFINITY;

  constructor(isolate: Isolate, door: Door, host: RealmHost) {
    this.#isolate = isolate;
    this.#door = door;
    this.#host = host;
    this.budgetBytes = host.budgetBytes;
    this.#cpuNsAtStart = isolate.cpuTime;
  }

  get cpuMs(): number {
    return this.#cpuMs - this.#preparationCpuMs;
  }

  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** Takes the turn that the realm begins with, on nobody's account. Called once, before the realm is handed out. */
  async prepare({ input, timeoutMs }: NonNullable<RealmRequest['preparation']>): Promise<void> {
    this.prepared = await this.turn(input, timeoutMs);
    this.#preparationCpuMs = this.#cpuMs;
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    if (this.#stopped) return Promise.resolve({ kind: 'interrupted' });
    this.#turnStartedAt = performance.now();
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer = setTimeout(() => this.#stop({ kind: 'interrupted' }), Math.min(timeoutMs, MAX_TIMER_MS));
      void this.#take(input);
    });
  }

  async locateSyntaxError(source: string): Promise<SourcePosition | undefined> {
    if (this.#stopped) return undefined;
    const compiled = await this.#call(() => this.#isolate.compileScript(source, { filename: CHECKED_FILE_NAME }));
    return compiled.thrown === undefined ? undefined : readSyntaxPosition(compiled.thrown.value);
  }

  dispose(): void {
    if (this.#stopped) return;
    if (this.#pending > 0 || this.#settle !== undefined) return this.#stop({ kind: 'interrupted' });
    // The last turn ended with a call that found no microtask and no rejection left: see `#take`.
    this.#stopped = true;
    this.onEmit = () => {};
    this.#host.disposed(this, true);
  }

  overBudget(): void {
    if (!this.#stopped) {
      this.#host.worn();
      this.#stop({ kind: 'memory' });
    } else if (this.#host.watch.grownBytes(this) > this.#bytesWhenStopped + STRAGGLER_BYTES) {
      this.#host.doomed('a stopped guest goes on allocating');
    }
  }

  /** V8 has lost the isolate: its heap is exhausted, and its thread sleeps for ever. */
  catastrophe(): void {
    this.#stop({ kind: 'memory' });
    this.#endTurn();
    this.#host.doomed('V8 has lost control of an isolate');
  }

  async #take(input: string): Promise<void> {
    // All are posted before any is awaited: one hop to the isolate's thread and back. What the guest's microtasks do,
    // and what its rejected values do when isolated-vm reads them, is done before the second call enters.
    const calls = [this.#enter(input), this.#enter(undefined)];
    const measured = this.#measureHeap();
    const [delivered, collected] = await Promise.all(calls);
    await measured;
    const rejections: string[] = [];
    note(delivered);
    let last = collected;
    for (let attempts = 1; last?.thrown !== undefined && attempts < MAX_COLLECTS && !this.#isolate.isDisposed; attempts++) {
      note(last);
      last = await this.#enter(undefined);
    }
    if (this.#stopped) return;
    if (this.#isolate.isDisposed) return this.#stop({ kind: 'memory' });
    this.#readCpu();
    const text = last?.value;
    if (typeof text === 'string') this.#endTurn({ kind: 'emitted', text, rejections });
    else
      this.#stop({
        kind: 'crashed',
        detail: last?.thrown === undefined ? 'the guest runtime gave no text' : describeRejection(last.thrown.value),
      });

    function note(attempt: Attempt<unknown> | undefined): void {
      if (attempt?.thrown !== undefined) rejections.push(describeRejection(attempt.thrown.value));
    }
  }

  #enter(input: string | undefined): Promise<Attempt<unknown>> {
    return this.#call(() => enterDoor(this.#door, input));
  }

  async #measureHeap(): Promise<void> {
    const now = performance.now();
    if (now - this.#heapSampledAt < HEAP_SAMPLE_MS) return;
    this.#heapSampledAt = now;
    const { value } = await this.#call(() => this.#isolate.getHeapStatistics());
    if (value !== undefined) this.#heapBytes = value.used_heap_size + value.externally_allocated_size;
  }

  /** Anything that may occupy the isolate's thread. Never rejects. */
  async #call<T>(start: () => Promise<T>): Promise<Attempt<T>> {
    if (this.#pending++ === 0) {
      this.#host.watch.enter(this);
      this.#host.entered(this);
    }
    try {
      return { value: await start() };
    } catch (value) {
      return { thrown: { value } };
    } finally {
      if (--this.#pending === 0) this.#threadIsBack();
    }
  }

  #threadIsBack(): void {
    this.#host.watch.leave(this);
    this.#host.returned(this);
    if (!this.#stopped) return;
    this.#host.watch.forget(this);
    clearTimeout(this.#timer);
    this.#endTurn();
  }

  #endTurn(result: TurnResult | undefined = this.#ending): void {
    if (result === undefined || this.#settle === undefined) return;
    if (!this.#stopped) clearTimeout(this.#timer);
    this.#settle(result);
    this.#settle = undefined;
  }

  #stop(result: TurnResult): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#ending = result;
    this.#readCpu();
    this.#bytesWhenStopped = this.#host.watch.grownBytes(this);
    try {
      this.#isolate.dispose();
    } catch {
      // isolated-vm has disposed of it already, over its memory limit.
    }
    this.#host.disposed(this, false);
    clearTimeout(this.#timer);
    if (this.#pending === 0) {
      this.#host.watch.forget(this);
      return this.#endTurn();
    }
    this.#host.left(this);
    this.#timer = setTimeout(() => {
      this.#host.worn();
      this.#endTurn();
      this.#timer = setTimeout(() => {
        this.#host.watch.forget(this);
        this.#host.doomed('a stopped guest does not come back');
      }, STRAGGLER_MS);
    }, FLUSH_MS);
  }

  #readCpu(): void {
    try {
      this.#cpuMs = Number(this.#isolate.cpuTime - this.#cpuNsAtStart) / NS_PER_MS;
    } catch {
      // Disposed over its memory limit: nothing tells how much of the turn it ran.
      this.#cpuMs += performance.now() - this.#turnStartedAt;
    }
  }
}
