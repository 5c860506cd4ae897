import { IsomuxError, isIsomuxError } from '@isomux/protocol';
import type { Connect, ConnectRequest, Connection } from './connection.ts';
import { PoolMember } from './pooled-worker.ts';
import type { PooledWorker } from './pooled-worker.ts';
import { SpawnBackoff } from './spawn-backoff.ts';
import type { BackoffOptions } from './spawn-backoff.ts';
import { setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/** Options of {@link createPool}. */
export interface PoolOptions {
  /**
   * Starts a worker. Called ahead of need for `minWorkers`, and otherwise when a run finds no place. A rejection with
   * `ENGINE_UNAVAILABLE` is taken as final for those who wait; others are tried again, with back-off, three times in a row.
   */
  spawn(): Promise<PooledWorker>;
  /** Kept alive, started at once. */
  readonly minWorkers: number;
  /** Beyond it runs share workers; only a run that is suspected of killing them may get one more. */
  readonly maxWorkers: number;
  /** Runs a worker should have at a time. A preference: with all workers full, the least loaded takes more. */
  readonly runsPerWorker: number;
  /** How long a worker over `minWorkers` may stand idle before it is ended. Default 30000. */
  readonly idleMs?: number | undefined;
  /** How long a start may take. Default 30000. */
  readonly spawnTimeoutMs?: number | undefined;
  /** Waits after failed starts. Default 100 ms, doubling up to 10000 ms. */
  readonly backoff?: BackoffOptions | undefined;
}

/** What a pool is doing. */
export interface PoolStats {
  /** Alive and ready. */
  readonly workers: number;
  /** Of those, the ones without a run. */
  readonly idle: number;
  /** Being started. */
  readonly spawning: number;
  /** Runs that hold a worker. */
  readonly runs: number;
  /** Runs that wait for one. */
  readonly waiting: number;
  /** Workers that were ready at some time. */
  readonly spawned: number;
}

/** Workers, kept warm and shared out among runs. */
export interface Pool {
  /** For `createDriver`. */
  readonly connect: Connect;
  readonly stats: PoolStats;
  /** Ends every worker and refuses those who wait. Resolves when the workers are gone, or after five seconds. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes a pool. A worker that dies, or is given back as unresponsive, is ended and replaced; its other runs see their
 * channel close and are replayed elsewhere. No run ever waits for another one to end, so contexts may nest.
 *
 * A death under a run is the run's affair and costs no back-off: a hostile program cannot make the next one wait. Starts
 * that fail, and workers that die before they had any run, are tried again ever more slowly.
 */
export function createPool(options: PoolOptions): Pool {
  return new WorkerPool(options);
}

interface Waiter {
  readonly request: ConnectRequest;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: IsomuxError) => void;
}

const DEFAULT_IDLE_MS = 30_000;
const DEFAULT_SPAWN_TIMEOUT_MS = 30_000;
const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 100, maxMs: 10_000 };
const CLOSE_TIMEOUT_MS = 5_000;
/**
 * Runs that a worker begins with at a time. When one with a hundred runs dies, the next begins with them in turn: if it dies
 * as well, those it had begun with have got on, and the others have lost nothing.
 */
const MAX_OPENING = 8;

