import type { Realm, RealmRequest, TurnResult } from '@isomux/executor';
import type { MemoryWatch, WatchedRealm } from '@isomux/sandbox-process/child';
import type { GuestThread } from './guest-thread.ts';
import { findSyntaxError, type SourcePosition } from './syntax-position.ts';
import type { TurnAnswer } from './thread-messages.ts';

/** What a realm needs of its engine. */
export interface RealmHost {
  readonly watch: MemoryWatch;
  /** Resident memory the realm may add to the process. */
  readonly budgetBytes: number;
  /** The realm's thread cannot be stopped, or its memory not be had back: the process should end. */
  readonly doomed: (reason: string) => void;
  /** A thread is left behind, or memory: the process should end when it is idle. */
  readonly worn: () => void;
  /**
   * Called once, when the realm is disposed. `inPeace`: its last turn had ended by itself, so that nothing of it can run any
   * more, and the thread is the host's again. Otherwise the realm has ended the thread, or tries to.
   */
  readonly disposed: (realm: DenoRealm, inPeace: boolean) => void;
}

/** How much later than V8's own timer a turn is given up: a native operation without end does not heed that. */
const BACKSTOP_MS = 25;
/** How long console lines already on their way may take after a realm was stopped. */
const FLUSH_MS = 15;
/**
 * How long a stopped realm's thread may take to come back before its process is to have no further runs, and before it is
 * given up. On a busy machine V8's timer is late.
 */
const LATE_MS = 100;
const STRAGGLER_MS = 500;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One thread with one guest's world. */
export class DenoRealm implements Realm, WatchedRealm {
  onEmit: (text: string) => void = () => {};
  prepared: TurnResult | undefined;
  readonly budgetBytes: number;
  readonly #thread: GuestThread;
  readonly #host: RealmHost;
  #cpuMs = 0;
  #heapBytes = 0;
  #turnStartedAt = 0;
  #stopped = false;
  /** The thread has a turn that it has not answered. */
  #isAway = false;
  /** How a turn ends whose thread has not come back. */
  #ending: TurnResult | undefined;
  /** Settles the turn in progress. */
  #settle: ((result: TurnResult) => void) | undefined;
  /** Of the turn in progress its backstop, after that of the thread to come back. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(thread: GuestThread, host: RealmHost) {
    this.#thread = thread;
    this.#host = host;
    this.budgetBytes = host.budgetBytes;
    thread.open();
    thread.listener = {
      line: (text) => this.onEmit(text),
      answer: (answer) => this.#answered(answer),
      failed: (detail) => this.#failed(detail),
    };
  }

  get cpuMs(): number {
    return this.#cpuMs;
  }

  get heapBytes(): number {
    return this.#heapBytes;
  }

  /** Takes the turn that the realm begins with, on nobody's account. Called once, before the realm is handed out. */
  async prepare({ input, timeoutMs }: NonNullable<RealmRequest['preparation']>): Promise<void> {
    this.prepared = await this.turn(input, timeoutMs);
    this.#cpuMs = 0;
  }

  turn(input: string, timeoutMs: number): Promise<TurnResult> {
    if (this.#stopped) return Promise.resolve({ kind: 'interrupted' });
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#turnStartedAt = performance.now();
      this.#isAway = true;
      this.#host.watch.enter(this);
      this.#thread.take([input, timeoutMs]);
      this.#timer = setTimeout(() => this.#stop({ kind: 'interrupted' }), Math.min(timeoutMs + BACKSTOP_MS, MAX_TIMER_MS));
    });
  }

  async locateSyntaxError(source: string): Promise<SourcePosition | undefined> {
    return findSyntaxError(source);
  }

  dispose(): void {
    if (this.#isAway || this.#stopped) return this.#stop({ kind: 'interrupted' });
    this.#stopped = true;
    this.#thread.listener = undefined;
    this.#host.disposed(this, true);
  }

  /** Deno cannot stop the thread: who goes on allocating goes with the process. */
  overBudget(): void {
    // It goes on allocating, and nothing else will end it. Whoever waits for the outcome has it first.
    if (this.#stopped) return this.#giveUp('a stopped guest goes on allocating');
    this.#host.worn();
    this.#stop({ kind: 'memory' });
  }

  #answered([kind, text, rejections, busyMs, heapBytes]: TurnAnswer): void {
    this.#isAway = false;
    clearTimeout(this.#timer);
    this.#host.watch.leave(this);
    this.#cpuMs += busyMs;
    this.#heapBytes = heapBytes;
    if (this.#stopped) return this.#cameBack();
    if (kind === 'emitted') this.#endTurn({ kind, text, rejections });
    else this.#stop(kind === 'interrupted' ? { kind } : { kind, detail: 'the guest runtime gave no text' });
  }

  #failed(detail: string): void {
    this.#isAway = false;
    clearTimeout(this.#timer);
    this.#stop({ kind: 'crashed', detail });
  }

  #endTurn(result: TurnResult): void {
    this.#settle?.(result);
    this.#settle = undefined;
  }

  /** Ends the realm, and the turn in progress with this result. */
  #stop(result: TurnResult): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#host.disposed(this, false);
    if (!this.#isAway) {
      this.#host.watch.forget(this);
      this.#endTurn(result);
      return this.#thread.end();
    }
    this.#cpuMs += performance.now() - this.#turnStartedAt;
    this.#ending = result;
    this.#timer = setTimeout(() => {
      if (result.kind === 'memory') return this.#giveUp('a guest has used up its memory');
      this.#endTurn(result);
      this.#timer = setTimeout(() => {
        this.#host.worn();
        this.#timer = setTimeout(() => this.#giveUp('a stopped guest does not come back'), STRAGGLER_MS - LATE_MS);
      }, LATE_MS);
    }, FLUSH_MS);
  }

  /** It was stopped, and came back before it was given up. */
  #cameBack(): void {
    this.#host.watch.forget(this);
    if (this.#ending !== undefined) this.#endTurn(this.#ending);
    this.#thread.end();
  }

  #giveUp(reason: string): void {
    clearTimeout(this.#timer);
    this.#host.watch.forget(this);
    if (this.#ending !== undefined) this.#endTurn(this.#ending);
    this.#host.doomed(reason);
  }
}
