import type { IsolateConfig, IsolateDriver } from '@tanstack/ai-code-mode';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Driver, ToolBinding } from '../src/isolate-driver.ts';
import type { PreparedContext, PreparedDriver } from '../src/prepared-driver.ts';
import { createVmExecutorDriver } from './vm-executor.ts';

const tool: ToolBinding = { execute: () => 1 };

describe('the types of a prepared driver', () => {
  it('are those of a driver, for us and for TanStack', () => {
    expectTypeOf<PreparedDriver>().toExtend<Driver>();
    expectTypeOf<PreparedDriver<'external_getUser'>>().toExtend<Driver>();
    expectTypeOf<PreparedDriver>().toExtend<IsolateDriver>();
    expectTypeOf<PreparedDriver<'external_getUser'>>().toExtend<IsolateDriver>();
  });

  it('know the tools that were declared', async () => {
    const driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: '', tools: ['external_a', 'external_b'] });
    expectTypeOf(prepared).toEqualTypeOf<PreparedDriver<'external_a' | 'external_b'>>();
    const context = await prepared.createContext({ bindings: { external_a: tool, external_b: tool, external_more: tool } });
    expectTypeOf(context).toEqualTypeOf<PreparedContext<'external_a' | 'external_b'>>();

    // @ts-expect-error -- external_b is missing, and named
    await expect(prepared.createContext({ bindings: { external_a: tool } })).rejects.toThrow('external_b');
    // @ts-expect-error -- both are
    await expect(prepared.createContext({ bindings: {} })).rejects.toThrow('external_a, external_b');
    // @ts-expect-error -- a number is no tool
    await expect(prepared.createContext({ bindings: { external_a: 1, external_b: tool } })).rejects.toThrow('external_a');
    // What is only known at run time is only checked at run time.
    const table: IsolateConfig['bindings'] = {};
    await expect(prepared.createContext({ bindings: table })).rejects.toThrow('external_a, external_b');

    expect((await context.execute('return 1', { bindings: { external_a: tool } })).success).toBe(true);
    // @ts-expect-error -- bound, but not declared
    expect(await context.execute('return 1', { bindings: { external_more: tool } })).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    await driver.close();
  });

  it('take no bindings where nothing was declared', async () => {
    const driver = createVmExecutorDriver();
    const prepared = await driver.prepare({ code: '' });
    expectTypeOf(prepared).toEqualTypeOf<PreparedDriver>();
    const context = await prepared.createContext({ bindings: { external_a: tool } });
    // @ts-expect-error -- nothing to rebind
    expect(await context.execute('', { bindings: { external_a: tool } })).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    const plain = await driver.createContext({ bindings: { external_a: tool } });
    // @ts-expect-error -- nothing was prepared
    expect(await plain.execute('', { bindings: { external_a: tool } })).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    // @ts-expect-error -- a preparation names tools, and binds none
    await expect(driver.prepare({ code: '', bindings: { external_a: tool } })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    // @ts-expect-error -- a limit of programs
    await expect(driver.prepare({ code: '', limits: { maxCalls: 1 } })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await driver.close();
  });
});
