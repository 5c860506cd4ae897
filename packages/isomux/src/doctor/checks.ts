import type { Driver, Result } from '@isomux/driver';

/** One thing that a backend has to do on this machine. */
export interface Check {
  /** What it does when it works. */
  readonly name: string;
  /** What a failure means for its user. */
  readonly advice: string;
  /** Resolves to what went wrong, or to `undefined`. */
  run(driver: Driver): Promise<string | undefined>;
}

const PROGRAM = `
  const answers = await Promise.all([1, 2, 3].map((n) => double({ n })))
  console.log('doubled', answers.length)
  return answers.reduce((sum, n) => sum + n, 0)`;

/** Runs the program that calls tools; also what runs are timed with. */
export async function runProbe(driver: Driver): Promise<string | undefined> {
  const result = await run(driver, PROGRAM, {});
  const { logs, value } = result;
  if (result.success && value === 12 && logs[0] === 'doubled 3') return undefined;
  return result.success ? `the program gave ${JSON.stringify({ value, logs })}` : describe(result);
}

const REPORT = 'Please report it, with the output of isomux doctor --json.';

/** In this order; the first that fails ends the examination. */
export const CHECKS: readonly Check[] = [
  { name: 'ran a program with tools', advice: REPORT, run: runProbe },
  {
    name: 'stopped an endless loop',
    advice: `Do not run programs of others on it here. ${REPORT}`,
    run: async (driver) => expectCode(await run(driver, 'for (;;);', { wallMs: 200 }), 'TIMEOUT'),
  },
  {
    name: 'held a program to 32 MB',
    advice: `Do not run programs of others on it here. ${REPORT}`,
    run: async (driver) =>
      expectCode(
        await run(driver, 'const all = []; for (;;) all.push(new Array(10_000).fill(0))', { memoryBytes: 32 * 1024 * 1024 }),
        'MEMORY_LIMIT',
      ),
  },
];

async function run(driver: Driver, code: string, limits: { wallMs?: number; memoryBytes?: number }): Promise<Result> {
  const bindings = { double: { execute: (args: unknown) => 2 * readNumber(args) } };
  const context = await driver.createContext({ bindings, limits });
  try {
    return await context.execute(code);
  } finally {
    await context.dispose();
  }
}

function readNumber(args: unknown): number {
  return typeof args === 'object' && args !== null && 'n' in args ? Number(args.n) : NaN;
}

function expectCode(result: Result, code: string): string | undefined {
  if (result.error?.code === code) return undefined;
  return result.success ? `the program was not stopped with ${code}` : describe(result);
}

function describe({ error }: Result): string {
  return `${error?.name}: ${error?.message}${error?.code === undefined ? '' : ` (${error.code})`}`;
}
