import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IsomuxError } from '@isomux/protocol';
import { createDriver } from '../src/driver.ts';
import type { RunEvent } from '../src/events.ts';
import type { DriverOptions } from '../src/options.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';

const tool = vi.fn<(args: unknown) => Promise<unknown>>(async (args) => args);

beforeEach(() => void tool.mockClear());

async function setUp(count: number, options: DriverOptions = {}) {
  const executors = Array.from({ length: count }, () => new ScriptedExecutor());
  const events: RunEvent[] = [];
  const wired = connectTo(...executors);
  const driver = createDriver(wired.connect, { onEvent: (event) => events.push(event), ...options });
  const context = await driver.createContext({
    bindings: { tool: { execute: tool }, slow: { execute: (args) => gates[args as number]?.promise } },
  });
  const gates = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
  const [first, second, third] = executors as [ScriptedExecutor, ScriptedExecutor, ScriptedExecutor];
  const run = (code = 'code') => context.execute(code);
  return { first, second, third, events, gates, context, run, ...wired };
}

const crash = (code: 'ENGINE_CRASHED' | 'MEMORY_LIMIT' | 'EXECUTOR_LOST' | 'PROTOCOL_ERROR' = 'ENGINE_CRASHED'): IsomuxError =>
  new IsomuxError(code, 'the worker died at /host/path');

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a run whose executor is lost', () => {
  it('is opened on another one with the same seed and start, its turns, and what they did not deliver', async () => {
    const { first, second, events, gates, run, requests, releases } = await setUp(2);
    const result = run();
    const before = (await first.opened()).started();
    before.log('one').turn({
      calls: [
        ['tool', { a: 1 }],
        ['slow', 0],
        ['slow', 1],
      ],
    });
    await before.settled();
    gates[1]?.resolve('undelivered');
    await first.next('settle');
    first.close(crash());
    const after = await second.opened();
    expect(after.header).toEqual({ ...before.header, spentMs: after.header.spentMs, replayTurns: 2, suspect: true });
    expect(after.header.spentMs).toBeGreaterThanOrEqual(before.header.spentMs);
    expect(after.payloads).toEqual(before.payloads);
    const replayed = [await second.next('replay'), await second.next('replay')];
    expect(replayed.map(({ header: { turn, inputs, logLines } }) => ({ turn, inputs, logLines }))).toEqual([
      { turn: 0, inputs: [{ kind: 'start' }], logLines: 1 },
      { turn: 1, inputs: [{ kind: 'settle', id: 0, ok: true }], logLines: 1 },
    ]);
    expect(replayed[1]?.payloads).toEqual(['{"a":1}']);
    const resent = await second.next('settle');
    expect([resent.header.calls, resent.payloads]).toEqual([[{ id: 2, ok: true }], ['"undelivered"']]);
    after
      .resume(2, 3, 1, before.nowMs)
      .started()
      .turn({ inputs: [{ kind: 'settle', id: 2, ok: true }] });
    gates[0]?.resolve('in flight all the while');
    expect((await after.settled()).payloads).toEqual(['"in flight all the while"']);
    after.log('two').turn();
    after.value('done');
    expect(await result).toMatchObject({ success: true, value: 'done', logs: ['one', 'two'] });
    expect(tool).toHaveBeenCalledTimes(1);
    expect(requests).toMatchObject([{ attempt: 0 }, { attempt: 1, avoid: first.driverEnd, suspect: true }]);
    expect(releases).toEqual([{ unresponsive: true }, { unresponsive: false }]);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type === 'started')).toHaveLength(1);
    expect(events.find(({ type }) => type === 'replay')).toMatchObject({ attempt: 1, turns: 2 });
    expect(events.find(({ type }) => type === 'connection-lost')).toMatchObject({ attempt: 0, cause: { code: 'ENGINE_CRASHED' } });
    expect(JSON.stringify(await result)).not.toContain('/host/path');
  });

  it('sends settlements that become ready while there is no executor to the next one, in order', async () => {
    const { first, second, gates, run } = await setUp(2);
    const result = run();
    (await first.opened()).turn({
      calls: [
        ['slow', 0],
        ['slow', 1],
      ],
    });
    await tick();
    first.close();
    gates[1]?.resolve('b');
    gates[0]?.resolve('a');
    const after = (await second.opened()).resume(1, 2, 0, 2e12);
    const payloads: string[] = [];
    while (payloads.length < 2) payloads.push(...(await after.settled()).payloads);
    expect(payloads).toEqual(['"b"', '"a"']);
    after.undefined();
    expect(await result).toMatchObject({ success: true });
  });

  it('shows each console line once although a replay writes it again, and keeps what the last executor wrote', async () => {
    const { first, second, events, run } = await setUp(2);
    const result = run();
    const before = (await first.opened()).log('a').turn();
    before.log('b', 'c');
    await tick();
    first.close();
    const after = (await second.opened()).resume(1, 0, 1, before.nowMs);
    after.log('b', 'C').log('d').turn().value(1);
    expect((await result).logs).toEqual(['a', 'b', 'C', 'd']);
    expect(events.flatMap((event) => (event.type === 'console' ? [[event.seq, event.line]] : []))).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ]);
  });

  it('drops lines of a lost turn that the program never wrote in the end, and keeps them when it has no end of its own', async () => {
    const ended = await setUp(2);
    const result = ended.run();
    (await ended.first.opened()).turn().log('phantom');
    await tick();
    ended.first.close();
    (await ended.second.opened()).resume(1, 0, 0, 2e12).turn().value(1);
    expect((await result).logs).toEqual([]);

    const aborted = await setUp(2);
    const cut = aborted.run();
    (await aborted.first.opened()).turn().log('last words');
    await tick();
    aborted.first.close();
    await aborted.second.opened();
    await aborted.context.dispose();
    expect((await cut).logs).toEqual(['last words']);
  });

  it('goes on after crashes that need not be its fault, and ends with the 64th in a row on which it got nowhere', async () => {
    const { first, second, third, run, requests } = await setUp(3);
    const result = run();
    const started = (await first.opened()).turn();
    await tick();
    first.close(crash());
    (await second.opened()).resume(1, 0, 0, started.nowMs).turn();
    await tick();
    second.close(crash());
    (await third.opened()).resume(2, 0, 0, started.nowMs + 1).turn();
    await tick();
    third.close(crash('EXECUTOR_LOST'));
    expect(await result).toMatchObject({
      success: false,
      error: { name: 'ExecutorLostError', code: 'EXECUTOR_LOST' },
      stats: { turns: 3 },
    });
    expect(requests).toHaveLength(3 + 64);
  });

  it('outlives any number of executors that are taken away from it while it waits for a tool', async () => {
    const executors = Array.from({ length: 200 }, () => new ScriptedExecutor());
    const wired = connectTo(...executors);
    const gate = Promise.withResolvers<string>();
    const driver = createDriver(wired.connect);
    const result = (await driver.createContext({ bindings: { slow: { execute: () => gate.promise } } })).execute('');
    for (const [index, executor] of executors.entries()) {
      const run = (await executor.opened()).started();
      if (index === 0) run.turn({ calls: [['slow', 0]] });
      else run.resume(1, 1, 0, 2e12);
      if (index < executors.length - 1) {
        await tick();
        executor.close(index % 2 === 0 ? crash('EXECUTOR_LOST') : undefined);
        continue;
      }
      gate.resolve('at last');
      await run.settled();
      run.value(1);
    }
    expect(await result).toMatchObject({ success: true, value: 1 });
    expect(wired.requests).toHaveLength(200);
    expect(wired.requests.some(({ suspect }) => suspect)).toBe(false);
  });

  it.each([undefined, 'EXECUTOR_LOST'] as const)(
    'while executing goes on when its executor was taken away (%s), and is no suspect',
    async (code) => {
      const { first, second, third, run, requests } = await setUp(3);
      const result = run();
      for (const executor of [first, second]) {
        await executor.opened();
        executor.close(code === undefined ? undefined : crash(code));
      }
      (await third.opened()).turn().value(1);
      expect(await result).toMatchObject({ value: 1 });
      expect(requests.map(({ suspect }) => suspect)).toEqual([false, false, false]);
    },
  );

  it.each(['ENGINE_CRASHED', 'MEMORY_LIMIT'] as const)(
    'alone for the second time when one crashes without progress, is taken for the cause: %s',
    async (code) => {
      const { first, second, third, run, requests } = await setUp(3);
      const [guilty, innocent] = [run('guilty'), run('innocent')];
      for (let i = 0; i < 2; i++) (await first.opened()).started().turn({ calls: [['slow', i]] });
      await tick();
      first.close(crash(code));
      const [again, other] = [await second.opened(), await second.opened()];
      other.resume(1, 1, 0, 2e12).started().value('harmless');
      await innocent;
      again.resume(1, 1, 0, 2e12).started();
      await tick();
      second.close(crash(code));
      expect(await guilty).toMatchObject({ success: false, error: { code } });
      expect(await innocent).toMatchObject({ value: 'harmless' });
      expect(requests.map(({ attempt, suspect }) => [attempt, suspect])).toEqual([
        [0, false],
        [0, false],
        [1, true],
        [1, true],
      ]);
      expect(third.received).toEqual([]);
    },
  );

  it('beside others is never taken for the cause, however often they crash, and is a suspect from the second time', async () => {
    const { first, second, third, run, requests } = await setUp(3);
    const results = [run('waits'), run('runs'), run('runs')];
    (await first.opened()).turn({ calls: [['slow', 0]] });
    await first.opened();
    await first.opened();
    await tick();
    first.close(crash());
    (await second.opened()).resume(1, 1, 0, 2e12).started();
    await second.opened();
    await second.opened();
    await tick();
    second.close(crash());
    (await third.opened()).resume(1, 1, 0, 2e12).started().value(0);
    for (let i = 1; i < 3; i++) (await third.opened()).value(i);
    expect((await Promise.all(results)).map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(requests.map(({ suspect }) => suspect)).toEqual([false, false, false, false, true, true, true, true, true]);
  });

  it('with a settlement on its way is a suspect, and waiting for a tool it is none', async () => {
    const { first, second, run, requests } = await setUp(2);
    void run('busy');
    void run('waiting');
    const busy = (await first.opened()).turn({ calls: [['tool', 0]] });
    (await first.opened()).turn({ calls: [['slow', 0]] });
    expect((await first.next('settle')).header.run).toBe(busy.id);
    first.close(crash());
    await second.opened();
    await second.opened();
    expect(requests.slice(2).map(({ suspect }) => suspect)).toEqual([true, false]);
  });

  it('with console lines of an unreported turn is a suspect: its timer fired', async () => {
    const { first, second, run, requests } = await setUp(2);
    void run('busy');
    void run('idle');
    const busy = (await first.opened()).turn();
    (await first.opened()).turn();
    busy.log('tick');
    await tick();
    first.close(crash());
    await second.opened();
    await second.opened();
    expect(requests.slice(2).map(({ suspect }) => suspect)).toEqual([true, false]);
  });

  it('for memory, as the only one there, ends with MEMORY_LIMIT at once', async () => {
    const { first, run, requests } = await setUp(2);
    const result = run();
    (await first.opened()).log('filling').turn();
    await tick();
    first.close(crash('MEMORY_LIMIT'));
    const { error, logs } = await result;
    expect(error).toMatchObject({ name: 'MemoryLimitError', code: 'MEMORY_LIMIT' });
    expect(error?.message).toContain(String(128 * 1024 * 1024));
    expect(logs).toEqual(['filling']);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['an orderly close', undefined, 'EXECUTOR_LOST'],
    ['a crash', crash(), 'ENGINE_CRASHED'],
    ['a lost connection', crash('EXECUTOR_LOST'), 'EXECUTOR_LOST'],
  ] as const)('with clock live ends after %s', async (_, fault, code) => {
    const { first, run, requests } = await setUp(2, { clock: 'live' });
    const result = run();
    (await first.opened()).turn();
    await tick();
    first.close(fault);
    expect(await result).toMatchObject({ error: { code } });
    expect(requests).toHaveLength(1);
  });

  it('past ledgerMaxBytes goes on, says once that it cannot be recovered, and then cannot be', async () => {
    const { first, events, run } = await setUp(2, { ledgerMaxBytes: 2_000 });
    const result = run();
    const started = (await first.opened()).turn({ calls: [['tool', 'x'.repeat(2_000)]] });
    await started.settled([['tool', 1]]);
    await started.settled();
    expect(events.filter(({ type }) => type === 'unrecoverable')).toHaveLength(1);
    first.close(crash());
    expect(await result).toMatchObject({ error: { code: 'ENGINE_CRASHED' } });
    expect(tool).toHaveBeenCalledTimes(2);
  });

  it('ends with the error that the next connect rejects with', async () => {
    const executor = new ScriptedExecutor();
    let asked = 0;
    const driver = createDriver(async () => {
      if (asked++ > 0) throw new IsomuxError('OVERLOADED', 'full');
      return { channel: executor.driverEnd, release: () => undefined };
    });
    const result = (await driver.createContext({ bindings: {} })).execute('');
    await executor.opened();
    executor.close();
    expect(await result).toMatchObject({ error: { code: 'OVERLOADED' } });
  });

  it('that is given channels which are closed already ends after 64 of them', async () => {
    const { first, run, requests } = await setUp(1);
    first.close(crash());
    await tick();
    expect(await run()).toMatchObject({ error: { code: 'ENGINE_CRASHED' } });
    expect(requests).toHaveLength(64);
  });
});

