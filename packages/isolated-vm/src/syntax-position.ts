/** A place in a source, both from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** The name sources are compiled under when only their syntax errors are wanted. */
export const CHECKED_FILE_NAME = 'program.js';

const POSITION = /\[program\.js:(\d{1,9}):(\d{1,9})\]$/;

/** The place that isolated-vm writes at the end of the message of every error from compiling. */
export function readSyntaxPosition(error: unknown): SourcePosition | undefined {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  const found = typeof message === 'string' ? POSITION.exec(message.slice(-64)) : null;
  return found === null ? undefined : { line: Number(found[1]), column: Number(found[2]) };
}
