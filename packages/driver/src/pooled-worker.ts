import type { Channel, IsomuxError } from '@isomux/protocol';
import { setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/**
 * A place where an executor half lives apart from the host: a child process, a thread. Made by the pool's `spawn`, and
 * the pool's from then on: nobody else kills it or closes its channel.
 */
export interface PooledWorker {
  /** For people: a process or thread id. */
  readonly id: number | string;
  /** To the executor half. Nobody has listened to it yet. */
  readonly channel: Channel;
  /** Ends it at once, whatever it is doing. Called at most once; must not throw. */
  kill(): void;
  /**
   * Resolves when it is gone, of itself or killed, with the fault that its runs should see. Never rejects. The pool then
   * closes the channel with that fault, so it is best resolved before the transport notices the end and closes it with a
   * poorer one.
   */
  readonly exited: Promise<IsomuxError | undefined>;
}

/** A worker in its pool, and what the pool knows of it. */
export class PoolMember {
  readonly worker: PooledWorker;
  /** Runs that hold it now. */
  runs = 0;
  /** Those of them that it has not begun with. */
  opening = 0;
  /** It has had a run. */
  used = false;
  /** Kept for the one run it has. */
  exclusive = false;
  #idle: Timer | undefined;

  constructor(worker: PooledWorker) {
    this.worker = worker;
  }

  /** Calls `fire` once when it has been idle for that long. */
  startIdling(idleMs: number, fire: () => void): void {
    this.#idle?.clear();
    this.#idle = setTimer(idleMs, fire, { unref: true });
  }

  stopIdling(): void {
    this.#idle?.clear();
    this.#idle = undefined;
  }
}
