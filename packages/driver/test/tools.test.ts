import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { Context, ContextOptions, ToolBinding, ToolContext } from '../src/isolate-driver.ts';
import { ScriptedExecutor, connectTo } from './scripted-executor.ts';
import type { ScriptedRun } from './scripted-executor.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await macrotask();
  process.off('unhandledRejection', note);
  if (unhandled.length > 0) throw new Error('a rejection was left unhandled', { cause: unhandled[0] });
});

/** Everything that is due in this tick happens, unhandled rejections included. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function setUp(
  bindings: Record<string, ToolBinding | ToolBinding['execute']>,
  options: Partial<ContextOptions> = {},
): Promise<{ context: Context; executor: ScriptedExecutor; run: ScriptedRun; result: ReturnType<Context['execute']> }> {
  const executor = new ScriptedExecutor();
  const table = Object.fromEntries(
    Object.entries(bindings).map(([name, tool]) => [name, typeof tool === 'function' ? { execute: tool } : tool]),
  );
  const context = await createDriver(connectTo(executor).connect).createContext({ bindings: table, ...options });
  const result = context.execute('');
  return { context, executor, run: (await executor.opened()).started(), result };
}

/** What one tool's result or failure is sent as. */
async function settlementOf(
  tool: ToolBinding['execute'],
  options: Partial<ContextOptions> = {},
): Promise<{ ok: boolean; text: string; data: unknown }> {
  const { run, executor, result } = await setUp({ tool }, options);
  run.turn({ calls: [['tool', {}]] });
  const { header, payloads } = await executor.next('settle');
  run.turn({ inputs: [{ kind: 'settle', id: 0, ok: header.calls[0]?.ok === true }] }).undefined();
  await result;
  const text = payloads[0] ?? 'no payload';
  return { ok: header.calls[0]?.ok === true, text, data: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

describe('arguments', () => {
  it('arrive parsed and deep-equal, an own __proto__ key included, with the binding as this', async () => {
    const seen: unknown[] = [];
    const binding = {
      label: 'mine',
      execute(this: { label: string }, ...args: unknown[]) {
        seen.push(this.label, ...args.slice(0, 1));
      },
    };
    const { run, executor } = await setUp({ tool: binding });
    executor.send(
      {
        type: 'turn',
        run: run.id,
        turn: 0,
        nowMs: run.nowMs,
        inputs: [{ kind: 'start' }],
        calls: [{ id: 0, tool: 'tool', hash: '0'.repeat(16) }],
        logLines: 0,
      },
      ['{"__proto__":{"polluted":true},"s":"\\ud800","n":null}'],
    );
    await executor.next('settle');
    expect(seen[0]).toBe('mine');
    expect(Object.keys(seen[1] as object)).toEqual(['__proto__', 's', 'n']);
    expect((seen[1] as { polluted?: boolean }).polluted).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('results', () => {
  it.each<[string, unknown, string]>([
    ['an object', { a: [1] }, '{"a":[1]}'],
    ['null', null, 'null'],
    ['undefined', undefined, ''],
    ['a function', () => 1, ''],
    ['a symbol', Symbol('s'), ''],
    ['NaN', Number.NaN, 'null'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['toJSON that says undefined', { toJSON: () => undefined }, ''],
    ['a lone surrogate', '\ud800', String.raw`"\ud800"`],
    ['an own __proto__', JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ])('sends %s as JSON text', async (_, value, text) => {
    expect(await settlementOf(async () => value)).toMatchObject({ ok: true, text });
    expect(await settlementOf(() => value)).toMatchObject({ ok: true, text });
  });

  it('takes any thenable, and settles once however often it calls back', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- A thenable is what is being tested.
    expect(await settlementOf(() => ({ then: (resolve: (value: number) => void) => (resolve(7), resolve(8)) }))).toMatchObject({
      ok: true,
      text: '7',
    });
  });

  const circular: Record<string, unknown> = { items: [{ id: 1 }, {}] };
  (circular['items'] as unknown[])[1] = { 'odd key': circular };
  const throwing = {
    toJSON(): never {
      throw new Error('host secret');
    },
  };
  it.each<[string, unknown, string]>([
    ['a BigInt', { items: [{ id: 1 }, { id: 2n }] }, '$.items[1].id is a BigInt'],
    ['a BigInt alone', 1n, '$ is a BigInt'],
    ['a circle', circular, '$.items[1]["odd key"] is part of itself'],
    ['a toJSON that throws', { a: throwing }, '$.a has a toJSON that throws'],
  ])('sends %s as a TypeError that names tool and place', async (_, value, place) => {
    const { ok, data } = await settlementOf(() => value);
    expect(ok).toBe(false);
    expect(data).toMatchObject({ name: 'TypeError', code: 'TOOL_RESULT_NOT_SERIALIZABLE' });
    expect((data as Error).message).toContain(`The result of tool has no JSON form: ${place}`);
    expect(JSON.stringify(data)).not.toContain('secret');
  });

  it('survives a result nested too deeply for JSON, and a Proxy that throws at everything', async () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    const nested = await settlementOf(() => deep);
    expect(nested.ok || (nested.data as { code: string }).code === 'TOOL_RESULT_NOT_SERIALIZABLE').toBe(true);
    const angry = new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : fail()), ownKeys: () => fail() });
    expect(await settlementOf(() => angry)).toMatchObject({ ok: false, data: { code: 'TOOL_RESULT_NOT_SERIALIZABLE' } });
  });

  it('turns a result over maxResultBytes into a ToolLimitError', async () => {
    const options = { limits: { maxResultBytes: 6 } };
    expect(await settlementOf(() => 'éé', options)).toMatchObject({ ok: true });
    const { ok, data } = await settlementOf(() => 'ééé', options);
    expect(ok).toBe(false);
    expect(data).toMatchObject({ name: 'ToolLimitError', code: 'TOOL_RESULT_TOO_LARGE' });
    expect((data as Error).message).toContain('maxResultBytes (6)');
  });
});

function fail(): never {
  throw new Error('trap');
}

class CodedError extends TypeError {
  readonly code = 'E_CODED';
  readonly secret = 'secret';
}

describe('failures', () => {
  const numbered = Object.assign(new Error('rpc'), { code: -32_602 });
  const hostile = new Proxy(
    {},
    { get: () => fail(), getPrototypeOf: () => fail(), has: () => fail(), getOwnPropertyDescriptor: () => fail() },
  );
  const getters = {
    get name(): never {
      return fail();
    },
    get message(): never {
      return fail();
    },
  };
  it.each<[string, unknown, unknown]>([
    ['an Error', new RangeError('too far'), { name: 'RangeError', message: 'too far' }],
    ['an Error with an own code', new CodedError('bad'), { name: 'TypeError', message: 'bad', code: 'E_CODED' }],
    ['an empty message', new Error(''), { name: 'Error', message: '' }],
    ['a numeric code', numbered, { name: 'Error', message: 'rpc', code: '-32602' }],
    ['an AbortError', new DOMException('stop', 'AbortError'), { name: 'AbortError', message: 'stop' }],
    ['a string', 'str', { name: 'Error', message: 'str' }],
    ['a number', 42, { name: 'Error', message: '42' }],
    ['null', null, { name: 'Error', message: 'null' }],
    ['undefined', undefined, { name: 'Error', message: 'undefined' }],
    ['a symbol', Symbol('s'), { name: 'Error', message: 'Symbol(s)' }],
    ['an object with string fields', { name: 'N', message: 'm', code: 'c', stack: 'no', extra: 1 }, { name: 'N', message: 'm', code: 'c' }],
    ['an object whose fields are no strings', { name: 1, message: {}, code: [] }, { name: 'Error', message: '[object Object]' }],
    [
      'an object that inherits its fields',
      Object.create({ name: 'N', message: 'm', code: 'c' }),
      { name: 'Error', message: '[object Object]' },
    ],
    ['throwing getters', getters, { name: 'Error', message: '[object Object]' }],
    ['a hostile Proxy', hostile, { name: 'Error', message: 'A value without a text form was thrown.' }],
    ['no prototype', Object.create(null), { name: 'Error', message: 'A value without a text form was thrown.' }],
  ])('sends %s as plain strings, thrown or rejected', async (_, thrown, data) => {
    const throws = await settlementOf(() => {
      throw thrown;
    });
    expect(throws).toMatchObject({ ok: false });
    expect(throws.data).toEqual(data);
    expect((await settlementOf(() => Promise.reject(thrown))).data).toEqual(data);
  });

  it('never sends a stack or a cause', async () => {
    const { text } = await settlementOf(() => {
      throw new Error('plain', { cause: new Error('cause') });
    });
    expect(text).toBe('{"name":"Error","message":"plain"}');
  });

  it('cuts a text nobody would read', async () => {
    const { data } = await settlementOf(() => {
      throw new Error('x'.repeat(1_000_000));
    });
    expect((data as Error).message.length).toBeLessThan(20_000);
  });
});

describe('dispatch', () => {
  it('starts all calls of a turn at once, in order, and settles what is ready in one tick with one message', async () => {
    const order: unknown[] = [];
    const depths = [3, 1, 2, 0];
    const { run, executor } = await setUp({
      tool: async (args) => {
        order.push(args);
        for (let i = 0; i < (depths[args as number] ?? 0); i++) await Promise.resolve();
        return args;
      },
    });
    run.turn({ calls: [0, 1, 2, 3].map((index) => ['tool', index] as const) });
    const { header, payloads } = await executor.next('settle');
    expect(order).toEqual([0, 1, 2, 3]);
    const ids = header.calls.map(({ id }) => id);
    expect(ids.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    expect(ids.at(-1), 'the one that took longest').toBe(0);
    expect(payloads).toEqual(ids.map(String));
  });

  it('lets a fast tool settle before a slow one', async () => {
    const gate = Promise.withResolvers<string>();
    const { run, result } = await setUp({ slow: () => gate.promise, fast: () => 'fast' });
    run.turn({
      calls: [
        ['slow', 0],
        ['fast', 0],
      ],
    });
    expect((await run.settled()).header.calls).toEqual([{ id: 1, ok: true }]);
    gate.resolve('slow');
    expect((await run.settled()).payloads).toEqual(['"slow"']);
    run.undefined();
    expect((await result).calls.map(({ id, ok }) => [id, ok])).toEqual([
      [0, true],
      [1, true],
    ]);
  });

  it('runs at most maxCallsInFlight at a time, and starts the rest in call order', async () => {
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const started: number[] = [];
    const tool = (args: unknown): Promise<void> | undefined => {
      started.push(args as number);
      return gates[args as number]?.promise;
    };
    const { run } = await setUp({ tool }, { limits: { maxCallsInFlight: 2 } });
    run.turn({ calls: [0, 1, 2].map((index) => ['tool', index] as const) });
    await macrotask();
    expect(started).toEqual([0, 1]);
    run.turn({ calls: [3, 4].map((index) => ['tool', index] as const) });
    gates[1]?.resolve();
    await run.settled();
    expect(started).toEqual([0, 1, 2]);
    gates[0]?.resolve();
    gates[2]?.resolve();
    await run.settled();
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('splits results that together are too much for one message', async () => {
    const big = 'x'.repeat(5 * 1024 * 1024);
    const { run, executor } = await setUp({ tool: () => big });
    run.turn({ calls: [0, 1, 2].map((index) => ['tool', index] as const) });
    expect((await executor.next('settle')).header.calls).toEqual([{ id: 0, ok: true }]);
    expect((await executor.next('settle')).header.calls).toEqual([{ id: 1, ok: true }]);
    expect((await executor.next('settle')).header.calls).toEqual([{ id: 2, ok: true }]);
  });

  it('takes a thousand calls, one after the other', async () => {
    let calls = 0;
    const { run, result } = await setUp({ tool: () => ++calls });
    run.turn({ calls: [['tool', 0]] });
    for (let i = 1; i < 1_000; i++) await run.settled([['tool', i]]);
    await run.settled();
    run.value('done');
    expect((await result).calls).toHaveLength(1_000);
    expect(calls).toBe(1_000);
  });
});

describe('the end of the run, for its tools', () => {
  it('aborts their signal when the program ends without waiting for them, and hears nothing of them any more', async () => {
    const gates = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    const contexts: ToolContext[] = [];
    const { run, executor, result } = await setUp({
      tool: (args, context) => {
        if (context !== undefined) contexts.push(context);
        return gates[args as number]?.promise;
      },
    });
    run.turn({
      calls: [
        ['tool', 0],
        ['tool', 1],
      ],
    });
    await macrotask();
    expect(contexts.map(({ abortSignal }) => abortSignal.aborted)).toEqual([false, false]);
    run.value(1);
    const { calls } = await result;
    expect(contexts.map(({ abortSignal }) => abortSignal.aborted)).toEqual([true, true]);
    const toJSON = vi.fn<() => number>(() => 1);
    gates[0]?.resolve({ toJSON });
    gates[1]?.reject(new Error('late'));
    await macrotask();
    expect(executor.sent('settle')).toEqual([]);
    expect(toJSON).not.toHaveBeenCalled();
    expect(calls.map((call) => Object.keys(call))).toEqual([
      ['id', 'tool', 'startedMs', 'argumentLength'],
      ['id', 'tool', 'startedMs', 'argumentLength'],
    ]);
  });

  it('starts no queued call', async () => {
    const gate = Promise.withResolvers<void>();
    let started = 0;
    const tool = (): Promise<void> => (started++, gate.promise);
    const { run, result } = await setUp({ tool }, { limits: { maxCallsInFlight: 1 } });
    run.turn({
      calls: [
        ['tool', 0],
        ['tool', 1],
      ],
    });
    run.value(1);
    await result;
    gate.resolve();
    await macrotask();
    expect(started).toBe(1);
  });

  it('survives a tool that ends the run from within, and one that never returns', async () => {
    const started: unknown[] = [];
    const { run, context, result } = await setUp({
      tool: (args) => {
        started.push(args);
        if (args === 1) void context.dispose();
        return new Promise(() => undefined);
      },
    });
    run.turn({ calls: [0, 1, 2].map((index) => ['tool', index] as const) });
    expect(await result).toMatchObject({ success: false, error: { code: 'DISPOSED' } });
    expect(started).toEqual([0, 1]);
  });

  it('lists every tool that was called, with its times', async () => {
    const { run, result } = await setUp({ good: () => 'abc', bad: () => fail() });
    run.turn({
      calls: [
        ['good', { a: 1 }],
        ['bad', 2],
      ],
    });
    await run.settled();
    run.value(1);
    const { calls } = await result;
    expect(calls).toMatchObject([
      { id: 0, tool: 'good', ok: true, argumentLength: 7, resultLength: 5 },
      { id: 1, tool: 'bad', ok: false, argumentLength: 1 },
    ]);
    for (const { startedMs, endedMs } of calls) expect(endedMs).toBeGreaterThanOrEqual(startedMs);
  });
});
