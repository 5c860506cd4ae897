import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { afterAll, describe, expect, test } from 'vitest';
import { isAlive, sandboxesOf, until } from './process-tree.ts';

const WALL_MS = 300;
/** Beyond the budget: a busy machine, and a process that has to be replaced for the next run. */
const MARGIN_MS = 500;

const yielding: Readonly<Record<string, string>> = {
  loop: 'for (;;);',
  'loop after await': 'await null; for (;;);',
  'loop in finally': 'try { return 1 } finally { for (;;); }',
  'loops in try, catch and finally': 'const f = () => { try { for (;;); } catch { f() } finally { f() } }; f()',
  'microtask loop': 'const f = () => Promise.resolve().then(f); await f()',
  'await loop': 'for (;;) await null;',
  'getter of the result': 'return { get x() { for (;;); } }',
  'toJSON of the result': 'return { toJSON() { for (;;); } }',
  'getter of an error': 'throw { get message() { for (;;); } }',
  'getter of a rejection': 'Promise.reject({ get message() { for (;;); } }); return 1',
  'console argument': 'console.log({ toJSON() { for (;;); } })',
  thenable: 'return { then() { for (;;); } }',
  'regular expression': '/(a+)+$/.test("a".repeat(60) + "!")',
  'sort with a comparator': 'const a = [3, 1, 2]; for (;;) a.sort((x, y) => { for (;;); })',
  generator: 'function* g() { for (;;) yield 1 } for (const x of g());',
  proxy: 'const p = new Proxy({}, { get() { for (;;); } }); p.x',
};

/** V8 does not look for interruption within these. */
const native: Readonly<Record<string, string>> = {
  'search of an endless array-like': 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'forEach of one': 'Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => {})',
  'join of one': 'Array.prototype.join.call({ length: 2 ** 32 - 2 }, "")',
  'powers of large integers': 'for (;;) 7n ** 5000000n',
  'optimised allocation': 'for (;;) new Array(1000).fill(1)',
  normalize: 'const s = "\\u0041\\u030a".repeat(1e6); for (;;) s.normalize()',
};

describe.each(['process', 'in-process'] as const)('%s', (isolation) => {
  const driver = createNodeIsolateDriver({ isolation, limits: { wallMs: WALL_MS } });
  afterAll(() => driver.close());

  // In process the others would leave a thread behind for the rest of the tests.
  const programs = isolation === 'process' ? { ...yielding, ...native } : yielding;

  test.each(Object.entries(programs))('%s is stopped in time, on another thread, and the next program runs', async (_, code) => {
    const context = await driver.createContext({ bindings: {} });
    // Not part of the measurement: starting a process.
    await context.execute('return 0', { limits: { wallMs: 20_000 } });
    let longestPauseMs = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longestPauseMs = Math.max(longestPauseMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const startedAt = performance.now();
    const result = await context.execute(code);
    const tookMs = performance.now() - startedAt;
    clearInterval(watch);
    expect(result).toMatchObject({ success: false, error: { name: 'TimeoutError', code: 'TIMEOUT' } });
    expect(tookMs).toBeGreaterThan(WALL_MS - 20);
    expect(tookMs).toBeLessThan(WALL_MS + MARGIN_MS);
    expect(longestPauseMs).toBeLessThan(250);
    expect(await context.execute('return 1 + 1', { limits: { wallMs: 20_000 } })).toMatchObject({ success: true, value: 2 });
    await context.dispose();
  });

  test.runIf(isolation === 'process' && process.platform === 'linux')('a process whose guest cannot be stopped is replaced', async () => {
    const context = await driver.createContext({ bindings: {} });
    await context.execute('return 0', { limits: { wallMs: 20_000 } });
    const before = sandboxesOf();
    await context.execute(native['search of an endless array-like'] ?? '');
    await until(() => before.some((pid) => !isAlive(pid)), 3_000);
    expect(await context.execute('return 1 + 1', { limits: { wallMs: 20_000 } })).toMatchObject({ value: 2 });
  });

  test('a program that is stopped leaves others alone', async () => {
    const context = await driver.createContext({
      bindings: { slow: { execute: () => new Promise((resolve) => setTimeout(() => resolve('slept'), 700)) } },
    });
    const [stopped, ...others] = await Promise.all([
      context.execute('for (;;);'),
      ...Array.from({ length: 6 }, (_, i) => context.execute(`return [${i}, await slow()]`, { limits: { wallMs: 10_000 } })),
    ]);
    expect(stopped).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(others.map((other) => other.success && other.value)).toEqual(Array.from({ length: 6 }, (_, i) => [i, 'slept']));
  });
});
