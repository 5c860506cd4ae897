import type { Driver } from '@isomux/driver';
import { createQuickJSIsolateDriver, type QuickJSIsolateDriverOptions } from '@isomux/quickjs';
import { afterEach, describe, expect, test } from 'vitest';
import { isNode } from '../src/builtin-module.ts';
import { runHost } from './host-script.ts';

const drivers: Driver[] = [];

function createDriver(options: QuickJSIsolateDriverOptions = {}): Driver {
  const driver = createQuickJSIsolateDriver(options);
  drivers.push(driver);
  return driver;
}

const bindings = { external_echo: { execute: async (value: unknown) => value } };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long the event loop stood still at most while `work` went on. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await work;
  clearInterval(timer);
  return longest;
}

afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()));
});

describe.each(['worker', 'inline'] as const)('a driver with thread: %s', (thread) => {
  test('runs a program with tools, and logs', async () => {
    const context = await createDriver({ thread }).createContext({ bindings });
    const result = await context.execute('console.log("one", 2); return await Promise.all([1, 2, 3].map((n) => external_echo({ n })))');
    expect(result).toMatchObject({ success: true, value: [{ n: 1 }, { n: 2 }, { n: 3 }], logs: ['one 2'] });
  });

  test.each([
    ['TIMEOUT', 'for (;;);'],
    ['TIMEOUT', 'return /^(a+)+$/.test("a".repeat(64) + "b")'],
    ['MEMORY_LIMIT', 'let list = null; for (;;) list = { list }'],
    ['STACK_OVERFLOW', '(function f() { f() })()'],
    ['STACK_OVERFLOW', 'let it = [1].values(); for (let i = 0; i < 5e4; i++) it = it.map((x) => x); return it.next()'],
    ['STALLED', 'await new Promise(() => {})'],
    ['GUEST_SYNTAX_ERROR', 'let x = ;'],
  ])('ends a run with %s and goes on: %s', async (code, program) => {
    const context = await createDriver({ thread, timeout: 1_500, memoryLimit: 16 }).createContext({ bindings });
    expect((await context.execute(program)).error?.code).toBe(code);
    expect((await context.execute('return 1', { limits: { wallMs: 30_000 } })).value).toBe(1);
  });

  test('lets contexts nest', async () => {
    const driver = createDriver({ thread, maxThreads: 1 });
    const nested = { execute: async () => (await (await driver.createContext({ bindings })).execute('return 5')).value };
    const context = await driver.createContext({ bindings: { external_nested: nested } });
    expect((await context.execute('return 1 + await external_nested({})')).value).toBe(6);
  });

  test('bounds the stack by maxStackSize', async () => {
    const depth = async (maxStackSize?: number): Promise<number> => {
      const context = await createDriver({ thread, ...(maxStackSize === undefined ? {} : { maxStackSize }) }).createContext({ bindings });
      const { value } = await context.execute('let n = 0; const f = () => { n++; f() }; try { f() } catch {} return n');
      return Number(value);
    };
    // Only Node lets a thread's own stack be chosen.
    expect(await depth()).toBeGreaterThan(thread === 'worker' && isNode() ? 3_000 : 800);
    expect(await depth(128 * 1024)).toBeLessThan(700);
  });

  test('a host that never calls close() can end', async () => {
    const { code, output } = await runHost('host.mjs', thread);
    expect({ code, output }).toEqual({ code: 0, output: 'ready 42\n' });
  });

  test('a run in progress keeps its host alive', async () => {
    expect(await runHost('host.mjs', thread, 'timer')).toMatchObject({ code: 0, output: 'ready 42\ntimer 1\n' });
  });
});

describe('threads', () => {
  test('leave the event loop of the host to the host', async () => {
    const context = await createDriver({ timeout: 600 }).createContext({ bindings });
    await context.execute('return 1');
    expect(await longestPause(context.execute('for (;;);'))).toBeLessThan(200);
  });

  test('run programs at the same time', async () => {
    const driver = createDriver({ timeout: 20_000, minThreads: 2 });
    const [busy, other] = [await driver.createContext({ bindings }), await driver.createContext({ bindings })];
    const spinning = busy.execute('for (;;);', { limits: { wallMs: 3_000 } });
    await pause(50);
    expect((await other.execute('return 1')).value).toBe(1);
    expect(await Promise.race([spinning, pause(0)])).toBeUndefined();
    expect((await spinning).error?.code).toBe('TIMEOUT');
  });

  test('that execute an aborted run are replaced, and do not stay busy', async () => {
    const driver = createDriver({ maxThreads: 1, timeout: 60_000 });
    const context = await driver.createContext({ bindings });
    const aborter = new AbortController();
    const aborted = context.execute('for (;;);', { signal: aborter.signal });
    await pause(300);
    const abortedAt = performance.now();
    aborter.abort();
    expect((await aborted).error?.code).toBe('ABORTED');
    expect(performance.now() - abortedAt).toBeLessThan(500);
    expect((await context.execute('return 1')).value).toBe(1);
    expect(performance.now() - abortedAt).toBeLessThan(10_000);
  });

  test('are ended by close(), whatever runs on them', async () => {
    const { code, output, ms } = await runHost('host.mjs', 'worker', 'spin', 'close');
    expect({ code, output }).toEqual({ code: 0, output: 'ready 42\n' });
    expect(ms).toBeLessThan(15_000);
  });

  test('end with the process', async () => {
    const { code, ms } = await runHost('host.mjs', 'worker', 'spin', 'exit');
    expect(code).toBe(3);
    expect(ms).toBeLessThan(15_000);
  });
});

test.each([
  [{ thread: 'process' as never }],
  [{ maxStackSize: 0 }],
  [{ maxStackSize: Number.NaN }],
  [{ maxThreads: 0 }],
  [{ minThreads: -1 }],
  [{ minThreads: 1.5 }],
  [{ warmRealms: Number.POSITIVE_INFINITY }],
  [{ timeout: 0 }],
  [{ memoryLimit: -1 }],
  [null as never],
])('%j is refused', (options) => {
  expect(() => createQuickJSIsolateDriver(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
});

test('a memory limit that is a big integer is refused', () => {
  expect(() => createQuickJSIsolateDriver({ memoryLimit: 64n as never })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
  );
});
