import { describe, expect, it, vi } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { RunEvent } from '../src/events.ts';
import type { ContextOptions } from '../src/isolate-driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

function setUp(options: Partial<ContextOptions> = {}) {
  const executor = new ScriptedExecutor();
  const wired = connectTo(executor);
  const driver = createDriver(wired.connect);
  return { executor, ...wired, context: driver.createContext({ bindings: {}, ...options }) };
}

describe('events', () => {
  it('tell a run from start to end, in order, to driver, context and execute', async () => {
    const seen: [string, RunEvent][] = [];
    const observer =
      (level: string) =>
      (event: RunEvent): void =>
        void seen.push([level, event]);
    const executor = new ScriptedExecutor();
    const driver = createDriver(connectTo(executor).connect, { onEvent: observer('driver') });
    const context = await driver.createContext({
      bindings: {
        good: {
          execute: (_, tools) => {
            tools?.emitCustomEvent('progress', { step: 1 });
            return { n: 1n === 1n };
          },
        },
        bad: { execute: () => Promise.reject(new Error('no')) },
      },
      onEvent: observer('context'),
    });
    const result = context.execute('', { onEvent: observer('execute') });
    const run = (await executor.opened()).started(3);
    run.log(['warn', 'WARN: w']).turn({
      calls: [
        ['good', { a: 1 }],
        ['bad', null],
      ],
    });
    await run.settled();
    run.value(1);
    await result;
    const mine = seen.filter(([level]) => level === 'execute').map(([, event]) => event);
    expect(seen.map(([level]) => level)).toEqual(mine.flatMap(() => ['driver', 'context', 'execute']));
    expect(mine).toMatchObject([
      { type: 'started', run: run.id, queueWaitMs: 3 },
      { type: 'console', seq: 0, level: 'warn', line: 'WARN: w' },
      { type: 'turn', turn: 0, calls: 2 },
      { type: 'tool-call', id: 0, tool: 'good', args: { a: 1 } },
      { type: 'tool-event', id: 0, tool: 'good', name: 'progress', value: { step: 1 } },
      { type: 'tool-call', id: 1, tool: 'bad', args: null },
      { type: 'tool-result', id: 0, tool: 'good', result: { n: true } },
      { type: 'tool-error', id: 1, tool: 'bad', error: { name: 'Error', message: 'no' } },
      { type: 'turn', turn: 1, calls: 0 },
      { type: 'finished' },
    ]);
    for (const event of mine) expect(event.atMs).toBeGreaterThanOrEqual(0);
    expect(mine.at(-1)).toHaveProperty('result', await result);
  });

  it('do not disturb the run when the observer throws, rejects, or ends the run', async () => {
    const { executor, context } = setUp({
      onEvent: (event): void => {
        if (event.type === 'turn') return Promise.reject(new Error('async observer')) as never;
        throw new Error('observer');
      },
    });
    const result = (await context).execute('');
    const run = (await executor.opened()).started();
    run.log('one').turn().value(1);
    expect(await result).toMatchObject({ success: true, value: 1, logs: ['one'] });
  });

  it.each(['started', 'console', 'turn', 'tool-call'] as const)(
    'let the observer dispose the context within %s, and call no tool after that',
    async (type) => {
      const execute = vi.fn<() => number>(() => 1);
      const { executor, context } = setUp({
        bindings: { tool: { execute } },
      });
      const disposed = await context;
      const types: string[] = [];
      const result = disposed.execute('', {
        onEvent: (event) => {
          types.push(event.type);
          if (event.type === type) void disposed.dispose();
        },
      });
      const run = (await executor.opened()).started();
      run.log('one', 'two').turn({
        calls: [
          ['tool', 0],
          ['tool', 1],
        ],
      });
      expect(await result).toMatchObject({ error: { code: 'DISPOSED' } });
      expect(execute).not.toHaveBeenCalled();
      expect(types.slice(types.indexOf(type))).toEqual([type, 'finished']);
    },
  );
});