class WorkerPool implements Pool {
  readonly #options: PoolOptions;
  readonly #backoff: SpawnBackoff;
  /** Oldest first. */
  readonly #members = new Set<PoolMember>();
  /** Everything that has not exited yet. */
  readonly #alive = new Set<Promise<unknown>>();
  readonly #waiters = new Set<Waiter>();
  #spawning = 0;
  #spawned = 0;
  #retry: Timer | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    for (const name of ['maxWorkers', 'runsPerWorker'] as const) assertCount(name, options[name], 1);
    assertCount('minWorkers', options.minWorkers, 0);
    this.#options = options;
    this.#backoff = new SpawnBackoff(options.backoff ?? DEFAULT_BACKOFF);
    this.#pump();
  }

  readonly connect: Connect = (request) =>
    new Promise<Connection>((resolve, reject) => {
      if (this.#closed) {
        reject(new IsomuxError('DRIVER_CLOSED', 'The driver was closed.'));
        return;
      }
      const waiter: Waiter = { request, resolve, reject };
      this.#waiters.add(waiter);
      request.signal.addEventListener('abort', () => this.#waiters.delete(waiter), { once: true });
      this.#pump();
    });

  get stats(): PoolStats {
    const members = [...this.#members];
    return {
      workers: members.length,
      idle: members.filter(({ runs }) => runs === 0).length,
      spawning: this.#spawning,
      runs: members.reduce((sum, { runs }) => sum + runs, 0),
      waiting: this.#waiters.size,
      spawned: this.#spawned,
    };
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#retry?.clear();
      this.#refuse(new IsomuxError('DRIVER_CLOSED', 'The driver was closed.'));
      for (const member of this.#members) this.#end(member, undefined);
    }
    let timer: Timer | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimer(CLOSE_TIMEOUT_MS, resolve);
    });
    await Promise.race([this.#gone(), patience]);
    timer?.clear();
  }

  async #gone(): Promise<void> {
    // A start that was under way when the pool was closed adds a worker to wait for.
    while (this.#alive.size > 0) await Promise.all(this.#alive);
  }

  /** Serves those who wait as well as can be, and starts the workers that are missing. Called after every change. */
  #pump(): void {
    if (this.#closed) return;
    for (const waiter of this.#inOrder()) {
      const member = this.#findPlace(waiter.request);
      if (member !== undefined) this.#assign(waiter, member);
    }
    this.#spawnMissing();
    // Whoever the workers to come have no room for shares one that is there.
    let excess = this.#waiters.size - this.#spawning * this.#options.runsPerWorker;
    for (const waiter of this.#inOrder()) {
      if (excess-- <= 0) break;
      const member = this.#leastLoaded(waiter.request);
      if (member === undefined) break;
      this.#assign(waiter, member);
    }
    if (this.#waiters.size > 0 && this.#spawning === 0 && this.#backoff.hopeless) this.#refuse(spawnError(this.#backoff.lastCause));
  }

  /** First those who lost their worker: they are further on, and their budget is nearer to its end. */
  #inOrder(): Waiter[] {
    const waiters = [...this.#waiters];
    return [...waiters.filter(({ request }) => request.attempt > 0), ...waiters.filter(({ request }) => request.attempt === 0)];
  }

  /** A worker with room; for a suspect only one without any other run. */
  #findPlace(request: ConnectRequest): PoolMember | undefined {
    const member = this.#leastLoaded(request);
    if (member === undefined || member.exclusive) return undefined;
    return member.runs < (request.suspect ? 1 : this.#options.runsPerWorker) ? member : undefined;
  }

  /** Of equals the oldest, so that the newest fall idle. One that is kept for another run only if there is no other. */
  #leastLoaded({ avoid }: ConnectRequest): PoolMember | undefined {
    let best: PoolMember | undefined;
    for (const member of this.#members) {
      if (member.worker.channel === avoid || member.opening >= MAX_OPENING) continue;
      if (best === undefined || load(member) < load(best)) best = member;
    }
    return best;
  }

  #assign(waiter: Waiter, member: PoolMember): void {
    this.#waiters.delete(waiter);
    member.stopIdling();
    if (waiter.request.suspect && member.runs === 0) member.exclusive = true;
    member.runs++;
    member.opening++;
    // It stayed alive until it was needed: what becomes of it now is between it and its runs.
    member.used = true;
    this.#backoff.succeeded();
    let opening = true;
    let released = false;
    const opened = (): void => {
      if (opening) member.opening--;
      opening = false;
    };
    waiter.resolve({
      channel: member.worker.channel,
      opened: () => {
        opened();
        this.#pump();
      },
      release: (verdict) => {
        if (released) return;
        released = true;
        opened();
        this.#release(member, verdict?.unresponsive === true);
      },
    });
  }

  #release(member: PoolMember, unresponsive: boolean): void {
    member.runs--;
    if (unresponsive) this.#end(member, new IsomuxError('EXECUTOR_LOST', `worker ${member.worker.id} did not answer and was ended`));
    if (member.runs === 0) {
      member.exclusive = false;
      this.#startIdling(member);
    }
    this.#pump();
  }

  #startIdling(member: PoolMember): void {
    if (!this.#members.has(member)) return;
    member.startIdling(this.#options.idleMs ?? DEFAULT_IDLE_MS, () => {
      if (member.runs === 0 && this.#members.size > this.#options.minWorkers) this.#end(member, undefined);
    });
  }

  /** Takes a worker out of the pool and kills it. Its runs, if any, see their channel close. */
  #end(member: PoolMember, fault: IsomuxError | undefined): void {
    if (!this.#remove(member, fault)) return;
    member.worker.kill();
  }

  #remove(member: PoolMember, fault: IsomuxError | undefined): boolean {
    if (!this.#members.delete(member)) return false;
    member.stopIdling();
    member.worker.channel.close(fault);
    return true;
  }

  // ---- starting workers

  #spawnMissing(): void {
    const { minWorkers, maxWorkers, runsPerWorker } = this.#options;
    while (true) {
      const suspects = countSuspects(this.#waiters);
      const places = this.#waiters.size - suspects + suspects * runsPerWorker;
      const wanted = Math.max(Math.ceil(places / runsPerWorker), minWorkers - this.#members.size);
      // A suspect needs a worker of its own even where all there may be are busy, but the host's memory has an end too.
      const room = Math.max(maxWorkers, minWorkers) + Math.min(suspects, maxWorkers) - this.#members.size;
      if (this.#spawning >= Math.min(wanted, this.#backoff.failing ? 1 : room, room)) return;
      const { waitMs } = this.#backoff;
      if (waitMs > 0) {
        this.#retry?.clear();
        this.#retry = setTimer(waitMs, () => this.#pump(), { unref: true });
        return;
      }
      this.#spawn();
    }
  }

  #spawn(): void {
    this.#spawning++;
    let timedOut = false;
    const timeoutMs = this.#options.spawnTimeoutMs ?? DEFAULT_SPAWN_TIMEOUT_MS;
    const failed = (cause: unknown): void => {
      this.#spawning--;
      this.#spawnFailed(cause);
    };
    const timer = setTimer(
      timeoutMs,
      () => {
        timedOut = true;
        failed(new IsomuxError('ENGINE_UNAVAILABLE', `A worker did not start within ${timeoutMs} ms.`));
      },
      { unref: true },
    );
    const spawned = new Promise<PooledWorker>((resolve) => resolve(this.#options.spawn())).then(
      (worker) => {
        timer.clear();
        this.#track(worker.exited);
        if (timedOut || this.#closed) {
          if (!timedOut) this.#spawning--;
          worker.channel.close();
          worker.kill();
          return;
        }
        this.#spawning--;
        this.#add(worker);
      },
      (cause: unknown) => {
        timer.clear();
        if (!timedOut) failed(cause);
      },
    );
    this.#track(spawned);
  }

  #track(life: Promise<unknown>): void {
    const forget = (): void => void this.#alive.delete(tracked);
    const tracked: Promise<void> = life.then(forget, forget);
    this.#alive.add(tracked);
  }

  #add(worker: PooledWorker): void {
    const member = new PoolMember(worker);
    this.#members.add(member);
    this.#spawned++;
    void worker.exited.then((fault) => this.#exited(member, fault));
    this.#startIdling(member);
    this.#pump();
  }

  #exited(member: PoolMember, fault: IsomuxError | undefined): void {
    if (!this.#remove(member, fault)) return;
    // A worker that never had a run is a failed start.
    if (!member.used) this.#spawnFailed(fault);
    else this.#pump();
  }

  #spawnFailed(cause: unknown): void {
    if (this.#closed) return;
    this.#backoff.failed(cause);
    const final = isIsomuxError(cause) && cause.code === 'ENGINE_UNAVAILABLE';
    if (final && this.#members.size === 0) this.#refuse(spawnError(cause));
    this.#pump();
  }

  #refuse(error: IsomuxError): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }
}

function load(member: PoolMember): number {
  return member.exclusive ? Number.MAX_SAFE_INTEGER : member.runs;
}

function countSuspects(waiters: Iterable<Waiter>): number {
  let count = 0;
  for (const { request } of waiters) if (request.suspect) count++;
  return count;
}

function spawnError(cause: unknown): IsomuxError {
  if (isIsomuxError(cause)) return cause;
  return new IsomuxError('ENGINE_UNAVAILABLE', 'Workers for the engine cannot be started on this machine; the cause says why.', { cause });
}

function assertCount(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${min}; it is ${value}`);
}
