import { createDenoIsolateDriver } from '@isomux/deno';
import { afterAll, describe, expect, test } from 'vitest';
import { isAlive, sandboxesOf, treeMegabytes, until } from './processes.ts';

/** V8's own timer stops these. */
const yielding: Readonly<Record<string, string>> = {
  loop: 'for (;;);',
  'loop after await': 'await null; for (;;);',
  'loops in try, catch and finally': 'const f = () => { try { for (;;); } catch { f() } finally { f() } }; f()',
  'microtask loop': 'const f = () => Promise.resolve().then(f); await f()',
  'await loop': 'for (;;) await null;',
  'getter of the result': 'return { get x() { for (;;); } }',
  'getter of a rejection': 'Promise.reject(new Proxy({}, { getOwnPropertyDescriptor() { for (;;); } })); return 1',
  'writer of stacks': 'Error.prepareStackTrace = () => { for (;;); }; return new Error("x").stack',
  'regular expression': '/(a+)+$/.test("a".repeat(60) + "!")',
};

/** Nothing stops these but the end of their process. */
const native: Readonly<Record<string, string>> = {
  'search of an endless array-like': 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'powers of large integers': 'for (;;) 7n ** 5000000n',
};

describe('a guest that never yields', () => {
  const driver = createDenoIsolateDriver({ limits: { wallMs: 300 } });
  afterAll(() => driver.close());

  test.each(Object.entries({ ...yielding, ...native }))('%s is stopped, and the next program runs', async (_, code) => {
    const context = await driver.createContext({ bindings: {} });
    const result = await context.execute(`console.log('kept'); ${code}`, { limits: { wallMs: 300 } });
    expect(result).toMatchObject({ success: false, error: { name: 'TimeoutError', code: 'TIMEOUT' } });
    expect(await context.execute('return 1 + 1', { limits: { wallMs: 20_000 } })).toMatchObject({ success: true, value: 2 });
  });

  test('keeps its console lines', async () => {
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 0', { limits: { wallMs: 20_000 } });
    for (const code of ['for (;;);', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)']) {
      const result = await context.execute(`console.log('one'); console.log('two'); ${code}`, { limits: { wallMs: 1_000 } });
      expect(result).toMatchObject({ error: { code: 'TIMEOUT' }, logs: ['one', 'two'] });
    }
  });

  test.runIf(process.platform === 'linux')('keeps its process where V8 stops it, and takes it along where V8 cannot', async () => {
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 0', { limits: { wallMs: 20_000 } });
    const before = sandboxesOf();
    await context.execute('for (;;);');
    await context.execute('return 0', { limits: { wallMs: 20_000 } });
    expect(before.some(isAlive)).toBe(true);
    await context.execute(native['search of an endless array-like'] ?? '');
    await until(() => !before.some(isAlive), 3_000);
  });

  test('leaves others alone, also those in its process', async () => {
    await using shared = createDenoIsolateDriver({ maxProcesses: 1 });
    const calls: unknown[] = [];
    const context = await shared.createContext({
      bindings: {
        slow: {
          execute: async (i) => {
            calls.push(i);
            await new Promise((resolve) => setTimeout(resolve, 2_000));
            return 'slept';
          },
        },
      },
    });
    await context.execute('return 0');
    const [stopped, ...others] = await Promise.all([
      context.execute(native['search of an endless array-like'] ?? '', { limits: { wallMs: 1_000 } }),
      ...[0, 1, 2].map((i) => context.execute(`return [${i}, await slow(${i})]`, { limits: { wallMs: 20_000 } })),
    ]);
    expect(stopped).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(others.map((other) => other.success && other.value)).toEqual([0, 1, 2].map((i) => [i, 'slept']));
    expect(new Set(calls)).toEqual(new Set([0, 1, 2]));
    expect(calls).toHaveLength(3);
  });
});

describe('a guest that takes all memory', () => {
  /** Above what host and processes need at rest, for a limit of 64 MB. */
  const TREE_MB = 600;
  const driver = createDenoIsolateDriver({ memoryLimit: 64, timeout: 20_000, maxProcesses: 2 });
  afterAll(() => driver.close());

  test.each(
    Object.entries({
      arrays: 'const a = []; for (;;) a.push(new Array(1000).fill(1))',
      objects: 'const a = []; for (;;) a.push({ x: [1, 2, 3] })',
      buffers: 'const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))',
      'resizable buffers':
        'const a = []; for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 1 << 24 }); b.resize(1 << 24); new Uint8Array(b).fill(1); a.push(b) }',
      strings: 'const a = []; for (;;) { const s = "ab".repeat(5e6) + a.length; s.charCodeAt(3); a.push(s) }',
      map: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
      promises: 'const a = []; for (;;) a.push(new Promise(() => {}))',
      microtasks: 'for (;;) Promise.resolve().then(() => {})',
      'internationalisation objects': 'const a = []; for (;;) a.push(new Intl.DateTimeFormat("en", { timeStyle: "full" }))',
    }),
  )('of %s: the run ends, the memory is bounded, the next program runs', async (_, code) => {
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 0');
    const restMegabytes = treeMegabytes();
    let peakMegabytes = 0;
    const watch = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, treeMegabytes());
    }, 5);
    const result = await context.execute(code);
    clearInterval(watch);
    expect(result).toMatchObject({ success: false, error: { name: 'MemoryLimitError', code: 'MEMORY_LIMIT' } });
    expect(peakMegabytes - restMegabytes).toBeLessThan(TREE_MB);
    expect(await context.execute('return 1 + 1')).toMatchObject({ success: true, value: 2 });
  });

  test('harms no program beside it, nor its logs and tool calls', async () => {
    const calls: number[] = [];
    const context = await driver.createContext({
      bindings: {
        step: {
          execute: async (i) => {
            calls.push(i as number);
            await new Promise((resolve) => setTimeout(resolve, 100));
            return i;
          },
        },
      },
    });
    const others = Array.from({ length: 4 }, (_, i) =>
      context.execute(`let sum = 0; for (let n = 0; n < 5; n++) { console.log(n); sum += await step(${i} * 10 + n) } return sum`),
    );
    const greedy = context.execute('const a = []; for (;;) a.push(new Array(1000).fill(1))');
    expect(await greedy).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
    for (const [i, result] of (await Promise.all(others)).entries()) {
      expect(result).toMatchObject({ success: true, value: i * 50 + 10, logs: ['0', '1', '2', '3', '4'] });
    }
    expect(calls.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3, 4].map((n) => i * 10 + n)));
  });

  test('has the limit of its own run: a larger one suffices where a smaller one does not', async () => {
    const code = 'const a = []; for (let i = 0; i < 15_000; i++) a.push(new Array(1000).fill(i)); return a.length';
    await using roomy = await driver.createContext({ bindings: {}, memoryLimit: 256 });
    await using narrow = await driver.createContext({ bindings: {}, memoryLimit: 64 });
    const [large, small] = await Promise.all([roomy.execute(code), narrow.execute(code)]);
    expect(large).toMatchObject({ success: true, value: 15_000 });
    expect(small).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
  });

  test.runIf(process.platform === 'linux')('leaves no process behind for each limit there ever was', async () => {
    for (let memoryLimit = 65; memoryLimit < 73; memoryLimit++) {
      await using context = await driver.createContext({ bindings: {}, memoryLimit });
      expect(await context.execute('return 1')).toMatchObject({ value: 1 });
    }
    await until(() => sandboxesOf().filter(isAlive).length <= 6, 3_000);
  });
});
