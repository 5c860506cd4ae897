import { describe, expect, it } from 'vitest';
import { IsomuxError } from '@isomux/protocol';
import type { Channel } from '@isomux/protocol';
import { createDriver } from '../src/driver.ts';
import type { DriverOptions } from '../src/options.ts';
import type { Context, ContextOptions } from '../src/isolate-driver.ts';
import { NO_STATS, ScriptedExecutor, connectTo } from './scripted-executor.ts';

async function setUp(
  context: Partial<ContextOptions> = {},
  options: DriverOptions = {},
): Promise<{ context: Context; executor: ScriptedExecutor; wired: ReturnType<typeof connectTo> }> {
  const executor = new ScriptedExecutor();
  const wired = connectTo(executor);
  const driver = createDriver(wired.connect, options);
  return { context: await driver.createContext({ bindings: {}, ...context }), executor, wired };
}

const TOOLS = { add: { execute: async () => 1 }, read: { execute: async () => 2 } };

describe('opening a run', () => {
  it('sends program, tool names, env, limits, clock, preset, seed and start time', async () => {
    const { context, executor } = await setUp(
      { bindings: TOOLS, timeout: 1234, memoryLimit: 64, env: { key: 'v' }, globals: 'data', clock: 'live' },
      { seed: 'ab'.repeat(32), now: () => 1_700_000_000_000.5 },
    );
    void context.execute('return "\u2028\ud800"');
    const { header, payloads } = await executor.opened();
    expect(header).toMatchObject({
      clock: 'live',
      globals: 'data',
      seed: 'ab'.repeat(32),
      startMs: 1_700_000_000_000.5,
      replayTurns: 0,
      limits: { wallMs: 1234, memoryBytes: 64 * 1024 * 1024, cpuMs: 30_000 },
    });
    expect(header.spentMs).toBeGreaterThanOrEqual(0);
    expect(payloads.map((payload) => JSON.parse(payload) as unknown)).toEqual(['return "\u2028\ud800"', ['add', 'read'], { key: 'v' }]);
  });

  it('gives each run a seed and an id of its own', async () => {
    const { context, executor } = await setUp();
    void context.execute('1');
    void context.execute('2');
    const [first, second] = [await executor.opened(), await executor.opened()];
    expect(first.header.seed).not.toBe(second.header.seed);
    expect(first.id).not.toBe(second.id);
    expect(first.payloads[2]).toBe('null');
  });

  it('lets execute override the limits of the context, and the context those of the driver', async () => {
    const { context, executor } = await setUp({ limits: { maxCalls: 7 } }, { timeout: 5_000, limits: { maxCalls: 3, maxTimers: 2 } });
    void context.execute('', { limits: { wallMs: 60_000 } });
    const { header } = await executor.opened();
    expect(header.limits).toMatchObject({ wallMs: 60_000, cpuMs: 60_000, maxCalls: 7, maxTimers: 2 });
  });

  it('prefers limits to their TanStack names', async () => {
    const { context, executor } = await setUp({ timeout: 5_000, limits: { wallMs: 70 } });
    void context.execute('');
    expect((await executor.opened()).header.limits.wallMs).toBe(70);
  });
});

