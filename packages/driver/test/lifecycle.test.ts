import { describe, expect, it, vi } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { Connection } from '../src/connection.ts';
import type { ContextOptions } from '../src/isolate-driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

function setUp(options: Partial<ContextOptions> = {}) {
  const executor = new ScriptedExecutor();
  const wired = connectTo(executor);
  const driver = createDriver(wired.connect);
  return { executor, ...wired, driver, context: driver.createContext({ bindings: {}, ...options }) };
}

/** Counts the listeners a signal has. */
function watched(signal: AbortSignal): { readonly listeners: () => number } {
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  return { listeners: () => listeners };
}

describe('abort', () => {
  it('does not begin when a signal is aborted already', async () => {
    const { requests, context } = setUp();
    const result = await (await context).execute('', { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ success: false, error: { name: 'AbortError', code: 'ABORTED' }, logs: [], calls: [] });
    expect(requests).toEqual([]);
  });

  it.each(['driver', 'context', 'execute'] as const)(
    'by the signal of the %s settles at once, keeps logs and tells the executor',
    async (level) => {
      const controller = new AbortController();
      const { signal } = controller;
      const { listeners } = watched(signal);
      const executor = new ScriptedExecutor();
      const { connect, releases } = connectTo(executor);
      const driver = createDriver(connect, level === 'driver' ? { signal } : {});
      const context = await driver.createContext({ bindings: {}, ...(level === 'context' ? { signal } : {}) });
      const result = context.execute('', level === 'execute' ? { signal } : {});
      const run = (await executor.opened()).started().log('kept').turn();
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      expect(await result).toMatchObject({ success: false, error: { code: 'ABORTED' }, logs: ['kept'] });
      expect((await executor.next('abort')).header).toEqual({ type: 'abort', run: run.id, code: 'ABORTED' });
      expect(releases).toEqual([]);
      run.failure({ name: 'AbortError', message: 'ended', code: 'ABORTED' });
      await vi.waitFor(() => expect(releases).toEqual([{ unresponsive: false }]));
      expect(listeners()).toBe(0);
    },
  );

  it('while no executor is found yet settles at once and gives back what comes later', async () => {
    const { promise, resolve } = Promise.withResolvers<Connection>();
    const seen: AbortSignal[] = [];
    const driver = createDriver((request) => (seen.push(request.signal), promise));
    const controller = new AbortController();
    const result = (await driver.createContext({ bindings: {} })).execute('', { signal: controller.signal });
    controller.abort();
    expect(await result).toMatchObject({ error: { code: 'ABORTED' } });
    expect(seen.map((signal) => signal.aborted)).toEqual([true]);
    const executor = new ScriptedExecutor();
    const release = vi.fn<() => void>();
    resolve({ channel: executor.driverEnd, release });
    await vi.waitFor(() => expect(release).toHaveBeenCalledTimes(1));
    expect(executor.received).toEqual([]);
  });

  it('leaves no listener on a signal whose run ended by itself', async () => {
    const { signal } = new AbortController();
    const { listeners } = watched(signal);
    const { executor, context } = setUp();
    const result = (await context).execute('', { signal });
    const run = await executor.opened();
    expect(listeners()).toBe(1);
    run.value(1);
    await result;
    expect(listeners()).toBe(0);
  });

  it('after the end has no effect', async () => {
    const controller = new AbortController();
    const { executor, context } = setUp();
    const result = (await context).execute('', { signal: controller.signal });
    (await executor.opened()).value(1);
    await result;
    controller.abort();
    expect(await result).toMatchObject({ success: true });
    expect(executor.sent('abort')).toEqual([]);
  });
});