describe('a replay and the wall budget', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('share it: what was spent is told to the next executor', async () => {
    const { first, second, run } = await setUp(2, { timeout: 1_000 });
    const result = run();
    (await first.opened()).started().turn();
    await vi.advanceTimersByTimeAsync(600);
    first.close(crash());
    expect((await second.opened()).header.spentMs).toBe(600);
    await vi.advanceTimersByTimeAsync(650);
    expect(await result).toMatchObject({ error: { code: 'TIMEOUT' }, stats: { wallMs: 1_250 } });
  });

  it('end with TIMEOUT when the budget passes while no other executor is found', async () => {
    const executor = new ScriptedExecutor();
    let asked = 0;
    const driver = createDriver(
      (): Promise<never> =>
        asked++ === 0
          ? (Promise.resolve({ channel: executor.driverEnd, release: () => undefined }) as never)
          : new Promise(() => undefined),
      { timeout: 100 },
    );
    const result = (await driver.createContext({ bindings: {} })).execute('');
    (await executor.opened()).started().turn();
    await vi.advanceTimersByTimeAsync(50);
    executor.close();
    await vi.advanceTimersByTimeAsync(50);
    expect(await result).toMatchObject({ error: { code: 'TIMEOUT' }, stats: { wallMs: 100 } });
  });

  it('are not begun when the budget has passed', async () => {
    const { first, run, requests } = await setUp(2, { timeout: 100 });
    const result = run();
    (await first.opened()).started().turn();
    await vi.advanceTimersByTimeAsync(150);
    first.close(crash());
    expect(await result).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(requests).toHaveLength(1);
  });

  it('leave nothing behind when the run is aborted between two executors', async () => {
    const { first, context, run } = await setUp(1, { timeout: 100 });
    const result = run();
    await first.opened();
    first.close();
    await context.dispose();
    expect(await result).toMatchObject({ error: { code: 'DISPOSED' } });
    expect(vi.getTimerCount()).toBe(0);
  });
});
