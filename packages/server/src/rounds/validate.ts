import type { Executor } from '@isomux/executor';
import { DEFAULT_LIMITS, IsomuxError, clampLimits, isErrorCode, type LostHeader } from '@isomux/protocol';
import { RoundRun, type RoundOutcome, type RoundProgress } from './round-run.ts';

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

/** Places that one validation may lose, to programs of others perhaps, and crashes of them that it was alone in. */
const MAX_LOSSES = 8;
const MAX_CRASHES = 2;

/**
 * Has an executor compile a program as it compiles every program, and not execute it: the text that it is given returns before
 * the program's first line. That it is one function body, which nothing in it can leave, is for the executor to see to.
 *
 * Rejects with the code of an executor that would not look.
 */
export async function validateProgram(executor: Executor, code: string, signal: AbortSignal): Promise<Validation> {
  let suspect = false;
  let crashes = 0;
  for (let losses = 1; ; losses++) {
    const progress = await compile(executor, code, signal, suspect);
    if (!('type' in progress)) return judge(progress.outcome);
    if (progress.code !== 'EXECUTOR_LOST') crashes++;
    if (losses === MAX_LOSSES || (crashes >= MAX_CRASHES && progress.alone)) {
      throw new IsomuxError(progress.code, 'The place where the program was looked at is gone. Try again.');
    }
    ({ suspect } = progress);
  }
}

async function compile(executor: Executor, code: string, signal: AbortSignal, suspect: boolean): Promise<RoundProgress | LostHeader> {
  const limits = clampLimits({ ...DEFAULT_LIMITS, wallMs: WALL_MS, maxCalls: 0, maxTimers: 0 }, executor.limits);
  const text = `return;\n${asBody(code)}`;
  const run = new RoundRun(executor, { code: text, tools: [], limits, seed: SEED, startMs: 0, spentMs: 0, suspect });
  const abort = (): void => run.abort();
  signal.addEventListener('abort', abort);
  try {
    run.open([], []);
    return await run.next([]);
  } finally {
    signal.removeEventListener('abort', abort);
    run.close();
  }
}

function judge(outcome: RoundOutcome | undefined): Validation {
  if (outcome?.kind !== 'failure') return { valid: true };
  const { name, message, stack, code } = outcome.error;
  if (code !== undefined && JUDGEMENTS.has(code)) {
    return { valid: false, error: { name, message: withoutPlace(message), code, ...readPlace(stack) } };
  }
  throw new IsomuxError(isErrorCode(code) ? code : 'ENGINE_CRASHED', message);
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