describe('dispose', () => {
  it('settles every running execute with DISPOSED at once, refuses new ones, and is idempotent', async () => {
    const { executor, context, requests } = setUp();
    const disposed = await context;
    const results = [disposed.execute('a'), disposed.execute('b')];
    (await executor.opened()).log('half').turn();
    await executor.opened();
    await disposed.dispose();
    await disposed.dispose();
    for (const result of await Promise.all(results)) {
      expect(result).toMatchObject({ success: false, error: { name: 'DisposedError', code: 'DISPOSED' } });
    }
    expect((await results[0])?.logs).toEqual(['half']);
    expect(executor.sent('abort').map(({ header }) => header.code)).toEqual(['DISPOSED', 'DISPOSED']);
    expect(await disposed.execute('c')).toMatchObject({ success: false, error: { code: 'DISPOSED' } });
    expect(requests).toHaveLength(2);
  });

  it('leaves other contexts alone', async () => {
    const { executor, driver, context } = setUp();
    const other = await driver.createContext({ bindings: {} });
    const result = other.execute('');
    const run = await executor.opened();
    await (await context).dispose();
    run.value('fine');
    expect(await result).toMatchObject({ success: true, value: 'fine' });
  });

  it('lets a context execute again after any outcome', async () => {
    const { executor, context } = setUp();
    const reused = await context;
    for (const code of ['TIMEOUT', 'MEMORY_LIMIT', 'STALLED'] as const) {
      const result = reused.execute('');
      (await executor.opened()).failure({ name: 'E', message: '', code });
      expect(await result).toMatchObject({ error: { code } });
    }
    const result = reused.execute('');
    (await executor.opened()).value(1);
    expect(await result).toMatchObject({ value: 1 });
  });

  it('works through await using', async () => {
    const { executor, driver } = setUp();
    let result;
    {
      await using context = await driver.createContext({ bindings: {} });
      result = context.execute('');
      await executor.opened();
    }
    expect(await result).toMatchObject({ error: { code: 'DISPOSED' } });
  });

  it('runs a context within a tool of another', async () => {
    const { executor, driver } = setUp();
    const outer = await driver.createContext({
      bindings: {
        skill: {
          execute: async () => {
            await using inner = await driver.createContext({ bindings: {} });
            return (await inner.execute<number>('inner')).value;
          },
        },
      },
    });
    const result = outer.execute('outer');
    const run = (await executor.opened()).turn({ calls: [['skill', {}]] });
    (await executor.opened()).turn().value(42);
    expect((await run.settled()).payloads).toEqual(['42']);
    run.value('nested');
    expect(await result).toMatchObject({ value: 'nested' });
  });
});

describe('close', () => {
  it('disposes what runs, gives connections back without waiting, and refuses new contexts', async () => {
    const { executor, driver, context, releases } = setUp();
    const result = (await context).execute('');
    await executor.opened();
    await driver.close();
    await driver.close();
    expect(await result).toMatchObject({ error: { code: 'DISPOSED' } });
    expect(releases).toEqual([{ unresponsive: false }]);
    await expect(driver.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
    expect(await (await context).execute('')).toMatchObject({ error: { code: 'DISPOSED' } });
  });
});

describe('200 cycles', () => {
  it('leave nothing behind: no timer, no listener, every connection given back once', async () => {
    vi.useFakeTimers();
    try {
      const executor = new ScriptedExecutor();
      const { connect, releases } = connectTo(executor);
      const { signal } = new AbortController();
      const { listeners } = watched(signal);
      const driver = createDriver(connect, { signal });
      for (let i = 0; i < 200; i++) {
        const context = await driver.createContext({ bindings: { tool: { execute: () => i } } });
        const result = context.execute('');
        const run = (await executor.opened()).turn({ calls: [['tool', 0]] });
        await run.settled();
        if (i % 2 === 0) run.value(i);
        await context.dispose();
        await result;
        if (i % 2 === 1) run.failure({ name: 'DisposedError', message: '', code: 'DISPOSED' });
      }
      await vi.waitFor(() => expect(releases).toHaveLength(200));
      expect(vi.getTimerCount()).toBe(0);
      expect(listeners()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
