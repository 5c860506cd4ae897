import { IsomuxError } from '@isomux/protocol';
import { Keeper } from './keeper.ts';
import type { LocalWorkerSettings } from './options.ts';
import { Watch } from './watch.ts';
import type { WorkerdFiles } from './workerd-files.ts';
import type { WorkerdProcess } from './workerd-process.ts';

const TICK_MS = 50;
/** A quarantine that nothing has been connected to for so long has done its work. */
const UNUSED_TICKS = 100;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;
/** Starts in a row that never came to serve, after which it is given up to wait for more. */
const MAX_FAILURES = 5;
/** Processor time that a shared workerd may use without an answer. QuickJS guests are interrupted inside; this is for what is not. */
const SILENT_CPU_MS = { 'worker-loader': 250, quickjs: 2_000 } as const;
/** How long a suspect waits for a quarantine of its own before it shares one. Drivers wait for 5 s. */
const QUARANTINE_WAIT_MS = 3_000;
/** How often it looks then for one that answers. */
const QUARANTINE_RETRY_MS = 500;

/** Keeps one workerd that everybody shares, and others for runs that may have ended it. */
export class Supervisor {
  /** Times that the shared workerd was replaced. */
  restarts = 0;
  readonly #keeper: Keeper;
  readonly #settings: LocalWorkerSettings;
  readonly #watches = new Map<WorkerdProcess, Watch>();
  /** With the ticks in a row that nothing was connected to it. */
  readonly #quarantines = new Map<WorkerdProcess, number>();
  readonly #ticking: NodeJS.Timeout;
  readonly #starting = new Set<NodeJS.Timeout>();
  #waiting: (() => void)[] = [];
  #shared: WorkerdProcess;
  /** Started ahead of its need: who waits for it waits for a guest that blocks everything. */
  #reserve: WorkerdProcess | undefined;
  #failures = 0;
  #closed = false;

  constructor(files: WorkerdFiles, settings: LocalWorkerSettings) {
    this.#keeper = new Keeper(files, settings);
    this.#settings = settings;
    this.#shared = this.#startShared();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#ticking.unref();
  }

  /** Processes that run programs at the moment. */
  get pids(): readonly number[] {
    return this.#keeper.workerds.flatMap(({ pid, end }) => (pid === undefined || end !== undefined ? [] : [pid]));
  }

  /** The workerd that everybody shares, once it serves. Rejects with `ENGINE_UNAVAILABLE` where none comes to serve. */
  async shared(): Promise<WorkerdProcess> {
    while (!this.#closed) {
      const workerd = this.#shared;
      if ((await workerd.port) !== undefined && workerd.end === undefined) return workerd;
      if (this.#failures >= MAX_FAILURES) {
        throw new IsomuxError(
          'ENGINE_UNAVAILABLE',
          `workerd ended ${this.#failures} times before it served. It said: ${workerd.said.slice(0, 1_000)}`,
        );
      }
      await this.#change();
    }
    throw new IsomuxError('ENGINE_UNAVAILABLE', 'the local Worker was closed');
  }

  /**
   * A workerd for one connection whose run may end it. Where there are as many as may be it is one of those, if there is one that answers. Rejects when nobody
   * waits for it any more.
   */
  async quarantine(isAwaited: () => boolean): Promise<WorkerdProcess> {
    const giveUpMs = performance.now() + QUARANTINE_WAIT_MS;
    while (!this.#closed && isAwaited()) {
      const found = this.#unusedQuarantine() ?? (performance.now() < giveUpMs ? undefined : await this.#leastUsedQuarantine());
      if (found === undefined) {
        await this.#change(Math.max(giveUpMs - performance.now(), QUARANTINE_RETRY_MS));
        continue;
      }
      this.#quarantines.set(found, 0);
      if ((await found.port) !== undefined && found.end === undefined) return found;
    }
    throw new IsomuxError('ENGINE_UNAVAILABLE', 'the local Worker was closed, or its client went away');
  }

