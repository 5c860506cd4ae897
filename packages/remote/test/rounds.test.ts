import type { Result } from '@isomux/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoundsChannelOptions } from '../src/rounds/rounds-channel.ts';
import { createRoundsDriver, startRoundsServer, startStatelessServer, type TestServer } from './rounds-servers.ts';

let keeping: TestServer;
let forgetful: TestServer;
let stateless: TestServer;
beforeAll(async () => {
  [keeping, forgetful, stateless] = await Promise.all([startRoundsServer(256), startRoundsServer(0), startStatelessServer()]);
});
afterAll(() => Promise.all([keeping.close(), forgetful.close(), stateless.close()]));

const SERVERS = {
  'a server that keeps runs': () => keeping,
  'a server that replays them': () => forgetful,
  'a server that knows nothing of us': () => stateless,
};

interface Played {
  readonly result: Result;
  readonly calls: readonly string[];
  readonly requests: readonly unknown[];
}

async function play(server: TestServer, code: string, channelOptions: Omit<RoundsChannelOptions, 'url'> = {}): Promise<Played> {
  const calls: string[] = [];
  const before = server.requests.length;
  const note = <T>(name: string, args: unknown, value: T): T => (calls.push(`${name} ${JSON.stringify(args)}`), value);
  await using driver = createRoundsDriver([server.url], { timeout: 10_000, memoryLimit: 64 }, channelOptions);
  await using context = await driver.createContext({
    bindings: {
      add: { execute: (args) => note('add', args, (args as { a: number }).a + (args as { b: number }).b) },
      slow: { execute: (args) => new Promise((resolve) => setTimeout(() => resolve(note('slow', args, args)), 3)) },
      nothing: { execute: (args) => note('nothing', args, undefined) },
      fail: { execute: (args) => Promise.reject(note('fail', args, Object.assign(new RangeError('no'), { code: 'E_NO' }))) },
    },
  });
  const result = await context.execute(code);
  return { result, calls, requests: server.requests.slice(before) };
}

describe.each(Object.entries(SERVERS))('rounds with %s', (_name, server) => {
  it('give what the program returns', async () => {
    const { result } = await play(server(), 'console.log("a"); return { x: [1, "ü"] }');
    expect(result).toMatchObject({ success: true, value: { x: [1, 'ü'] }, logs: ['a'] });
  });

  it('run every tool once and write every line once', async () => {
    const code =
      'let s = 0; for (let i = 0; i < 4; i++) { console.log("at " + i); s = await add({ a: s, b: i }); } console.log("end"); return s;';
    const { result, calls, requests } = await play(server(), code);
    expect(result).toMatchObject({ success: true, value: 6, logs: ['at 0', 'at 1', 'at 2', 'at 3', 'end'] });
    expect(calls).toHaveLength(4);
    expect(requests).toHaveLength(5);
  });

  it('run the calls of a round in parallel, and go on when all have settled', async () => {
    const { result, calls, requests } = await play(server(), 'return Promise.all([slow({ n: 1 }), add({ a: 1, b: 1 }), slow({ n: 2 })])');
    expect(result).toMatchObject({ value: [{ n: 1 }, 2, { n: 2 }] });
    expect(calls[0]).toBe('add {"a":1,"b":1}');
    expect(requests).toHaveLength(2);
  });

  it('give the program the errors of tools, and the caller those of the program', async () => {
    expect((await play(server(), 'await nothing({}); await fail({}); return 1')).result).toMatchObject({
      success: false,
      error: { message: 'no' },
    });
  });

  it('say the budget that is left, and the memory', async () => {
    const { requests } = await play(server(), 'await slow({}); await slow({}); return 1');
    const timeouts = requests.map((request) => Number(Reflect.get(Object(request), 'timeout')));
    expect(timeouts[0]).toBe(10_000);
    expect(timeouts.toSorted((a, b) => b - a)).toEqual(timeouts);
    expect(requests).toMatchObject([{ memoryLimit: 64 }, { memoryLimit: 64 }, { memoryLimit: 64 }]);
  });

  it('end with TOOL_ROUND_LIMIT when there are more than maxToolRounds, before a tool is called in vain', async () => {
    const { result, calls, requests } = await play(server(), 'for (;;) { console.log("x"); await add({ a: 1, b: 1 }); }', {
      maxToolRounds: 3,
    });
    expect(result).toMatchObject({ success: false, error: { name: 'MaxRoundsExceeded', code: 'TOOL_ROUND_LIMIT' }, logs: ['x', 'x', 'x'] });
    expect(calls).toHaveLength(2);
    expect(requests).toHaveLength(3);
  });
});

