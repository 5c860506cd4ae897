import type { LogHeader } from '@isomux/protocol';
import { setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/** How long a line may wait for others, and how much waits together. */
const LATEST_MS = 4;
const MAX_LINES = 1_000;
const MAX_LENGTH = 256 * 1024;

/**
 * Joins console lines that come close together into one message: an executor reports each as it is written, and over a network
 * a flood of them is better a few messages. Whoever sends another message about the run flushes first.
 */
export class LogBatch {
  readonly #send: (header: LogHeader, payloads: readonly string[]) => void;
  #header: LogHeader | undefined;
  #levels: LogHeader['levels'][number][] = [];
  #payloads: string[] = [];
  #length = 0;
  #timer: Timer | undefined;

  constructor(send: (header: LogHeader, payloads: readonly string[]) => void) {
    this.#send = send;
  }

  add(header: LogHeader, payloads: readonly string[]): void {
    const first = this.#header;
    if (first !== undefined && (first.turn !== header.turn || first.seq + this.#levels.length !== header.seq)) this.flush();
    if (this.#header === undefined) {
      this.#header = header;
      this.#timer = setTimer(LATEST_MS, () => this.flush());
    }
    // Not spread: a worker may send more at once than a call takes arguments.
    for (const level of header.levels) this.#levels.push(level);
    for (const payload of payloads) {
      this.#payloads.push(payload);
      this.#length += payload.length;
    }
    if (this.#levels.length >= MAX_LINES || this.#length >= MAX_LENGTH) this.flush();
  }

  /** Sends what waits. */
  flush(): void {
    this.#timer?.clear();
    const header = this.#header;
    if (header === undefined) return;
    const levels = this.#levels;
    const payloads = this.#payloads;
    this.drop();
    this.#send({ ...header, levels }, payloads);
  }

  /** Forgets what waits. */
  drop(): void {
    this.#timer?.clear();
    this.#header = undefined;
    this.#levels = [];
    this.#payloads = [];
    this.#length = 0;
  }
}
