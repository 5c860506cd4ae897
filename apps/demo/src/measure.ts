import { isDeepStrictEqual } from 'node:util';
import { createCodeMode } from '@tanstack/ai-code-mode';
import type { Driver } from '@isomux/driver';
import { z } from 'zod';
import type { Program } from './programs.ts';
import { createTools } from './tools.ts';

/** One program on one backend. */
export interface Measurement {
  readonly program: string;
  readonly equal: boolean;
  readonly result: unknown;
  readonly logs: readonly string[];
  readonly calls: number;
  readonly ms: number;
}

const outcomeSchema = z.object({
  success: z.boolean(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
  logs: z.array(z.string()).default([]),
});

/** Runs a program the way an agent does: through Code Mode's `execute_typescript` tool. */
export async function measure(driver: Driver, program: Program): Promise<Measurement> {
  let calls = 0;
  const { tool } = createCodeMode({ driver, tools: createTools(() => void calls++), timeout: 10_000, memoryLimit: 128 });
  if (tool.execute === undefined) throw new Error('Code Mode made a tool that cannot be executed.');
  const startedMs = performance.now();
  const outcome = outcomeSchema.parse(await tool.execute({ typescriptCode: program.typescript }));
  const ms = performance.now() - startedMs;
  const result = outcome.success ? outcome.result : { failed: outcome.error };
  return { program: program.name, equal: isDeepStrictEqual(result, program.expected), result, logs: outcome.logs, calls, ms };
}