describe('rounds with servers of others', () => {
  it.each([{ env: { a: 1 } }, { globals: 'minimal' }, { clock: 'live' }] as const)('refuse %j by name', async (options) => {
    await using driver = createRoundsDriver([stateless.url], options);
    let calls = 0;
    await using context = await driver.createContext({ bindings: { count: { execute: async () => ++calls } } });
    const result = await context.execute('return await count({})');
    expect(result).toMatchObject({ success: false, error: { code: 'INVALID_OPTION' } });
    expect(result.success ? '' : result.error.message).toContain(Object.keys(options)[0]);
    expect(calls).toBe(0);
  });

  it('keep those limits that can be kept at this end', async () => {
    for (const [limits, code, program] of [
      [{ maxCalls: 1 }, 'TOOL_CALL_LIMIT', 'await count(1); await count(2);'],
      [{ maxArgumentBytes: 10 }, 'ARGUMENT_TOO_LARGE', "await count('x'.repeat(20));"],
      [{ maxReturnBytes: 10 }, 'RETURN_TOO_LARGE', "return 'x'.repeat(20);"],
    ] as const) {
      await using driver = createRoundsDriver([stateless.url], { limits });
      await using context = await driver.createContext({ bindings: { count: { execute: async () => 1 } } });
      expect(await context.execute(program)).toMatchObject({ success: false, error: { code } });
    }
    await using driver = createRoundsDriver([stateless.url], { limits: { maxLogLines: 2 } });
    await using context = await driver.createContext({ bindings: { count: { execute: async () => 1 } } });
    const result = await context.execute("for (let i = 0; i < 5; i++) console.log('at ' + i); await count({}); return 1;");
    expect(result).toMatchObject({ success: true, logs: ['at 0', 'at 1', '[log truncated: over maxLogLines 2]'] });
  });
});

describe('rounds with servers of ours', () => {
  it('give tool errors by name and code, and chance and time that stay', async () => {
    const code = `
      const seen = [Math.random(), Date.now()];
      const error = await fail({}).catch((e) => [e.name, e.message, e.code]);
      await new Promise((r) => setTimeout(r, 2));
      const later = await add({ a: seen[0], b: 0 });
      return { error, same: later === seen[0], time: Date.now() >= seen[1] };`;
    for (const server of [keeping, forgetful]) {
      expect((await play(server, code)).result).toMatchObject({ value: { error: ['RangeError', 'no', 'E_NO'], same: true, time: true } });
    }
  });

  it('keep limits in every round', async () => {
    for (const server of [keeping, forgetful]) {
      await using driver = createRoundsDriver([server.url], { limits: { maxCalls: 2, maxTimers: 0 } });
      await using context = await driver.createContext({ bindings: { echo: { execute: async (args) => args } } });
      const code = `
        const seen = [await echo(1), await echo(2), await echo(3).catch((e) => e.code)];
        try { setTimeout(() => {}); } catch (e) { seen.push(e.code); }
        return seen;`;
      expect(await context.execute(code)).toMatchObject({ success: true, value: [1, 2, 'TOOL_CALL_LIMIT', 'TIMER_LIMIT'] });
      expect(server.requests.at(-1)).toMatchObject({ limits: { maxCalls: 2, maxTimers: 0 } });
    }
  });

  it('keep the lines that a program wrote before its time was over', async () => {
    await using driver = createRoundsDriver([keeping.url], { timeout: 1_000 });
    await using context = await driver.createContext({ bindings: { echo: { execute: async (args) => args } } });
    const result = await context.execute("console.log('one'); await echo(1); console.log('two'); for (;;);");
    expect(result).toMatchObject({ success: false, error: { code: 'TIMEOUT' }, logs: ['one', 'two'] });
  });

  it('keep the empty message of an error', async () => {
    await using driver = createRoundsDriver([keeping.url], {});
    await using context = await driver.createContext({ bindings: { fail: { execute: () => Promise.reject(new RangeError('')) } } });
    expect(await context.execute('return await fail({}).catch((e) => [e.name, e.message])')).toMatchObject({ value: ['RangeError', ''] });
  });

  it.each([1, 2, 3, 4])('go on at another server when the first is gone after %i rounds', async (rounds) => {
    const code = 'let s = 0; for (let i = 0; i < 4; i++) { console.log("at " + i); s = await add({ a: s, b: Math.random() }); } return s;';
    const calls: unknown[] = [];
    let asked = 0;
    const isGone = (input: unknown): boolean => input === keeping.url && asked++ >= rounds;
    const fetchImpl: typeof fetch = (input, init) => (isGone(input) ? Promise.reject(new Error('gone')) : fetch(input, init));
    const before = forgetful.requests.length;
    await using driver = createRoundsDriver([keeping.url, forgetful.url], { timeout: 20_000 }, { fetchImpl, elsewhere: () => true });
    await using context = await driver.createContext({
      bindings: {
        add: {
          execute: (args) => {
            calls.push(args);
            return Number(Reflect.get(Object(args), 'a')) + Number(Reflect.get(Object(args), 'b'));
          },
        },
      },
    });
    expect(await context.execute(code)).toMatchObject({ success: true, logs: ['at 0', 'at 1', 'at 2', 'at 3'] });
    expect(calls).toHaveLength(4);
    expect(forgetful.requests).toHaveLength(before + 5 - rounds);
  });
});