describe('results', () => {
  it('returns the value, the stats, the logs and gives the connection back', async () => {
    const { context, executor, wired } = await setUp();
    const result = context.execute('');
    const run = (await executor.opened()).started(5);
    run.log('one', ['error', 'ERROR: two']).turn();
    run.value({ a: [1, 'x', null] });
    const { stats, ...rest } = await result;
    expect(rest).toEqual({ success: true, value: { a: [1, 'x', null] }, logs: ['one', 'ERROR: two'], calls: [] });
    expect(stats).toMatchObject({ cpuMs: 1, toolWaitMs: 3, heapBytes: 4, turns: 1 });
    expect(wired.releases).toEqual([{ unresponsive: false }]);
  });

  it('measures the wall time from execute', async () => {
    const { context, executor } = await setUp();
    const result = context.execute('');
    (await executor.opened()).value(1);
    expect((await result).stats.wallMs).not.toBe(NO_STATS.wallMs);
  });

  it('has no value key for undefined and none for a failure', async () => {
    const { context, executor } = await setUp();
    const first = context.execute('');
    (await executor.opened()).turn().undefined();
    expect(await first).toMatchObject({ success: true });
    expect('value' in (await first)).toBe(false);
    const second = context.execute('');
    (await executor.opened()).turn().failure({ name: 'TypeError', message: 'no', stack: 's', code: 'STALLED' });
    expect(await second).toMatchObject({ success: false, error: { name: 'TypeError', message: 'no', stack: 's', code: 'STALLED' } });
    expect('value' in (await second)).toBe(false);
  });

  it('keeps an own __proto__ key of a value as data', async () => {
    const { context, executor } = await setUp();
    const result = context.execute('');
    const run = await executor.opened();
    executor.send({ type: 'outcome', run: run.id, status: 'value', stats: NO_STATS }, ['{"__proto__":{"x":1}}']);
    const { value } = await result;
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  it('runs overlapping programs independently over one channel', async () => {
    const { context, executor } = await setUp();
    const results = [context.execute<string>('a'), context.execute<string>('b')];
    const [a, b] = [await executor.opened(), await executor.opened()];
    b.log('from b').turn().value('b');
    a.log('from a').turn().value('a');
    const [first, second] = await Promise.all(results);
    expect([first?.value, first?.logs]).toEqual(['a', ['from a']]);
    expect([second?.value, second?.logs]).toEqual(['b', ['from b']]);
  });
});

describe('what cannot begin', () => {
  it('fails a program over maxCodeBytes without asking for an executor', async () => {
    const { context, wired } = await setUp({ limits: { maxCodeBytes: 4 } });
    expect(await context.execute('éé1')).toMatchObject({ success: false, error: { code: 'CODE_TOO_LARGE' }, logs: [], calls: [] });
    expect(wired.requests).toEqual([]);
  });

  it('never rejects: what is wrong with an execute is in its result', async () => {
    const { context } = await setUp();
    expect(await context.execute(5 as unknown as string)).toMatchObject({ success: false, error: { code: 'INVALID_OPTION' } });
    expect(await context.execute('', { limits: { wallMs: Number.NaN } })).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    expect(await context.execute('', { signal: {} as AbortSignal })).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    expect(await context.execute('', null as never)).toMatchObject({ error: { code: 'INVALID_OPTION' } });
    const hostile = {
      get limits(): never {
        throw new Error('boo');
      },
    };
    expect(await context.execute('', hostile)).toMatchObject({ error: { code: 'INVALID_OPTION' } });
  });

  it('ends with the code of an IsomuxError that connect rejects with', async () => {
    const driver = createDriver(() => Promise.reject(new IsomuxError('OVERLOADED', 'full')));
    const context = await driver.createContext({ bindings: {} });
    expect(await context.execute('')).toMatchObject({
      success: false,
      error: { name: 'OverloadedError', code: 'OVERLOADED', message: 'full' },
    });
  });

  it('ends as EXECUTOR_LOST for any other rejection, without its text, and tells the cause to observers', async () => {
    const cause = new Error('connect ENOENT /secret/path');
    const events: unknown[] = [];
    const driver = createDriver(
      () => {
        throw cause;
      },
      { onEvent: (event) => events.push(event) },
    );
    const result = await (await driver.createContext({ bindings: {} })).execute('');
    expect(result).toMatchObject({ success: false, error: { code: 'EXECUTOR_LOST' } });
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(events).toMatchObject([{ type: 'connection-lost', attempt: 0, cause }, { type: 'finished' }]);
  });

  it('ends with a named error when the channel cannot be listened to', async () => {
    const executor = new ScriptedExecutor();
    executor.driverEnd.listen({ message: () => undefined, closed: () => undefined });
    const { connect, releases } = connectTo(executor);
    const context = await createDriver(connect).createContext({ bindings: {} });
    expect(await context.execute('')).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
    expect(releases).toHaveLength(1);
  });

  it('ends with the fault of a channel that cannot carry its program', async () => {
    const executor = new ScriptedExecutor();
    const cause = new IsomuxError('FRAME_INVALID', 'the message has too many bytes');
    const channel: Channel = {
      listen: (handlers) => executor.driverEnd.listen(handlers),
      close: (fault) => executor.driverEnd.close(fault),
      send: () => {
        throw cause;
      },
    };
    const driver = createDriver(async () => ({ channel, release: () => undefined }));
    expect(await (await driver.createContext({ bindings: {} })).execute('')).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
    expect(executor.closedWith).toBe(cause);
  });
});
