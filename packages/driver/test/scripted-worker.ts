import { DEFAULT_LIMITS } from '@isomux/protocol';
import type { Channel, IsomuxError } from '@isomux/protocol';
import type { ConnectRequest, Connection } from '../src/connection.ts';
import type { PooledWorker } from '../src/pooled-worker.ts';
import { ScriptedExecutor } from './scripted-executor.ts';

/** A worker as a test plays it. */
export class ScriptedWorker implements PooledWorker {
  readonly id: number;
  readonly executor: ScriptedExecutor = new ScriptedExecutor();
  readonly channel: Channel = this.executor.driverEnd;
  readonly exited: Promise<IsomuxError | undefined>;
  killed = 0;
  #exit: (fault: IsomuxError | undefined) => void = () => undefined;

  constructor(id: number) {
    this.id = id;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  kill(): void {
    this.killed++;
    this.#exit(undefined);
  }

  die(fault?: IsomuxError): void {
    this.#exit(fault);
  }
}

/** A `spawn` whose workers start when the test says so, or at once. */
export class Spawner {
  readonly workers: ScriptedWorker[] = [];
  readonly pending: { readonly ready: () => ScriptedWorker; readonly fail: (cause: unknown) => void }[] = [];
  asked = 0;
  readonly #manual: boolean;

  constructor(options: { readonly manual: boolean } = { manual: false }) {
    this.#manual = options.manual;
  }

  readonly spawn = (): Promise<PooledWorker> => {
    const id = this.asked++;
    const start = (): ScriptedWorker => {
      const worker = new ScriptedWorker(id);
      this.workers.push(worker);
      return worker;
    };
    if (!this.#manual) return Promise.resolve(start());
    return new Promise((resolve, reject) => {
      this.pending.push({
        ready: () => {
          const worker = start();
          resolve(worker);
          return worker;
        },
        fail: reject,
      });
    });
  };

  get alive(): number {
    return this.workers.filter(({ killed }) => killed === 0).length;
  }

  of(connection: Connection): ScriptedWorker | undefined {
    return this.workers.find(({ channel }) => channel === connection.channel);
  }
}

export function request(changes: Partial<ConnectRequest> = {}): ConnectRequest {
  return { signal: new AbortController().signal, limits: DEFAULT_LIMITS, attempt: 0, suspect: false, ...changes };
}
