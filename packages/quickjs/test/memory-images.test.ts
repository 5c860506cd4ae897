import type { Engine, Realm } from '@isomux/executor';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createQuickJSEngine } from '../src/engine.ts';
import { MiB, textOf } from './realms.ts';
import { stubRuntime } from './stub-runtime.ts';

/** Every linear memory that was made, in order. */
const memories: WebAssembly.Memory[] = [];
const OriginalMemory = WebAssembly.Memory;

beforeAll(() => {
  WebAssembly.Memory = class extends OriginalMemory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  // The seed of Math.random is the one thing in which two restored memories differ.
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => array);
});
afterAll(() => {
  WebAssembly.Memory = OriginalMemory;
  vi.restoreAllMocks();
});

const createEngine = (): Engine => createQuickJSEngine({ guestCode: stubRuntime });
const REQUEST = { memoryBytes: 64 * MiB, stackBytes: 256 * 1024 };
const last = (): Buffer => Buffer.from(memories.at(-1)?.buffer ?? new ArrayBuffer(0));

/** A realm that has a memory nobody has used, and what that memory looks like. */
async function createUnused(): Promise<{
  readonly engine: Engine;
  readonly realm: Realm;
  readonly fresh: Buffer;
  readonly memory: Buffer;
}> {
  const engine = createEngine();
  const realm = await engine.createRealm(REQUEST);
  const memory = last();
  return { engine, realm, fresh: Buffer.from(memory), memory };
}

const CANARY = 'canary-4d8f21';
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
/** A number that no program has by chance. QuickJS keeps whole ones as they are. */
const NUMBER = 0x4d8f21c7;
const TRACES: readonly Buffer[] = [Buffer.from(CANARY), utf16(CANARY), Buffer.from(new Int32Array([NUMBER]).buffer)];

const FILL = `const c = "${CANARY}", d = ${NUMBER};`;
/** Each leaves its traces somewhere else. */
const LEAVING: Readonly<Record<string, string>> = {
  'the heap, with texts and buffers': `globalThis.a = []; for (let i = 0; i < 500; i++) a.push(c + i, new Int32Array(50).fill(d))`,
  'free memory of the heap': 'for (let i = 0; i < 500; i++) { const x = [c + i, [d, d, d], { [c + i]: i }] }',
  'the stack, deep down': `const f = (a, b, n) => n === 0 ? a + b : f(d, d, n - 1); for (let n = 0; n < 800; n += 100) f(d, d, n)`,
  'the stack, until it is used up': 'const f = (a, b) => f(b, a); try { f(d, d) } catch {}',
  'the stack, below a large frame': `new Function("d", "let " + Array.from({ length: 4000 }, (_, i) => "v" + i + " = d").join() + "; return v9 + v3999")(d)`,
  'the stack, with a deep JSON': `let z = [c, d]; for (let i = 0; i < 300; i++) z = [d, z]; JSON.parse(JSON.stringify(z))`,
  'the stack of a regular expression': `new RegExp("(" + "(a|b)*".repeat(60) + "c)").exec("ab".repeat(500) + c)`,
  'the stack of sorting and comparing': `Array.from({ length: 2000 }, (_, i) => c + (i * 7919 % 2000)).sort((a, b) => a < b ? -1 : 1)`,
  atoms: 'globalThis.o = {}; for (let i = 0; i < 3000; i++) { o[c + i] = d; Symbol.for(c + i) }',
  'hidden classes': `for (let i = 0; i < 300; i++) { const o = {}; for (let k = 0; k < 20; k++) o[c + i * k] = d }`,
  'prototypes of the language': `Object.prototype[c] = d; Array.prototype.map = () => c; Promise.prototype.finally = () => c; JSON.parse = () => d`,
  'jobs that nobody runs': `globalThis.p = new Promise(() => {}).then(() => c); new FinalizationRegistry(() => c).register({}, c)`,
  'rejections without a handler': `for (let i = 0; i < 50; i++) Promise.reject(new Error(c + i))`,
  'private names, accessors and generators': `class A { #x = c; static get y() { return c } }; globalThis.g = (function* () { const x = c; yield x; yield d })(); g.next(); new A()`,
  'the compiler': `globalThis.h = new Function("x", "/* " + c + " */ return x + '" + c + "' + " + d)`,
};

describe.each(Object.entries(LEAVING))('a program that leaves something in %s', (_, code) => {
  test('leaves nothing to the next run: the memory is as if it had never been used', async () => {
    const { engine, realm, fresh, memory } = await createUnused();
    expect(await realm.turn(`${FILL}${code}; return 1`, 20_000)).toMatchObject({ kind: 'emitted', text: 'v:1' });
    // The test must be able to see what it looks for.
    expect(TRACES.some((trace) => memory.includes(trace))).toBe(true);
    expect(memory.equals(fresh)).toBe(false);
    realm.dispose();
    const count = memories.length;
    const next = await engine.createRealm(REQUEST);
    expect(memories.length).toBe(count);
    expect(memory.length).toBe(fresh.length);
    expect(memory.equals(fresh)).toBe(true);
    for (const trace of TRACES) expect(memory.includes(trace)).toBe(false);
    expect(await textOf(next.turn('return [typeof a, typeof p, [1].map((n) => n + 1), Object.keys(globalThis)]', 5_000))).toBe(
      'v:["undefined","undefined",[2],[]]',
    );
  });
});

