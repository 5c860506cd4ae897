import type { Result, RunEvent } from '@isomux/driver';
import { printable, printableJson, printableLine } from '../cli/printable.ts';
import type { Terminal } from '../cli/terminal.ts';
import { renderCodeFrame } from './code-frame.ts';
import { readFrames } from './guest-stack.ts';
import type { Program } from './program.ts';
import { milliseconds, renderTimeline } from './timeline.ts';

const MAX_FRAMES = 10;
const MAX_MESSAGE = 10_000;

/** Shows a run to people: console lines as they come, then tool calls, the value and how it ended. */
export class LiveView {
  readonly #terminal: Terminal;
  readonly #program: Program;
  readonly #toolFailures = new Map<number, string>();

  constructor(terminal: Terminal, program: Program) {
    this.#terminal = terminal;
    this.#program = program;
  }

  /** Shows one event at once. Console lines go where Node puts them: errors and warnings to standard error. */
  readonly onEvent = (event: RunEvent): void => {
    const { out, err } = this.#terminal;
    if (event.type === 'tool-error') this.#toolFailures.set(event.id, printableLine(`${event.error.name}: ${event.error.message}`, 80));
    if (event.type === 'replay')
      err.write(err.style('yellow', `the sandbox was lost; the run goes on in another one (replay ${event.attempt})\n`));
    if (event.type !== 'console') return;
    const line = `${printable(event.line)}\n`;
    if (event.level === 'error') err.write(err.style('red', line));
    else if (event.level === 'warn') err.write(err.style('yellow', line));
    else out.write(line);
  };

  /** Shows how the run ended: the value alone on standard output, everything about it on standard error. */
  finish(result: Result, driver: string): void {
    const { out, err } = this.#terminal;
    const { stats, calls, logs } = result;
    const timeline = renderTimeline(calls, stats.wallMs, this.#toolFailures, err);
    const lines = [...(timeline.length === 0 ? [] : ['', ...timeline]), ''];
    if (result.success) {
      if (result.value !== undefined) out.write(`${printableJson(result.value)}\n`);
    } else {
      lines.push(...this.describeError(result.error), '');
    }
    const verdict = result.success ? err.style('green', 'finished') : err.style('red', 'failed');
    const facts = [`executing ${milliseconds(stats.cpuMs)}`, `waiting for tools ${milliseconds(stats.toolWaitMs)}`];
    const counts = [count(calls.length, 'tool call'), count(logs.length, 'console line')];
    lines.push(`${verdict} after ${milliseconds(stats.wallMs)} on ${driver} (${[...facts, ...counts].join(', ')})`, '');
    err.write(lines.join('\n'));
  }

  /** An error, the program around the place it came from, and the way it came. */
  describeError(error: NonNullable<Result['error']>): string[] {
    const { err } = this.#terminal;
    const { frames, position } = readFrames(error, this.#program.name);
    const code = error.code === undefined ? '' : err.style('dim', ` (${printableLine(error.code, 60)})`);
    const message = printable(error.message.slice(0, MAX_MESSAGE));
    const frame = position === undefined ? [] : renderCodeFrame(this.#program.source, position, err);
    return [
      `${err.style('red', printableLine(error.name, 60))}: ${message}${code}`,
      ...(frame.length === 0 ? [] : ['', ...frame, '']),
      ...frames.slice(0, MAX_FRAMES).map((line) => err.style('dim', printableLine(line))),
    ];
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
