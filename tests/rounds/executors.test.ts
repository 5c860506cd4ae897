import type { Executor } from '@isomux/executor';
import { createNodeExecutor } from '@isomux/isolated-vm';
import type { ExecuteResponse, ToolResultPayload } from '@isomux/protocol';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { createRounds } from '@isomux/server';
import { afterAll, describe, expect, it } from 'vitest';

const executors: Readonly<Record<string, Executor>> = {
  'isolated-vm, in processes': createNodeExecutor(),
  'QuickJS, on threads': createQuickJSExecutor(),
};
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())));

interface Played {
  readonly last: ExecuteResponse;
  readonly logs: readonly string[];
  readonly calls: readonly unknown[];
}

/** A client that goes from server to server, and adds one to whatever it is asked for. */
async function play(executor: Executor, maxSuspended: number, code: string): Promise<Played> {
  const rounds = createRounds(executor, { maxSuspended });
  const toolResults: Record<string, ToolResultPayload> = {};
  const logs: string[] = [];
  const calls: unknown[] = [];
  const caller = { principal: 'tester', signal: new AbortController().signal };
  try {
    while (true) {
      const response = await rounds.execute({ code, tools: [{ name: 'next' }], toolResults: { ...toolResults } }, caller);
      if ('logs' in response) logs.push(...response.logs);
      if (response.status !== 'need_tools') return { last: response, logs, calls };
      for (const { id, args } of response.toolCalls) {
        calls.push(args);
        toolResults[id] = { success: true, value: Number(args) + 1 };
      }
    }
  } finally {
    rounds.close();
  }
}

describe.each(Object.entries(executors))('rounds on %s', (_name, executor) => {
  it.each([256, 0])('come to the same, with %i runs kept', async (maxSuspended) => {
    const code = `
      const chance = Math.random();
      let n = 0;
      for (let i = 0; i < 5; i++) {
        console.log('at ' + n);
        n = await next(n);
        await new Promise((r) => setTimeout(r, 1));
      }
      const [a, b] = await Promise.all([next(10), next(20)]);
      const c = await next(chance);
      return [n, a, b, c === chance + 1];`;
    const { last, logs, calls } = await play(executor, maxSuspended, code);
    expect(last).toEqual({ status: 'done', success: true, value: [5, 11, 21, true], logs: [] });
    expect(logs).toEqual(['at 0', 'at 1', 'at 2', 'at 3', 'at 4']);
    expect(calls).toHaveLength(8);
  });

  it('end a program that uses too much, and take no other with it', async () => {
    const greedy = 'await next(1); const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1));';
    const [ended, well] = await Promise.all([play(executor, 0, greedy), play(executor, 0, 'return await next(await next(1))')]);
    expect(ended.last).toMatchObject({ status: 'done', success: false, error: { code: 'MEMORY_LIMIT' } });
    expect(well.last).toMatchObject({ value: 3 });
  });

  it('say where a program is wrong', async () => {
    const rounds = createRounds(executor);
    const { signal } = new AbortController();
    expect(await rounds.validate('const a = 1;\nconst a = 2;', signal)).toMatchObject({
      valid: false,
      error: { name: 'SyntaxError', line: 2 },
    });
    expect(await rounds.validate('for (;;);', signal)).toEqual({ valid: true });
    rounds.close();
  });
});