  /** A carrier to it is gone. Whoever it was for may come back. */
  left(workerd: WorkerdProcess): void {
    if (!this.#quarantines.has(workerd)) this.#watches.get(workerd)?.suspect();
    else if (workerd.carriers.size > 0) void this.#watches.get(workerd)?.check();
  }

  /** A client says that a connection to it is over. */
  finished(workerd: WorkerdProcess): void {
    if (!this.#quarantines.has(workerd)) this.#watches.get(workerd)?.suspect();
    else if (workerd.carriers.size <= 1) workerd.kill('EXECUTOR_LOST');
    else void this.#watches.get(workerd)?.check();
  }

  /** Ends the shared workerd as the system would when memory runs out. */
  kill(): void {
    this.#shared.kill('EXECUTOR_LOST');
  }

  /** Ends everything. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#ticking);
    for (const timer of this.#starting) clearTimeout(timer);
    this.#changed();
    await this.#keeper.close();
  }

  #startShared(): WorkerdProcess {
    const workerd = this.#take(SILENT_CPU_MS[this.#settings.engine]);
    void workerd.port.then((port) => {
      if (port !== undefined && !this.#closed) this.#restock();
    });
    void workerd.gone.then(() => {
      if (this.#closed) return;
      this.#failures = workerd.served ? 0 : this.#failures + 1;
      const backoffMs = this.#failures === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, MAX_BACKOFF_MS);
      const replace = (): void => {
        this.restarts++;
        this.#shared = this.#startShared();
        this.#changed();
      };
      if (backoffMs === 0) return replace();
      this.#changed();
      const timer = setTimeout(() => {
        this.#starting.delete(timer);
        replace();
      }, backoffMs);
      this.#starting.add(timer);
    });
    return workerd;
  }

  /** The one in reserve, or another. */
  #take(silentCpuMs: number): WorkerdProcess {
    const reserve = this.#reserve;
    this.#reserve = undefined;
    const workerd = reserve !== undefined && reserve.end === undefined ? reserve : this.#start();
    this.#watches.set(workerd, new Watch(workerd, { maxMemoryBytes: this.#settings.maxMemoryBytes, silentCpuMs }));
    return workerd;
  }

  #restock(): void {
    if (this.#reserve !== undefined && this.#reserve.end === undefined) return;
    this.#reserve = this.#start();
    void this.#watches.get(this.#reserve)?.warm();
  }

  #start(): WorkerdProcess {
    const workerd = this.#keeper.start();
    this.#watches.set(workerd, new Watch(workerd, { maxMemoryBytes: this.#settings.maxMemoryBytes, silentCpuMs: Infinity }));
    void workerd.gone.then(() => {
      this.#watches.delete(workerd);
      if (this.#quarantines.delete(workerd)) this.#changed();
    });
    return workerd;
  }

  #unusedQuarantine(): WorkerdProcess | undefined {
    if (this.#quarantines.size >= this.#settings.maxQuarantined) return undefined;
    const workerd = this.#take(Infinity);
    this.#restock();
    workerd.quarantined = true;
    this.#quarantines.set(workerd, 0);
    return workerd;
  }

  /** Of those that answer: on one that does not nobody else would come to his end. */
  async #leastUsedQuarantine(): Promise<WorkerdProcess | undefined> {
    const asked = [...this.#quarantines.keys()].map(async (workerd) => ({ workerd, answers: await this.#watches.get(workerd)?.answers() }));
    const well = (await Promise.all(asked)).flatMap(({ workerd, answers }) =>
      answers === true && workerd.end === undefined ? [workerd] : [],
    );
    return well.toSorted((a, b) => a.carriers.size - b.carriers.size)[0];
  }

  #tick(): void {
    for (const watch of this.#watches.values()) watch.tick();
    for (const [workerd, unused] of this.#quarantines) {
      const ticks = workerd.served && !workerd.busy ? unused + 1 : 0;
      this.#quarantines.set(workerd, ticks);
      if (ticks >= UNUSED_TICKS) workerd.kill('EXECUTOR_LOST');
    }
  }

  /** Resolves when a process has come or gone, or after so many milliseconds. */
  async #change(withinMs?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (withinMs !== undefined) timer = setTimeout(resolve, Math.max(0, withinMs));
    });
    clearTimeout(timer);
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
