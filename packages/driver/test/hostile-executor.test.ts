import { describe, expect, it, vi } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { RunEvent } from '../src/events.ts';
import { NO_STATS, ScriptedExecutor, connectTo } from './scripted-executor.ts';
import type { ScriptedRun } from './scripted-executor.ts';

const tool = vi.fn<() => Promise<string>>(async () => 'result');

async function setUp() {
  tool.mockClear();
  const executor = new ScriptedExecutor();
  const events: RunEvent[] = [];
  const wired = connectTo(executor);
  const limits = { maxCalls: 3, maxArgumentBytes: 10, maxReturnBytes: 10, maxLogBytes: 10, maxLogLines: 2 };
  const context = await createDriver(wired.connect, { onEvent: (event) => events.push(event) }).createContext({
    bindings: { tool: { execute: tool } },
    limits,
  });
  const result = context.execute('');
  return { executor, events, result, ...wired, run: (await executor.opened()).started(), other: () => context.execute('') };
}

const HASH = '0123456789abcdef';
const start = { kind: 'start' };

function turnHeader(run: ScriptedRun, changes: Record<string, unknown>): Record<string, unknown> {
  return { type: 'turn', run: run.id, turn: 0, nowMs: run.nowMs, inputs: [start], calls: [], logLines: 0, ...changes };
}

const call = (id: number, name = 'tool'): Record<string, unknown> => ({ id, tool: name, hash: HASH });

/** Each sends something that a correct executor never would. */
const BREACHES: readonly (readonly [string, (run: ScriptedRun, executor: ScriptedExecutor) => void])[] = [
  ['a turn out of order', (run, executor) => executor.send(turnHeader(run, { turn: 1, inputs: [{ kind: 'timer', id: 0 }] }))],
  ['the same turn twice', (run, executor) => (executor.send(turnHeader(run, {})), executor.send(turnHeader(run, {})))],
  ['a call id that was skipped to', (run, executor) => executor.send(turnHeader(run, { calls: [call(1)] }), ['1'])],
  ['a call id again', (run, executor) => executor.send(turnHeader(run, { calls: [call(0), call(0)] }), ['1', '1'])],
  ['a tool that was not offered', (run, executor) => executor.send(turnHeader(run, { calls: [call(0, 'other')] }), ['1'])],
  ['a tool that Object.prototype has', (run, executor) => executor.send(turnHeader(run, { calls: [call(0, 'constructor')] }), ['1'])],
  ['an argument that is not JSON', (run, executor) => executor.send(turnHeader(run, { calls: [call(0)] }), ['{'])],
  ['an empty argument', (run, executor) => executor.send(turnHeader(run, { calls: [call(0)] }), [''])],
  ['an argument over maxArgumentBytes', (run, executor) => executor.send(turnHeader(run, { calls: [call(0)] }), [JSON.stringify('ééééé')])],
  [
    'more calls than maxCalls',
    (run, executor) => executor.send(turnHeader(run, { calls: [0, 1, 2, 3].map((id) => call(id)) }), ['1', '1', '1', '1']),
  ],
  ['fewer payloads than calls', (run, executor) => executor.send(turnHeader(run, { calls: [call(0)] }), [])],
  ['a payload that is no text', (run, executor) => executor.send(turnHeader(run, { calls: [call(0)] }), [5 as unknown as string])],
  [
    'a settlement that was never sent',
    (run, executor) => executor.send(turnHeader(run, { inputs: [start, { kind: 'settle', id: 0, ok: true }] })),
  ],
  ['a turn without start', (run, executor) => executor.send(turnHeader(run, { inputs: [{ kind: 'timer', id: 0 }] }))],
  ['lines that have not come', (run, executor) => executor.send(turnHeader(run, { logLines: 1 }))],
  ['time that is none', (run, executor) => executor.send(turnHeader(run, { nowMs: Number.NaN }))],
  [
    'time that goes back',
    (run, executor) => {
      run.turn();
      executor.send(turnHeader(run, { turn: 1, nowMs: 0, inputs: [{ kind: 'timer', id: 0 }] }));
    },
  ],
  ['lines with a gap', (run, executor) => executor.send({ type: 'log', run: run.id, turn: 0, seq: 1, levels: ['log'] }, ['"x"'])],
  [
    'a line that is no string',
    (run, executor) => executor.send({ type: 'log', run: run.id, turn: 0, seq: 0, levels: ['log'] }, ['{"a":1}']),
  ],
  ['a level that is none', (run, executor) => executor.send({ type: 'log', run: run.id, turn: 0, seq: 0, levels: ['fatal'] }, ['"x"'])],
  ['lines over maxLogBytes', (run) => run.log('x'.repeat(20_000))],
  ['lines over maxLogLines', (run) => run.log(...Array.from({ length: 110 }, () => ''))],
  [
    'a value that is not JSON',
    (run, executor) => executor.send({ type: 'outcome', run: run.id, status: 'value', stats: NO_STATS }, ['nope']),
  ],
  ['a value over maxReturnBytes', (run) => run.value('a long string')],
  [
    'an error without a name',
    (run, executor) => executor.send({ type: 'outcome', run: run.id, status: 'failure', stats: NO_STATS }, ['{"message":"x"}']),
  ],
  ['an error that is enormous', (run) => run.failure({ name: 'E', message: 'x'.repeat(2_000_000) })],
  [
    'stats that are none',
    (run, executor) => executor.send({ type: 'outcome', run: run.id, status: 'undefined', stats: { ...NO_STATS, cpuMs: -1 } }),
  ],
  ['a status that is none', (run, executor) => executor.send({ type: 'outcome', run: run.id, status: 'fine', stats: NO_STATS }, ['1'])],
  ['a second hello', (_, executor) => executor.hello()],
  ['a driver’s message', (run, executor) => executor.send({ type: 'abort', run: run.id, code: 'ABORTED' })],
  ['a type nobody knows', (_, executor) => executor.send({ type: 'exec', command: 'rm' })],
  ['no header', (_, executor) => executor.send(null as never)],
  [
    'a header with a hostile getter',
    (_, executor) => {
      executor.send(
        Object.defineProperty({}, 'type', {
          get: () => {
            throw new Error('getter');
          },
        }) as never,
      );
    },
  ],
];

