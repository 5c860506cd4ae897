import { isDeepStrictEqual } from 'node:util';
import type { BenchTool, DriverUnderTest } from './driver-under-test.ts';

/** A program, the tools it may call, and the one right answer. */
export interface BenchProgram {
  /** Text of an async function body, as Code Mode passes it. */
  readonly code: string;
  /** The tools by the name under which the program calls them. */
  readonly tools: Readonly<Record<string, (args: unknown) => Promise<unknown>>>;
  readonly expected: unknown;
}

/** Milliseconds a run may take before its driver ends it: far beyond any sample, so that no driver is timed while it gives up. */
const TIMEOUT_MS = 60_000;
const MEMORY_LIMIT_MB = 128;

/**
 * Makes a context, runs the program in it and disposes it, as Code Mode does for every tool call, and says how long all of that took.
 * Rejects when the value is not the expected one; comparing is not timed.
 */
export async function timeRun(driver: DriverUnderTest, program: BenchProgram): Promise<number> {
  const bindings = bindTools(program);
  const startedMs = performance.now();
  const context = await driver.createContext({ bindings, timeout: TIMEOUT_MS, memoryLimit: MEMORY_LIMIT_MB });
  const result = await context.execute(program.code);
  await context.dispose();
  const ms = performance.now() - startedMs;
  assertRight(result, program);
  return ms;
}

/** Opens a context of its own for a program, for scenarios that look at more than the time of a whole run. */
export async function openContext(
  driver: DriverUnderTest,
  program: BenchProgram,
): Promise<{ run(): Promise<void>; close(): Promise<void> }> {
  const context = await driver.createContext({ bindings: bindTools(program), timeout: TIMEOUT_MS, memoryLimit: MEMORY_LIMIT_MB });
  return {
    run: async () => assertRight(await context.execute(program.code), program),
    close: () => context.dispose(),
  };
}

function assertRight(
  result: Awaited<ReturnType<Awaited<ReturnType<DriverUnderTest['createContext']>>['execute']>>,
  program: BenchProgram,
): void {
  if (!result.success) throw new Error(`the program failed: ${result.error?.name ?? 'Error'}: ${result.error?.message ?? 'no message'}`);
  if (!isDeepStrictEqual(result.value, program.expected)) throw new Error('the program returned a wrong value');
}

function bindTools(program: BenchProgram): Record<string, BenchTool> {
  return Object.fromEntries(
    Object.entries(program.tools).map(([name, execute]) => [name, { name, description: name, inputSchema: { type: 'object' }, execute }]),
  );
}
