import type { Executor } from '@isomux/executor';
import { DEFAULT_LIMITS, IsomuxError, clampLimits, isErrorCode } from '@isomux/protocol';
import { RoundRun } from './round-run.ts';

/** What there is to say of a program's text. */
export type Validation =
  | { readonly valid: true }
  | {
      readonly valid: false;
      readonly error: {
        readonly name: string;
        readonly message: string;
        readonly code: string;
        /** Place in the text, from 1, where the engine can tell. */
        readonly line?: number;
        readonly column?: number;
      };
    };

/** Codes that say something of the text. Others say that it was not looked at. */
const JUDGEMENTS: ReadonlySet<string> = new Set([
  'GUEST_SYNTAX_ERROR',
  'CODE_TOO_LARGE',
  'MEMORY_LIMIT',
  'STACK_OVERFLOW',
  'TIMEOUT',
  'CPU_TIMEOUT',
]);
const WALL_MS = 5_000;
const SEED = '0'.repeat(64);

/**
 * Has an executor compile a program as it compiles every program, and not execute it: the text that it is given returns before
 * the program's first line. That it is one function body, which nothing in it can leave, is for the executor to see to.
 *
 * Rejects with the code of an executor that would not look.
 */
export async function validateProgram(executor: Executor, code: string, signal: AbortSignal): Promise<Validation> {
  const limits = clampLimits({ ...DEFAULT_LIMITS, wallMs: WALL_MS, maxCalls: 0, maxTimers: 0 }, executor.limits);
  const run = new RoundRun(executor, {
    code: `return;\n${asBody(code)}`,
    tools: [],
    limits,
    seed: SEED,
    startMs: 0,
    spentMs: 0,
    suspect: false,
  });
  const abort = (): void => run.abort();
  signal.addEventListener('abort', abort);
  try {
    run.open([], []);
    const progress = await run.next([]);
    if ('type' in progress) throw new IsomuxError(progress.code, 'The place where the program was looked at is gone. Try again.');
    const { outcome } = progress;
    if (outcome?.kind !== 'failure') return { valid: true };
    const { name, message, stack, code: errorCode } = outcome.error;
    if (errorCode !== undefined && JUDGEMENTS.has(errorCode)) {
      return { valid: false, error: { name, message: withoutPlace(message), code: errorCode, ...readPlace(stack) } };
    }
    throw new IsomuxError(isErrorCode(errorCode) ? errorCode : 'ENGINE_CRASHED', message);
  } finally {
    signal.removeEventListener('abort', abort);
    run.close();
  }
}

/** A byte order mark and a hashbang line mean nothing at the start of a program, and would be an error further down. */
function asBody(code: string): string {
  const mark = code.startsWith('\uFEFF') ? ' ' : '';
  const text = code.slice(mark.length);
  return mark + (text.startsWith('#!') ? `//${text.slice(2)}` : text);
}

const PLACE = / \((\d+):(\d+)\)$/;

/** The executor writes the place behind the message too, counting the line that was put before the program. */
function withoutPlace(message: string): string {
  return message.replace(PLACE, '');
}

function readPlace(stack: string | undefined): { readonly line?: number; readonly column?: number } {
  const [, line, column] = /\n {4}at program\.js:(\d+):(\d+)$/.exec(stack ?? '') ?? [];
  return line === undefined || column === undefined ? {} : { line: Math.max(1, Number(line) - 1), column: Number(column) };
}
