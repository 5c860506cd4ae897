import { describe, expect, test } from 'vitest';
import { toVmFault, VmFault } from '../src/vm-fault.ts';
import { VmMemory } from '../src/vm-memory.ts';
import { createRealm, MiB, textOf, turn, works } from './realms.ts';

const LIMIT = 16 * MiB;

/** Each grows without end in its own way. */
const GROWING: Readonly<Record<string, string>> = {
  'an array': 'const a = []; for (;;) a.push(new Array(100).fill(1))',
  'a list of small objects': 'let list = null; for (;;) list = { list }',
  'a string': 'let s = "x"; for (;;) s += s',
  'many strings': 'const a = []; for (let i = 0; ; i++) a.push(`text ${i}`.repeat(50))',
  'wide strings': 'const a = []; for (let i = 0; ; i++) a.push(`ж${i}`.repeat(50))',
  'array buffers': 'const a = []; for (;;) a.push(new ArrayBuffer(1e5))',
  'a resizable buffer': 'const b = new ArrayBuffer(8, { maxByteLength: 2 ** 30 }); for (let n = 8; ; n *= 2) b.resize(n)',
  'typed arrays': 'const a = []; for (;;) a.push(new Float64Array(1e4))',
  'a map': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)',
  'a set': 'const s = new Set(); for (let i = 0; ; i++) s.add(`k${i}`)',
  closures: 'let f = () => 0; for (;;) { const g = f; f = () => g() }',
  promises: 'const a = []; for (;;) a.push(new Promise(() => {}))',
  'a promise chain': 'const first = new Promise(() => {}); let p = first; for (;;) p = p.then(() => 1)',
  microtasks: 'for (;;) Promise.resolve().then(() => 1)',
  symbols: 'const a = []; for (let i = 0; ; i++) a.push(Symbol(`s${i}`))',
  properties: 'const o = {}; for (let i = 0; ; i++) o[`p${i}`] = i',
  'big integers': 'const a = []; for (let n = 1n; ; n <<= 1000n) a.push(n)',
  generators: 'const a = []; for (;;) { const g = (function* () { yield 1 })(); g.next(); a.push(g) }',
  'regular expressions': 'const a = []; for (let i = 0; ; i++) a.push(new RegExp(`(a|b)${i}`))',
  functions: 'const a = []; for (let i = 0; ; i++) a.push(new Function(`return ${i}`))',
  'functions with parameters': 'const a = []; for (let i = 0; ; i++) a.push(new Function(`a${i}`, `return a${i} + ${i}`))',
  errors: 'const a = []; for (;;) a.push(new Error("x"))',
  rejections: 'const a = []; for (let i = 0; ; i++) a.push(Promise.reject({ i }))',
  'proxies in proxies': 'let p = {}; for (;;) p = new Proxy(p, {})',
};

describe.each(Object.entries(GROWING))('a guest that exhausts memory with %s', (_, code) => {
  test('ends with the out-of-memory error or the realm, and harms no neighbour', async () => {
    const [realm, neighbour] = [await createRealm({ memoryBytes: LIMIT }), await createRealm({ memoryBytes: LIMIT })];
    const result = await realm.turn(code, 60_000);
    if (result.kind === 'emitted') expect(result.text).toMatch(/^e:/);
    else expect(result).toEqual({ kind: 'memory' });
    expect(await works(neighbour)).toBe(true);
  });
});

describe('the heap limit', () => {
  test('explains a fault of the module right after it was refused memory', () => {
    const fault = new VmFault('crashed', 'an assertion of QuickJS failed');
    expect(toVmFault(fault, false).kind).toBe('crashed');
    expect(toVmFault(fault, true).kind).toBe('memory');
    expect(toVmFault(new VmFault('interrupted'), true).kind).toBe('interrupted');
  });

  test('counts bytes, not allocations', async () => {
    const realm = await createRealm({ memoryBytes: LIMIT });
    const before = realm.heapBytes;
    await realm.turn('globalThis.kept = new Uint8Array(4e6)', 5_000);
    expect(realm.heapBytes - before).toBeGreaterThan(4e6);
    expect(realm.heapBytes - before).toBeLessThan(4.2e6);
    await realm.turn('kept = null', 5_000);
    expect(realm.heapBytes).toBeLessThan(before + 50_000);
  });

  test('lets a guest use what it is given', async () => {
    expect(
      await textOf(
        turn('const a = []; for (let i = 0; i < 14; i++) a.push(new Uint8Array(1024 * 1024)); return a.length', { memoryBytes: LIMIT }),
      ),
    ).toBe('v:14');
  });

  test('is met by one allocation that is too large, which a program survives', async () => {
    const code = 'let n = 0; for (let i = 0; i < 50; i++) try { new Uint8Array(3e7) } catch { n++ } return n';
    expect(await textOf(turn(code, { memoryBytes: LIMIT }))).toBe('v:50');
  });

  test('leaves room to catch the error and go on', async () => {
    const code = 'let a = []; try { for (;;) a.push({}) } catch (error) { a = null; return [error instanceof Error, "went on".repeat(3)] }';
    expect(await textOf(turn(code, { memoryBytes: LIMIT }))).toBe('v:[true,"went onwent onwent on"]');
  });

  test('ends the realm when the guest fills the reserve as well', async () => {
    const code = 'const a = []; for (;;) try { for (;;) a.push({}) } catch {}';
    expect(await turn(code, { memoryBytes: LIMIT }, 60_000)).toEqual({ kind: 'memory' });
  });

  test('holds for what is delivered', async () => {
    const realm = await createRealm({ memoryBytes: 8 * MiB });
    expect(await realm.turn(`return ${JSON.stringify('x'.repeat(20e6))}`, 20_000)).toEqual({ kind: 'memory' });
  });

  test('works in every turn anew', async () => {
    const realm = await createRealm({ memoryBytes: LIMIT });
    for (let i = 0; i < 5; i++)
      expect(await textOf(realm.turn('let a = []; try { for (;;) a.push({}) } catch { a = null; return 1 }', 60_000))).toBe('v:1');
    expect(await works(realm)).toBe(true);
  });
});

describe('the linear memory', () => {
  test('has a maximum of its own, set when it is made', () => {
    const memory = new VmMemory(LIMIT);
    const most = LIMIT * 1.25 + 16 * MiB;
    expect(memory.grow(most)).toBe(false);
    let grown = 0;
    while (memory.grow(memory.memory.buffer.byteLength + 1)) expect(++grown).toBeLessThan(1_000);
    expect(grown).toBeGreaterThan(0);
    expect(memory.memory.buffer.byteLength).toBeLessThanOrEqual(most);
    expect(() => memory.memory.grow(1)).toThrow(RangeError);
  });

  test('of dropped realms goes back to the machine', async () => {
    const rss = (): number => process.memoryUsage.rss();
    const fill = async (): Promise<void> => {
      const realm = await createRealm({ memoryBytes: 32 * MiB });
      expect(await textOf(realm.turn('globalThis.kept = new Uint8Array(2.5e7).fill(1); return 1', 20_000))).toBe('v:1');
      realm.dispose();
    };
    for (let i = 0; i < 5; i++) await fill();
    const before = rss();
    // 40 of them would hold a gigabyte.
    for (let i = 0; i < 40; i++) await fill();
    expect(rss() - before).toBeLessThan(400 * MiB);
  });
});
