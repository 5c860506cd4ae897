import { IsomuxError, parseStringPayload } from '@isomux/protocol';
import type { Limits, LogHeader, LogLevel } from '@isomux/protocol';
import { utf8Length } from './text-size.ts';

/** Room over the caps for what the runtime adds itself: the truncation marker, and the rest of a line it cut. */
const EXTRA_LINES = 100;
const EXTRA_BYTES = 16 * 1024;

/**
 * The console lines of one run. An executor numbers them; the numbers are what makes a line appear once although a replay
 * may write it again.
 */
export class LogBook {
  readonly #lines: string[] = [];
  readonly #maxLines: number;
  readonly #maxBytes: number;
  readonly #told: (seq: number, level: LogLevel, line: string) => void;
  /** The number that the next line must have. Behind `#lines` while a replay writes lines that are known already. */
  #next = 0;
  #bytes = 0;

  /** `told` is called once for each line number. */
  constructor(limits: Limits, told: (seq: number, level: LogLevel, line: string) => void) {
    this.#maxLines = limits.maxLogLines + EXTRA_LINES;
    this.#maxBytes = limits.maxLogBytes + EXTRA_BYTES;
    this.#told = told;
  }

  /** How many lines the present executor has accounted for. */
  get count(): number {
    return this.#next;
  }

  /** Takes the lines of one message. Throws `PROTOCOL_ERROR` for a gap, for text that is no line, and over the caps. */
  receive(header: LogHeader, payloads: readonly string[]): void {
    if (header.seq !== this.#next) {
      throw new IsomuxError('PROTOCOL_ERROR', `console line ${this.#next} was due; the executor sent line ${header.seq}`);
    }
    for (const [index, level] of header.levels.entries()) this.#add(level, parseStringPayload(payloads[index], 'a console line'));
  }

  /** The run is replayed and its executor will go on after line `count`. */
  rewind(count: number): void {
    this.#next = count;
  }

  /** Every line. `whole`: the program came to its end, so lines that only an executor now lost has seen are not part of it. */
  read(whole: boolean): string[] {
    return whole ? this.#lines.slice(0, this.#next) : this.#lines.slice();
  }

  #add(level: LogLevel, line: string): void {
    const seq = this.#next;
    const known = this.#lines[seq];
    if (seq >= this.#maxLines) throw new IsomuxError('PROTOCOL_ERROR', 'the executor sent more console lines than maxLogLines');
    this.#bytes += utf8Length(line) - (known === undefined ? 0 : utf8Length(known));
    if (this.#bytes > this.#maxBytes) throw new IsomuxError('PROTOCOL_ERROR', 'the executor sent more console output than maxLogBytes');
    this.#lines[seq] = line;
    this.#next = seq + 1;
    if (known === undefined) this.#told(seq, level, line);
  }
}
