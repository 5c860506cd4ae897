import { printableLine } from '../cli/printable.ts';
import type { Output } from '../cli/terminal.ts';
import type { Position } from './guest-stack.ts';

const LINES_AROUND = 2;
const MAX_WIDTH = 100;

/** The lines of a program around a position, with a mark below it. Nothing for a position outside of the program. */
export function renderCodeFrame(source: string, { line, column }: Position, out: Output): string[] {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - LINES_AROUND);
  const last = Math.min(lines.length, line + LINES_AROUND);
  const gutter = String(last).length;
  // A long line is shown from where its mark is in sight.
  const from = column > MAX_WIDTH - 20 ? column - MAX_WIDTH / 2 : 0;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((number) => {
    const marked = number === line;
    const text = printableLine((lines[number - 1] ?? '').replaceAll('\t', ' ').slice(from, from + MAX_WIDTH), MAX_WIDTH);
    const row = `${marked ? out.style('red', '>') : ' '} ${out.style('dim', `${String(number).padStart(gutter)} |`)} ${text}`;
    if (!marked) return [row.trimEnd()];
    const mark = `  ${' '.repeat(gutter)} ${out.style('dim', '|')} ${' '.repeat(Math.max(0, column - 1 - from))}${out.style('red', '^')}`;
    return [row, mark];
  });
}
