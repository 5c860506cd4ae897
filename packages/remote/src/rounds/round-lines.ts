import type { Limits, LogLevel } from '@isomux/protocol';

/**
 * Console lines of a run over its rounds. Servers that keep nothing execute a program anew in every round, and may send the
 * lines of earlier rounds again with it: those are taken out, so that each line comes once.
 */
export class RoundLines {
  readonly #all: string[] = [];
  /** The server repeats lines. Undefined until there was something to tell it by. */
  #repeats: boolean | undefined;
  #bytes = 0;
  #full = false;

  /** The lines of an answer that no earlier one had, as far as the limits go. `recorded`: the server is one that repeats nothing. */
  take(lines: readonly string[], recorded: boolean, limits: Limits): readonly string[] {
    const all = this.#all;
    if (recorded) this.#repeats = false;
    else if (all.length > 0) this.#repeats ??= all.every((line, index) => lines[index] === line);
    const fresh: string[] = [];
    for (const line of this.#repeats === true ? lines.slice(all.length) : lines) {
      if (this.#full) break;
      fresh.push(this.#fit(line, all.length + fresh.length, limits));
    }
    all.push(...fresh);
    return fresh;
  }

  /** The line, or in its place the word that there are no more. */
  #fit(line: string, count: number, { maxLogLines, maxLogBytes }: Limits): string {
    this.#bytes += new TextEncoder().encode(line).length;
    this.#full = count >= maxLogLines || this.#bytes > maxLogBytes;
    if (!this.#full) return line;
    return count >= maxLogLines ? `[log truncated: over maxLogLines ${maxLogLines}]` : `[log truncated: over maxLogBytes ${maxLogBytes}]`;
  }
}

const LEVELS: readonly (readonly [string, LogLevel])[] = [
  ['ERROR: ', 'error'],
  ['WARN: ', 'warn'],
  ['INFO: ', 'info'],
  ['DEBUG: ', 'debug'],
];

/** The level that a line's prefix says. */
export function levelOf(line: string): LogLevel {
  return LEVELS.find(([prefix]) => line.startsWith(prefix))?.[1] ?? 'log';
}
