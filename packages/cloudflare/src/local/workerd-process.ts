import { Agent } from 'node:http';
import type { ErrorCode } from '@isomux/protocol';

/** Why connections to a workerd are gone: by this code drivers know whether a run of theirs may be the cause. */
export type WorkerdEnd = Extract<ErrorCode, 'EXECUTOR_LOST' | 'ENGINE_CRASHED' | 'MEMORY_LIMIT'>;

/** One workerd, from its start to its end. */
export class WorkerdProcess {
  readonly agent: Agent = new Agent({ keepAlive: true });
  /** Resolves with its port; with undefined when it went before it had one. */
  readonly port: Promise<number | undefined>;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  /** Sockets and streams that carry connections to it. */
  readonly carriers: Set<object> = new Set();
  /** Requests that it has not answered, carriers left out. */
  requests = 0;
  pid: number | undefined;
  /** It is for runs that may have ended another one. Where several of them are on it nobody knows whose fault its end is, and none is told that it may be its own. */
  quarantined = false;
  end: WorkerdEnd | undefined;
  /** The last that it wrote. */
  said = '';
  readonly #kill: () => void;
  #served = false;
  #settlePort: (port: number | undefined) => void = () => undefined;
  #settleGone: () => void = () => undefined;

  constructor(kill: () => void) {
    this.#kill = kill;
    this.port = new Promise((resolve) => (this.#settlePort = resolve));
    this.gone = new Promise((resolve) => (this.#settleGone = resolve));
  }

  get busy(): boolean {
    return this.carriers.size > 0 || this.requests > 0;
  }

  /** It has been there for requests. */
  get served(): boolean {
    return this.#served;
  }

  started(pid: number): void {
    this.pid = pid;
  }

  listening(port: number): void {
    this.#served = true;
    this.#settlePort(port);
  }

  exited(signal: string | null, said: string): void {
    this.said = said;
    // Killed from outside: no run is to blame.
    this.#over(signal === 'SIGKILL' || !this.#served ? 'EXECUTOR_LOST' : 'ENGINE_CRASHED');
  }

  /** Ends it at once. `end` is what connections to it are told. */
  kill(end: WorkerdEnd): void {
    const isFirst = this.end === undefined;
    this.end ??= this.#blame(end);
    // At once, where it can be: a keeper that is told does it a moment later.
    if (isFirst) this.#signal();
    this.#kill();
  }

  /** Nobody has it for a child any more. */
  orphan(): void {
    this.#signal();
    this.#over('EXECUTOR_LOST');
  }

  #blame(end: WorkerdEnd): WorkerdEnd {
    return this.quarantined && this.carriers.size > 1 ? 'EXECUTOR_LOST' : end;
  }

  #signal(): void {
    try {
      if (this.pid !== undefined) process.kill(this.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  #over(end: WorkerdEnd): void {
    this.end ??= this.#blame(end);
    this.#settlePort(undefined);
    this.#settleGone();
    this.agent.destroy();
  }
}
