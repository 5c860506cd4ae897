import type { OutcomeError } from '@isomux/protocol';

/** Where something is in a program, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What the guest runtime calls every program. */
export const GUEST_NAME = 'program.js';
/** The guest may write its own stack, so what is read of it is short and plain. */
const MAX_LENGTH = 10_000;
const FRAME = /^([ \t]+at .{0,500}?)program\.js:(\d{1,9}):(\d{1,9})(\)?)$/;

/** The frames of an error's stack, with the program's own name in place of the one it has inside the sandbox. */
export function readFrames(
  error: OutcomeError,
  name: string,
): { readonly frames: readonly string[]; readonly position: Position | undefined } {
  const frames: string[] = [];
  let position: Position | undefined;
  for (const line of (error.stack ?? '').slice(0, MAX_LENGTH).split('\n')) {
    const [, before, row, column, after] = FRAME.exec(line) ?? [];
    if (before === undefined) continue;
    frames.push(`${before}${name}:${row}:${column}${after}`);
    position ??= { line: Number(row), column: Number(column) };
  }
  return { frames, position };
}

/** The stack with the program's own name, for machines. */
export function renameStack(stack: string, name: string): string {
  return stack
    .split('\n')
    .map((line) =>
      line.replace(FRAME, (_, before: string, row: string, column: string, after: string) => `${before}${name}:${row}:${column}${after}`),
    )
    .join('\n');
}