describe('an executor that breaks the protocol', () => {
  it.each(BREACHES)('by %s ends the run with PROTOCOL_ERROR and loses its channel', async (_, breach) => {
    const { run, executor, result, requests, releases } = await setUp();
    breach(run, executor);
    expect(await result).toMatchObject({ success: false, error: { name: 'ProtocolError', code: 'PROTOCOL_ERROR' } });
    expect(releases).toEqual([{ unresponsive: true }]);
    expect(requests).toHaveLength(1);
    await vi.waitFor(() => expect(executor.closedWith).toMatchObject({ code: 'PROTOCOL_ERROR' }));
    expect(tool).not.toHaveBeenCalled();
  });

  it('by an unsent settlement after a true call starts that call once and nothing more', async () => {
    const { run, executor, result } = await setUp();
    run.turn({ calls: [['tool', 1]] });
    await executor.next('settle');
    run.turn({ inputs: [{ kind: 'settle', id: 0, ok: false }] });
    expect(await result).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
    expect(tool).toHaveBeenCalledTimes(1);
  });

  it('before its hello is refused', async () => {
    const executor = new ScriptedExecutor({ hello: false });
    const context = await createDriver(connectTo(executor).connect).createContext({ bindings: {} });
    const result = context.execute('');
    (await executor.opened()).started();
    expect(await result).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
  });

  it('of another version is refused by name and not tried again', async () => {
    const executor = new ScriptedExecutor({ hello: false });
    const { connect, requests } = connectTo(executor);
    const context = await createDriver(connect).createContext({ bindings: {} });
    const result = context.execute('');
    await executor.opened();
    executor.hello(99);
    expect(await result).toMatchObject({ error: { code: 'VERSION_MISMATCH' } });
    expect(requests).toHaveLength(1);
  });

  it('takes no other run with it: those are taken up elsewhere', async () => {
    const first = new ScriptedExecutor();
    const second = new ScriptedExecutor();
    const { connect, requests } = connectTo(first, second);
    const context = await createDriver(connect).createContext({ bindings: {} });
    const results = [context.execute('guilty'), context.execute('innocent')];
    const guilty = await first.opened();
    await first.opened();
    guilty.turn().turn({ inputs: [{ kind: 'settle', id: 9, ok: true }] });
    expect(await results[0]).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
    (await second.opened()).value('fine');
    expect(await results[1]).toMatchObject({ value: 'fine' });
    expect(requests[2]).toMatchObject({ attempt: 1, suspect: false, avoid: first.driverEnd });
  });
});

describe('what an executor says too late or to nobody', () => {
  it('is dropped', async () => {
    const { run, executor, result, events, other } = await setUp();
    run.value(1);
    await result;
    run.value(2);
    run.log('late');
    executor.send(turnHeader(run, { turn: 7, inputs: [{ kind: 'timer', id: 0 }], calls: [call(5)] }), ['1']);
    executor.send({ type: 'started', run: 'nobody', queueWaitMs: 0 });
    const next = other();
    (await executor.opened()).value(3);
    expect(await next).toMatchObject({ value: 3, logs: [] });
    expect(tool).not.toHaveBeenCalled();
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(2);
  });
});

describe('pings', () => {
  it('are answered with their nonce', async () => {
    const { executor } = await setUp();
    executor.send({ type: 'ping', nonce: 42 });
    executor.send({ type: 'pong', nonce: 1 });
    expect((await executor.next('pong')).header).toEqual({ type: 'pong', nonce: 42 });
  });
});
