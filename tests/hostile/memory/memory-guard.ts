import { fork, type ChildProcess } from 'node:child_process';
import { settledWithin } from '../deadline.ts';
import type { Ending } from './memory-host.ts';
import { canMeasure, watchTree, type TreeWatch } from './process-tree.ts';

/** What one way did: how it ended, and how far the whole process tree grew over where it was at first. */
export interface Outcome {
  readonly way: string;
  readonly ending: Ending | 'the host process died' | 'the host process hung';
  readonly detail: string;
  /** Undefined where the machine does not tell. */
  readonly grownMiB: number | undefined;
}

const MiB = 1024 * 1024;
const PATIENCE_MS = 45_000;

/** A host process for one subject, replaced when it dies. */
export class MemoryGuard {
  readonly #subject: string;
  #host: ChildProcess | undefined;
  #watch: TreeWatch | undefined;
  #baseBytes = 0;
  #errors = '';

  constructor(subject: string) {
    this.#subject = subject;
  }

  async try(way: string): Promise<Outcome> {
    const host = await this.#ready();
    this.#watch?.takePeak();
    host.send(way);
    const ending = await this.#hear<Ending>(host);
    const bytes = this.#watch?.takePeak();
    const detail = this.#errors.trim();
    if (typeof ending === 'string') this.stop();
    return { way, ending, detail, grownMiB: bytes === undefined ? undefined : Math.round((bytes - this.#baseBytes) / MiB) };
  }

  stop(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#host?.kill('SIGKILL');
    this.#host = undefined;
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#host !== undefined) return this.#host;
    const host = fork(`${import.meta.dirname}/memory-host.ts`, [this.#subject], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#host = host;
    this.#errors = '';
    host.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors = (this.#errors + text).slice(-2_000)));
    const greeting = await this.#hear<'ready'>(host);
    if (greeting !== 'ready') throw new Error(`No host for ${this.#subject}: ${greeting}. ${this.#errors}`);
    if (canMeasure && host.pid !== undefined) {
      this.#watch = watchTree(host.pid);
      this.#baseBytes = this.#watch.takePeak();
    }
    return host;
  }

  async #hear<T>(host: ChildProcess): Promise<T | 'the host process died' | 'the host process hung'> {
    const heard = await settledWithin(
      new Promise<T | 'the host process died'>((resolve) => {
        const onMessage = (message: unknown): void => done(message as T);
        const onExit = (): void => done('the host process died');
        const done = (value: T | 'the host process died'): void => {
          host.off('message', onMessage).off('exit', onExit);
          resolve(value);
        };
        host.on('message', onMessage).on('exit', onExit);
      }),
      PATIENCE_MS,
    );
    return heard === 'still pending' ? 'the host process hung' : heard;
  }
}
