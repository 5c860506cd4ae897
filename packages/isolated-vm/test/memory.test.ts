import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { afterAll, describe, expect, test } from 'vitest';
import { treeMegabytes } from './process-tree.ts';

const LIMIT_MB = 64;
/** Above what host and processes need at rest. V8 allows itself a gigabyte more, isolated-vm does not see half of it. */
const TREE_MB = 450;

const exhausting: Readonly<Record<string, string>> = {
  array: 'const a = []; for (;;) a.push(1)',
  objects: 'const a = []; for (;;) a.push({ x: [1, 2, 3] })',
  'arrays of arrays': 'const a = []; for (;;) a.push(new Array(1000).fill(1))',
  'one huge array': 'new Array(5e8).fill(1)',
  'sparse array': 'const a = []; a.length = 4e9; a.fill(1)',
  concat: 'let a = [1]; for (;;) a = a.concat(a)',
  buffers: 'const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))',
  'small buffers': 'const a = []; for (;;) a.push(new Uint8Array(1024).fill(1))',
  'resizable buffers':
    'const a = []; for (;;) { const b = new ArrayBuffer(1, { maxByteLength: 1 << 24 }); b.resize(1 << 24); new Uint8Array(b).fill(1); a.push(b) }',
  'one growing buffer':
    'const b = new ArrayBuffer(1, { maxByteLength: 3e9 }); for (let i = 1; i < 300; i++) { b.resize(i * 1e7); new Uint8Array(b).fill(1) }',
  strings: 'const a = []; for (;;) { const s = "ab".repeat(5e6) + a.length; s.charCodeAt(3); a.push(s) }',
  'doubling string': 'let s = "x"; for (;;) s += s',
  'one huge string': 'let s = "ab".repeat(2 ** 27); s.charCodeAt(5); const a = [s]; for (;;) a.push((s + a.length).charCodeAt(3))',
  map: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
  set: 'const s = new Set(); for (let i = 0; ; i++) s.add({ i })',
  bigints: 'let b = 1n; const a = []; for (;;) { b = (b << 100000n) + 1n; a.push(b) }',
  'regular expression results': 'const a = []; const s = "a".repeat(1e6); for (;;) a.push(s.match(/a/g))',
  'JSON texts': 'const b = new Array(1e6).fill("xxxxxxxxxxxxxxxx"); const a = []; for (;;) a.push(JSON.stringify(b))',
  'JSON values': 'const a = []; const s = "[" + "1,".repeat(1e6) + "1]"; for (;;) a.push(JSON.parse(s))',
  closures: 'let f = () => 1; for (;;) { const g = f; f = () => g }',
  promises: 'const a = []; for (;;) a.push(new Promise(() => {}))',
  microtasks: 'for (;;) Promise.resolve().then(() => {})',
  'functions from strings':
    'const a = []; for (let i = 0; ; i++) { const f = new Function("return " + "1+".repeat(1000) + i); f(); a.push(f) }',
  'internationalisation objects': 'const a = []; for (;;) a.push(new Intl.DateTimeFormat("en", { timeStyle: "full" }))',
  'the message of a rejection': 'Promise.reject(new Error("x".repeat(2 ** 29 - 100))); return 1',
};

describe('in processes', () => {
  const driver = createNodeIsolateDriver({ memoryLimit: LIMIT_MB, timeout: 20_000, maxProcesses: 2 });
  afterAll(() => driver.close());

  test.each(Object.entries(exhausting))('%s: the run ends, the memory is bounded, the next program runs', async (_, code) => {
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

  test('one greedy program after the other finds no more memory than the first', async () => {
    const context = await driver.createContext({ bindings: {} });
    const code = exhausting['internationalisation objects'] ?? '';
    await context.execute('return 0');
    const restMegabytes = treeMegabytes();
    for (let i = 0; i < 5; i++) {
      expect(await context.execute(code)).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
      expect(treeMegabytes() - restMegabytes).toBeLessThan(TREE_MB);
    }
  });

  test('a program that stays within its limit is left alone', async () => {
    const context = await driver.createContext({ bindings: {}, memoryLimit: 128 });
    const result = await context.execute(`
      const rows = Array.from({ length: 400_000 }, (_, i) => ({ id: i, name: 'row ' + i, tags: [i % 7, i % 11] }));
      let text = '';
      for (let i = 0; i < 5; i++) text = JSON.stringify(rows.slice(0, 200_000));
      return [rows.length, text.length];
    `);
    expect(result).toMatchObject({ success: true, value: [400_000, expect.any(Number)] });
  });

  test('text that passes through tools is not kept, nor put to the account of the program', async () => {
    const context = await driver.createContext({ bindings: { echo: { execute: (value) => Promise.resolve(value) } } });
    await context.execute('return 0');
    const restMegabytes = treeMegabytes();
    let peakMegabytes = 0;
    const watch = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, treeMegabytes());
    }, 5);
    const result = await context.execute('for (let i = 0; i < 300; i++) await echo({ i, text: "x".repeat(1e6) }); return 1');
    clearInterval(watch);
    expect(result).toMatchObject({ success: true, value: 1 });
    expect(peakMegabytes - restMegabytes).toBeLessThan(300);
  });

  test('programs beside one that exhausts memory keep their results, their logs and their tool calls', async () => {
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
    const others = Array.from({ length: 6 }, (_, i) =>
      context.execute(`let sum = 0; for (let n = 0; n < 5; n++) { console.log(n); sum += await step(${i} * 10 + n) } return sum`),
    );
    const greedy = ['arrays of arrays', 'one huge string', 'resizable buffers'].map((name) => context.execute(exhausting[name] ?? ''));
    for (const result of await Promise.all(greedy)) expect(result).toMatchObject({ error: { code: 'MEMORY_LIMIT' } });
    for (const [i, result] of (await Promise.all(others)).entries()) {
      expect(result).toMatchObject({ success: true, value: i * 50 + 10, logs: ['0', '1', '2', '3', '4'] });
    }
    expect(calls.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 6 }, (_, i) => [0, 1, 2, 3, 4].map((n) => i * 10 + n)).flat());
  });
});

describe('in process', () => {
  const driver = createNodeIsolateDriver({ isolation: 'in-process', memoryLimit: LIMIT_MB, timeout: 20_000 });
  afterAll(() => driver.close());

  const stoppable = [
    'array',
    'objects',
    'buffers',
    'resizable buffers',
    'strings',
    'map',
    'promises',
    'microtasks',
    'JSON texts',
    'closures',
  ];
  test.each(stoppable)('%s: the run ends, the host lives, the next program runs', async (name) => {
    const context = await driver.createContext({ bindings: {} });
    const result = await context.execute(exhausting[name] ?? '');
    expect(result).toMatchObject({ success: false, error: { name: 'MemoryLimitError', code: 'MEMORY_LIMIT' } });
    expect(await context.execute('return 1 + 1')).toMatchObject({ success: true, value: 2 });
    await context.dispose();
  });
});