test('images do not depend on when or where they are made', async () => {
  const first = await createUnused();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await createUnused();
  expect(first.fresh.equals(second.fresh)).toBe(true);
});

describe('a memory is not used again after a run that', () => {
  test.each([
    ['was interrupted', 'for (;;);'],
    ['exhausted it', 'const a = []; for (;;) try { for (;;) a.push({}) } catch {}'],
    ['ran out of stack in the module', 'let it = [1].values(); for (let i = 0; i < 5e4; i++) it = it.map((x) => x); return it.next()'],
    ['made it grow', 'globalThis.kept = new Uint8Array(6e6); return 1'],
  ])('%s', async (_, code) => {
    const { engine, realm } = await createUnused();
    await realm.turn(code, 1_000);
    realm.dispose();
    const count = memories.length;
    expect(await textOf((await engine.createRealm(REQUEST)).turn('return 1', 5_000))).toBe('v:1');
    expect(memories.length).toBe(count + 1);
  });

  test('was disposed in the middle of a turn', async () => {
    const { engine, realm } = await createUnused();
    let next: Promise<Realm> | undefined;
    realm.onEmit = () => {
      realm.dispose();
      next = engine.createRealm(REQUEST);
    };
    const count = memories.length;
    expect((await realm.turn('emit("now"); for (;;);', 60_000)).kind).toBe('interrupted');
    expect(await textOf((await (next as Promise<Realm>)).turn('return 1', 5_000))).toBe('v:1');
    expect(memories.length).toBe(count + 1);
  });

  test('used another size', async () => {
    const { engine, realm } = await createUnused();
    realm.dispose();
    const count = memories.length;
    await engine.createRealm({ ...REQUEST, memoryBytes: 32 * MiB });
    expect(memories.length).toBeGreaterThan(count);
  });
});

describe('a memory that is used again', () => {
  test('serves only the realm that has it', async () => {
    const { engine, realm: first } = await createUnused();
    const lines: string[] = [];
    first.onEmit = (text) => void lines.push(`first ${text}`);
    await first.turn('emit("a")', 5_000);
    first.dispose();
    const second = await engine.createRealm(REQUEST);
    second.onEmit = (text) => void lines.push(`second ${text}`);
    await second.turn('emit("b"); globalThis.kept = 1', 5_000);
    expect(await first.turn('emit("c"); kept = 2', 5_000)).toMatchObject({ kind: 'crashed' });
    first.dispose();
    expect(first.heapBytes).toBe(0);
    expect(await textOf(second.turn('return [kept, load("part").name]', 5_000))).toBe('v:[1,"the part"]');
    expect(lines).toEqual(['first a', 'second b']);
  });

  test('has its limits, its accounts and its clock back', async () => {
    const PROBE = `
      const list = []; let allocated = 0, depth = 0;
      try { for (;;) { list.push(new Uint8Array(1e5)); allocated++ } } catch {} list.length = 0;
      const f = () => { depth++; f() }; try { f() } catch {}
      return [allocated, depth]`;
    const engine = createEngine();
    const request = { memoryBytes: 2 * MiB, stackBytes: 128 * 1024 };
    const unused = await engine.createRealm(request);
    const [heapBytes, expected] = [unused.heapBytes, await textOf(unused.turn(PROBE, 5_000))];
    const realm = await engine.createRealm(request);
    // Refused once, an allocation may use the reserve until the turn is over.
    await realm.turn('try { new Uint8Array(1e7) } catch {}; globalThis.a = new Uint8Array(5e5)', 5_000);
    expect(realm.cpuMs).toBeGreaterThan(0);
    realm.dispose();
    const count = memories.length;
    const next = await engine.createRealm(request);
    expect(memories.length).toBe(count);
    expect(next.cpuMs).toBe(0);
    expect(next.heapBytes).toBe(heapBytes);
    expect(await textOf(next.turn(PROBE, 5_000))).toBe(expected);
  });

  test('has neither jobs nor rejections left', async () => {
    const { engine, realm } = await createUnused();
    expect(await realm.turn('globalThis.go = null; new Promise((r) => { go = r }).then(() => emit("late"))', 5_000)).toMatchObject({
      rejections: [],
    });
    await realm.turn('Promise.reject(new Error("old"))', 5_000);
    realm.dispose();
    const next = await engine.createRealm(REQUEST);
    next.onEmit = (text) => expect.unreachable(text);
    expect(await next.turn('return typeof go', 5_000)).toEqual({ kind: 'emitted', text: 't:undefined', rejections: [] });
  });
});
