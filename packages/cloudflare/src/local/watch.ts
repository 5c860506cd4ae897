import { request } from 'node:http';
import { readResidentBytes } from '@isomux/sandbox-process';
import { readCpuMs } from './cpu-time.ts';
import type { WorkerdProcess } from './workerd-process.ts';

/** What a watch kills for. */
export interface WatchOptions {
  readonly maxMemoryBytes: number;
  /**
   * Processor time that it may use without an answer, in milliseconds: by the clock a machine with other things to do would be taken for a guest that never
   * yields. Infinity where a run has it to itself, which may keep it busy for as long as its budget lasts.
   */
  readonly silentCpuMs: number;
}

const PING_EVERY_MS = 100;
/** When somebody has just given up on it: how often to look, and what share of that time it may use then. */
const SUSPECTED_TICK_MS = 20;
const SUSPECTED_SHARE = 0.25;
/** Where processor time is not told, and for one that hangs without using any. */
const SILENT_MS = 8_000;
const SUSPECTED_FOR_MS = 1_000;
/** For a sign of life of one that is used by several runs that may have ended another. */
const ANSWER_MS = 1_000;

/** Sees that a workerd answers while it has something to do, and stays within its memory. */
export class Watch {
  readonly #workerd: WorkerdProcess;
  readonly #options: WatchOptions;
  /** The question that it has not answered. */
  #asked: { readonly atMs: number; readonly cpuMs: number | undefined } | undefined;
  #askAgainMs = 0;
  #suspectedUntilMs = 0;
  #looking = false;
  #checking = false;

  constructor(workerd: WorkerdProcess, options: WatchOptions) {
    this.#workerd = workerd;
    this.#options = options;
  }

  /** A client has given up on it: perhaps because it does not answer. */
  suspect(): void {
    this.#suspectedUntilMs = performance.now() + SUSPECTED_FOR_MS;
    this.#askAgainMs = 0;
    this.#lookClosely();
  }

  /** Ends it where it does not answer: what it was busy with is over, and others wait on it. None of them is to blame. */
  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    if (!(await this.answers())) this.#workerd.kill('EXECUTOR_LOST');
    this.#checking = false;
  }

  /** Whether it gives a sign of life within a second. */
  async answers(): Promise<boolean> {
    const port = await this.#workerd.port;
    if (port === undefined || this.#workerd.end !== undefined) return false;
    return new Promise((resolve) => {
      const question = request({ host: '127.0.0.1', port, path: '/health/live', agent: false }, (answer) => {
        answer.resume();
        resolve(true);
      });
      const late = setTimeout(() => question.destroy(), ANSWER_MS);
      question.once('error', () => resolve(false));
      question.once('close', () => {
        clearTimeout(late);
        resolve(false);
      });
      question.end();
    });
  }

  #lookClosely(): void {
    this.tick();
    if (this.#asked === undefined || this.#looking || performance.now() > this.#suspectedUntilMs) return;
    this.#looking = true;
    const timer = setTimeout(() => {
      this.#looking = false;
      this.#lookClosely();
    }, SUSPECTED_TICK_MS);
    timer.unref();
  }

  /** Asks for a first sign of life, so that whatever is only made once has been made. */
  async warm(): Promise<void> {
    if ((await this.#workerd.port) !== undefined && this.#workerd.pid !== undefined) await this.#ask(this.#workerd.pid);
  }

  /** Called every 50 ms, busy or not. */
  tick(): void {
    const { pid, end, served } = this.#workerd;
    if (pid === undefined || end !== undefined || !served) return;
    const resident = readResidentBytes(pid);
    if (resident !== undefined && resident > this.#options.maxMemoryBytes) return this.#endForMemory();
    if (this.#options.silentCpuMs === Infinity) return;
    const now = performance.now();
    const suspected = now < this.#suspectedUntilMs;
    if (this.#asked === undefined) {
      if ((this.#workerd.busy || suspected) && now >= this.#askAgainMs) void this.#ask(pid);
    } else if (isTooLong(this.#asked, pid, this.#options.silentCpuMs * (suspected ? SUSPECTED_SHARE : 1))) {
      this.#workerd.kill('ENGINE_CRASHED');
    }
  }

  /** With others beside it no connection may be told that its run took the memory: it would be believed, being alone there. */
  #endForMemory(): void {
    this.#workerd.kill(this.#workerd.carriers.size > 1 ? 'ENGINE_CRASHED' : 'MEMORY_LIMIT');
  }

  async #ask(pid: number): Promise<void> {
    const asked = { atMs: performance.now(), cpuMs: readCpuMs(pid) };
    this.#asked = asked;
    const port = await this.#workerd.port;
    await new Promise<void>((resolve) => {
      const question = request({ host: '127.0.0.1', port, path: '/health/live', agent: this.#workerd.agent }, (answer) => {
        answer.resume();
        answer.once('close', resolve);
      });
      question.once('error', () => resolve());
      question.once('socket', (socket) => socket.unref());
      question.end();
    });
    this.#askAgainMs = performance.now() + PING_EVERY_MS;
    this.#asked = undefined;
  }
}

function isTooLong(asked: { readonly atMs: number; readonly cpuMs: number | undefined }, pid: number, maxCpuMs: number): boolean {
  if (performance.now() - asked.atMs > SILENT_MS) return true;
  const cpuMs = readCpuMs(pid);
  if (asked.cpuMs === undefined || cpuMs === undefined) return performance.now() - asked.atMs > 2 * maxCpuMs;
  return cpuMs - asked.cpuMs > maxCpuMs;
}
