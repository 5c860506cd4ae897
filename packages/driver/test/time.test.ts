import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { ContextOptions } from '../src/isolate-driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

function setUp(options: Partial<ContextOptions> = {}) {
  const executor = new ScriptedExecutor();
  const wired = connectTo(executor);
  const driver = createDriver(wired.connect);
  return { executor, ...wired, context: driver.createContext({ bindings: {}, ...options }) };
}

describe('the wall budget', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends with QUEUE_TIMEOUT when no executor is found within the budget', async () => {
    let signal: AbortSignal | undefined;
    const driver = createDriver((request) => {
      ({ signal } = request);
      return new Promise(() => undefined);
    });
    const result = (await driver.createContext({ bindings: {}, timeout: 100 })).execute('');
    await vi.advanceTimersByTimeAsync(99);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toMatchObject({
      error: { name: 'TimeoutError', code: 'QUEUE_TIMEOUT' },
      stats: { queueWaitMs: 100, wallMs: 100 },
    });
    expect(signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves the timeout to the executor, and after graceMs ends the run itself and calls the executor unresponsive', async () => {
    const { executor, context, releases } = setUp({ timeout: 100 });
    const result = (await context).execute('');
    const run = (await executor.opened()).started().log('before the loop');
    const settled = vi.fn<() => void>();
    void result.then(settled);
    await vi.advanceTimersByTimeAsync(349);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toMatchObject({
      error: { name: 'TimeoutError', code: 'TIMEOUT' },
      logs: ['before the loop'],
      stats: { wallMs: 350 },
    });
    expect(executor.sent('abort').map(({ header }) => header)).toEqual([{ type: 'abort', run: run.id, code: 'TIMEOUT' }]);
    expect(releases).toEqual([{ unresponsive: true }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes the executor’s own word when it comes within graceMs', async () => {
    const { executor, context, releases } = setUp({ timeout: 100 });
    const result = (await context).execute('');
    const run = (await executor.opened()).started();
    await vi.advanceTimersByTimeAsync(200);
    run.failure({ name: 'TimeoutError', message: 'theirs', code: 'TIMEOUT' });
    expect(await result).toMatchObject({ error: { message: 'theirs' } });
    expect(releases).toEqual([{ unresponsive: false }]);
  });

  it('calls a silent executor that never began a QUEUE_TIMEOUT', async () => {
    const { executor, context, releases } = setUp({ timeout: 100 });
    const result = (await context).execute('');
    await executor.opened();
    await vi.advanceTimersByTimeAsync(350);
    expect(await result).toMatchObject({ error: { code: 'QUEUE_TIMEOUT' } });
    expect(releases).toEqual([{ unresponsive: true }]);
  });

  it('gives an executor that does not confirm an abort back as unresponsive, once', async () => {
    const { executor, context, releases } = setUp({ timeout: 60_000 });
    const controller = new AbortController();
    const result = (await context).execute('', { signal: controller.signal });
    const run = await executor.opened();
    controller.abort();
    await result;
    await vi.advanceTimersByTimeAsync(999);
    expect(releases).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    run.value('too late');
    await vi.advanceTimersByTimeAsync(1);
    expect(releases).toEqual([{ unresponsive: true }]);
  });

  it('does not blame the executor for a host that was itself blocked', async () => {
    const { executor, context, releases } = setUp({ timeout: 100 });
    const result = (await context).execute('');
    const run = (await executor.opened()).started();
    await vi.advanceTimersByTimeAsync(100);
    // The timers of a blocked host fire late: time passes, and then they are served.
    const before = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => before + 5_000);
    await vi.advanceTimersByTimeAsync(250);
    expect(releases).toEqual([]);
    run.failure({ name: 'TimeoutError', message: 'theirs', code: 'TIMEOUT' });
    expect(await result).toMatchObject({ error: { message: 'theirs' } });
    vi.restoreAllMocks();
  });
});
