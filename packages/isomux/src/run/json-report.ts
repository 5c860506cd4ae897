import type { Result } from '@isomux/driver';
import { printableJson } from '../cli/printable.ts';
import { readFrames, renameStack } from './guest-stack.ts';

/** The one document that `--json` prints of a run: the result, what it was a run of, and where an error came from. */
export function renderRunReport(
  result: Pick<Result, 'success'> & Partial<Result>,
  program: string,
  driver: string,
  exitCode: number,
): string {
  const { error } = result;
  const place = error === undefined ? undefined : readFrames(error, program).position;
  return `${printableJson({
    program,
    driver,
    exitCode,
    ...result,
    ...(error === undefined
      ? {}
      : {
          error: {
            ...error,
            ...(error.stack === undefined ? {} : { stack: renameStack(error.stack, program) }),
            ...(place === undefined ? {} : { position: place }),
          },
        }),
  })}\n`;
}
