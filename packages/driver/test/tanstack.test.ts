import { createCodeMode } from '@tanstack/ai-code-mode';
import type { ExecutionResult, IsolateConfig, IsolateContext, IsolateDriver, ToolBinding as TanStackBinding } from '@tanstack/ai-code-mode';
import type { ToolExecutionContext } from '@tanstack/ai';
import { toolDefinition } from '@tanstack/ai';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { createDriver } from '../src/driver.ts';
import type { Context, ContextOptions, Driver, ToolBinding, ToolContext } from '../src/isolate-driver.ts';
import type { Result } from '../src/result.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

describe('TanStack’s types', () => {
  it('accept our driver, contexts and results', () => {
    expectTypeOf<Driver>().toExtend<IsolateDriver>();
    expectTypeOf<Context>().toExtend<IsolateContext>();
    expectTypeOf<Result<number>>().toExtend<ExecutionResult<number>>();
    expectTypeOf<ToolContext>().toExtend<ToolExecutionContext>();
  });

  it('are accepted by us: its config and its bindings', () => {
    expectTypeOf<IsolateConfig>().toExtend<ContextOptions>();
    expectTypeOf<TanStackBinding>().toExtend<ToolBinding>();
  });
});

describe('Code Mode', () => {
  it('runs a program on our driver, with its tools, logs and result', async () => {
    const executor = new ScriptedExecutor();
    const driver = createDriver(connectTo(executor).connect);
    const double = toolDefinition({
      name: 'double',
      description: 'Doubles a number',
      inputSchema: z.object({ n: z.number() }),
      outputSchema: z.object({ n: z.number() }),
    }).server(({ n }) => ({ n: n * 2 }));
    const { tool } = createCodeMode({ driver, tools: [double], timeout: 4_000, memoryLimit: 99 });
    const events: string[] = [];
    const typescriptCode = 'const r: { n: number } = await external_double({ n: 21 }); console.log("doubled"); return r';
    const answer = tool.execute?.({ typescriptCode }, { emitCustomEvent: (name: string) => void events.push(name) });
    const run = (await executor.opened()).started();
    expect(run.header.limits).toMatchObject({ wallMs: 4_000, memoryBytes: 99 * 1024 * 1024 });
    expect(run.payloads[1]).toBe('["external_double"]');
    expect(JSON.parse(run.payloads[0] ?? '')).not.toContain(': {');
    run.turn({ calls: [['external_double', { n: 21 }]] });
    expect((await run.settled()).payloads).toEqual(['{"n":42}']);
    run.log('doubled').value({ n: 42 });
    expect(await answer).toEqual({ success: true, result: { n: 42 }, logs: ['doubled'] });
    expect(events).toContain('code_mode:external_result');
    expect(events).toContain('code_mode:console');
  });
});
