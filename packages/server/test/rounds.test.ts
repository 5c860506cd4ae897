import { afterAll, describe, expect, it } from 'vitest';
import { createRounds } from '../src/rounds/rounds.ts';
import { runClient, type Post, type Tool } from './rounds-client.ts';
import { createTestExecutor, postTo, postToFresh } from './rounds-server.ts';

const executor = createTestExecutor();
const other = createTestExecutor();
const kept = createRounds(executor);
afterAll(async () => {
  kept.close();
  await Promise.all([executor.close(), other.close()]);
});

/** Where the rounds of a run may go. */
const SERVERS: Readonly<Record<string, () => Post>> = {
  'a server that keeps the run': () => postTo(kept),
  'another server each round': () => postToFresh([executor, other]),
};

interface Counted {
  readonly tools: Readonly<Record<string, Tool>>;
  readonly calls: string[];
}

function countedTools(): Counted {
  const calls: string[] = [];
  const note = (name: string, args: unknown): void => void calls.push(`${name} ${JSON.stringify(args)}`);
  const field = (args: unknown, name: string): unknown => (typeof args === 'object' && args !== null ? Reflect.get(args, name) : undefined);
  const tools: Record<string, Tool> = {
    add: (args) => {
      note('add', args);
      return Number(field(args, 'a')) + Number(field(args, 'b'));
    },
    echo: (args) => {
      note('echo', args);
      return args;
    },
    fail: (args) => {
      note('fail', args);
      throw new Error(`no ${JSON.stringify(args)}`);
    },
    nothing: (args) => {
      note('nothing', args);
    },
  };
  return { tools, calls };
}

describe.each(Object.entries(SERVERS))('rounds with %s', (_name, serve) => {
  it('answer a program without tools at once', async () => {
    expect(await runClient(serve(), 'console.log("hi"); return { a: [1, null] }')).toEqual({
      success: true,
      value: { a: [1, null] },
      logs: ['hi'],
      rounds: 1,
    });
  });

  it('run calls one after the other, each once, and write lines once', async () => {
    const { tools, calls } = countedTools();
    const code =
      'let s = 0; for (let i = 0; i < 5; i++) { console.log("at " + i); s = await add({ a: s, b: i }); } console.log("end"); return s;';
    const result = await runClient(serve(), code, tools);
    expect(result).toEqual({ success: true, value: 10, logs: ['at 0', 'at 1', 'at 2', 'at 3', 'at 4', 'end'], rounds: 6 });
    expect(calls).toHaveLength(5);
  });

  it('ask for the calls of one turn together', async () => {
    const { tools, calls } = countedTools();
    const code = 'return Promise.all([echo({ n: 1 }), echo({ n: 2 }), echo({ n: 3 })])';
    expect(await runClient(serve(), code, tools)).toMatchObject({ value: [{ n: 1 }, { n: 2 }, { n: 3 }], rounds: 2 });
    expect(calls).toHaveLength(3);
  });

  it('go on where chains of different depth are under way', async () => {
    const { tools, calls } = countedTools();
    const code = `
      const chain = async (n) => { let s = 0; for (let i = 0; i < n; i++) s = await add({ a: s, b: n }); return s; };
      return Promise.all([chain(1), chain(3), chain(2)]);`;
    expect(await runClient(serve(), code, tools)).toMatchObject({ value: [1, 9, 4], rounds: 4 });
    expect(calls).toHaveLength(6);
  });

  it('let a program catch, clean up and race without seeing the mechanism', async () => {
    const { tools } = countedTools();
    const code = `
      const seen = [];
      try { seen.push(await add({ a: 1, b: 2 })); } catch (e) { seen.push('caught'); } finally { seen.push('finally'); }
      try { await fail({ x: 1 }); } catch (e) { seen.push(e instanceof Error, e.name, e.message); }
      seen.push((await Promise.allSettled([add({ a: 1, b: 1 }), fail({})])).map((s) => s.status));
      seen.push(await Promise.race([echo({ n: 1 }), echo({ n: 2 })]));
      seen.push(await nothing({}));
      return seen.map((s) => s === undefined ? 'undefined' : s);`;
    expect((await runClient(serve(), code, tools)).value).toEqual([
      3,
      'finally',
      true,
      'Error',
      'no {"x":1}',
      ['fulfilled', 'rejected'],
      { n: 1 },
      'undefined',
    ]);
  });

  it('keep chance and time over the rounds', async () => {
    const { tools } = countedTools();
    const code = `
      const before = [Math.random(), Date.now(), crypto.randomUUID()];
      await echo({ before });
      const between = Math.random();
      await echo({ before, between });
      return { same: JSON.stringify(before), later: Date.now() >= before[1], between };`;
    const { value } = await runClient(serve(), code, tools);
    expect(value).toMatchObject({ later: true, between: expect.any(Number) });
    const seen: unknown[] = [];
    await runClient(serve(), code, { echo: (args) => void seen.push(args) });
    expect(seen[1]).toMatchObject({ before: Reflect.get(Object(seen[0]), 'before') });
  });

  it('wait for timers, and for calls that timers make', async () => {
    const { tools, calls } = countedTools();
    const code = `
      await new Promise((r) => setTimeout(r, 5));
      console.log('slept');
      const a = await add({ a: 1, b: 1 });
      const b = await new Promise((r) => setTimeout(async () => r(await add({ a, b: 10 })), 5));
      await new Promise((r) => setTimeout(r, 5));
      return b;`;
    expect(await runClient(serve(), code, tools)).toMatchObject({ value: 12, logs: ['slept'], rounds: 3 });
    expect(calls).toHaveLength(2);
  });

  it('call what a program calls last and does not wait for', async () => {
    const { tools, calls } = countedTools();
    expect(await runClient(serve(), 'echo({ last: true }); console.log("x"); return 1', tools)).toMatchObject({
      value: 1,
      logs: ['x', 'WARN: Tool call echo was still running when the program ended'],
    });
    expect(calls).toEqual(['echo {"last":true}']);
  });

  it('tell what a program threw, with name, message, stack and code', async () => {
    const code = "console.log('a'); throw Object.assign(new RangeError('out'), { code: 'E_OUT' });";
    expect(await runClient(serve(), code)).toMatchObject({
      success: false,
      error: { name: 'RangeError', message: 'out', code: 'E_OUT', stack: expect.stringContaining('RangeError: out') },
      logs: ['a'],
    });
  });

  it('carry 200 calls one after the other', async () => {
    const { tools, calls } = countedTools();
    const result = await runClient(serve(), 'let s = 0; for (let i = 0; i < 200; i++) s = await add({ a: s, b: 1 }); return s;', tools);
    expect(result).toMatchObject({ value: 200, rounds: 201 });
    expect(calls).toHaveLength(200);
  }, 60_000);

  it('deliver values of any shape, __proto__ being data', async () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":null,"z":[1,{"__proto__":2}],"s":"\\ud800 \\u2028"}');
    const code = 'const v = await get({}); return { keys: Object.keys(v), back: v, clean: ({}).a === undefined };';
    const result = await runClient(serve(), code, { get: () => value });
    expect(result.value).toMatchObject({ keys: ['__proto__', 'constructor', 'z', 's'], clean: true });
    expect(JSON.stringify(Reflect.get(Object(result.value), 'back'))).toBe(JSON.stringify(value));
  });
});
