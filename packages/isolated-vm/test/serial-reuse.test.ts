import type { Realm } from '@isomux/executor';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { afterEach, describe, expect, test } from 'vitest';
import { createIsolatedVmEngine, type IsolatedVmEngine } from '../src/engine.ts';
import { sandboxesOf } from './process-tree.ts';
import { stubRuntime } from './stub-runtime.ts';

const MiB = 1024 * 1024;
const engines: IsolatedVmEngine[] = [];

function createEngine(reuse: 'serial' | 'one-shot' = 'serial'): IsolatedVmEngine {
  const engine = createIsolatedVmEngine({ guestCode: stubRuntime, reuse });
  engines.push(engine);
  return engine;
}

const createRealm = (engine: IsolatedVmEngine, memoryBytes = 64 * MiB): Promise<Realm> =>
  engine.createRealm({ memoryBytes, stackBytes: 0 });

/** One run: a realm, a turn, and the end. */
async function run(engine: IsolatedVmEngine, code: string, timeoutMs = 5_000): Promise<string> {
  const realm = await createRealm(engine);
  const result = await realm.turn(code, timeoutMs);
  realm.dispose();
  return result.kind === 'emitted' ? result.text : result.kind;
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

describe('serial reuse', () => {
  test('one isolate serves one run after the other', async () => {
    const engine = createEngine();
    for (let i = 0; i < 20; i++) expect(await run(engine, `return ${i}`)).toBe(`v:${i}`);
    expect(engine.isolatesMade).toBe(1);
  });

  test('one-shot makes an isolate for each', async () => {
    const engine = createEngine('one-shot');
    for (let i = 0; i < 3; i++) await run(engine, '');
    expect(engine.isolatesMade).toBe(3);
  });

  test('an isolate has one realm at a time', async () => {
    const engine = createEngine();
    const realms = [await createRealm(engine), await createRealm(engine)];
    expect(engine.isolatesMade).toBe(2);
    for (const realm of realms) realm.dispose();
    await Promise.all([createRealm(engine), createRealm(engine)]);
    expect(engine.isolatesMade).toBe(2);
  });

  test('an isolate serves runs of its own memory limit only', async () => {
    const engine = createEngine();
    (await createRealm(engine, 64 * MiB)).dispose();
    (await createRealm(engine, 32 * MiB)).dispose();
    expect(engine.isolatesMade).toBe(2);
    (await createRealm(engine, 64 * MiB)).dispose();
    expect(engine.isolatesMade).toBe(2);
  });

  test('an isolate that has served long enough is ended', async () => {
    const engine = createEngine();
    for (let i = 0; i < 51; i++) await run(engine, '');
    expect(engine.isolatesMade).toBe(2);
  });

  test('a run is charged for its own CPU time only', async () => {
    const engine = createEngine();
    await run(engine, 'const end = Date.now() + 150; while (Date.now() < end);');
    const realm = await createRealm(engine);
    expect(realm.cpuMs).toBe(0);
    await realm.turn('return 1', 5_000);
    expect(realm.cpuMs).toBeLessThan(75);
    realm.dispose();
    expect(engine.isolatesMade).toBe(1);
  });

  test.each([
    ['was interrupted', 'for (;;);'],
    ['was interrupted among its microtasks', 'for (;;) await null'],
    ['ran out of memory', 'globalThis.all = []; for (;;) all.push(new Array(1000).fill(all.length))'],
    ['left much in the heap', 'globalThis.kept = Array.from({ length: 600_000 }, (_, i) => ({ i })); return 1'],
    ['left much in buffers', 'globalThis.kept = new Uint8Array(30_000_000).fill(1); return 1'],
  ])('an isolate whose run %s is ended', async (_, code) => {
    const engine = createEngine();
    await run(engine, code, 300);
    expect(await run(engine, 'return [typeof all, typeof kept]')).toBe('v:["undefined","undefined"]');
    expect(engine.isolatesMade).toBe(2);
  });

  test('an isolate whose realm was disposed in mid-turn is ended', async () => {
    const engine = createEngine();
    const realm = await createRealm(engine);
    const turn = realm.turn('emit("here"); for (;;);', 60_000);
    await new Promise<void>((resolve) => {
      realm.onEmit = () => resolve();
    });
    realm.dispose();
    await turn;
    await run(engine, '');
    expect(engine.isolatesMade).toBe(2);
  });

  test('a preparation is taken anew in each realm, and one that fails ends its isolate', async () => {
    const engine = createEngine();
    const prepare = (input: string): Promise<Realm> =>
      engine.createRealm({ memoryBytes: 64 * MiB, stackBytes: 0, preparation: { input, timeoutMs: 200 } });
    for (let i = 0; i < 3; i++) {
      const realm = await prepare('globalThis.count = (globalThis.count ?? 0) + 1');
      expect(await realm.turn('return count++', 5_000)).toMatchObject({ text: 'v:1' });
      realm.dispose();
    }
    expect(engine.isolatesMade).toBe(1);
    (await prepare('for (;;);')).dispose();
    (await prepare('')).dispose();
    expect(engine.isolatesMade).toBe(2);
  });

  test('what a guest leaves to run later has run, or never will, when its turn has ended', async () => {
    const engine = createEngine();
    const lines: string[] = [];
    const first = await createRealm(engine);
    first.onEmit = (text) => void lines.push(text);
    // Rejections whose values run code when isolated-vm reads them, which makes further rejections, and promises for nobody.
    const result = await first.turn(
      `let left = 5;
       const trap = () => ({ get name() { emit('late ' + left); if (left-- > 0) Promise.reject(trap()); return 'x' } });
       Promise.reject(Object.setPrototypeOf(trap(), Error.prototype));
       globalThis.never = new Promise((resolve) => { globalThis.settle = resolve });
       never.then(() => emit('never'));
       return 1`,
      5_000,
    );
    expect(result.kind).toBe('emitted');
    const before = lines.length;
    first.dispose();
    for (let i = 0; i < 3; i++) {
      const realm = await createRealm(engine);
      realm.onEmit = (text) => void lines.push(text);
      expect(await realm.turn('await null; return typeof settle', 5_000)).toEqual({
        kind: 'emitted',
        text: 'v:"undefined"',
        rejections: [],
      });
      realm.dispose();
    }
    expect(lines).toHaveLength(before);
    expect(engine.isolatesMade).toBe(1);
  });
});

describe('nothing of a run survives into the next', () => {
  test.each([
    ['a global', 'globalThis.mark = 1; var mark2 = 2', 'return [typeof mark, typeof mark2]', ['undefined', 'undefined']],
    [
      'a patched prototype',
      'Array.prototype.mark = 1; Object.prototype.mark = 1',
      'return [[].mark ?? null, ({}).mark ?? null]',
      [null, null],
    ],
    [
      'a replaced built-in',
      'JSON.stringify = () => "mine"; Promise.prototype.then = () => 1',
      'return [JSON.stringify(1), await 2]',
      ['1', 2],
    ],
    [
      'what a regular expression matched last',
      '/(secret)/.exec("a secret")',
      'return [RegExp.$1, RegExp.lastMatch, RegExp.input]',
      ['', '', ''],
    ],
    [
      'how errors are captured',
      'Error.stackTraceLimit = 0; Error.prepareStackTrace = () => "mine"',
      'return [typeof Error.prepareStackTrace, Error.stackTraceLimit > 0, new Error("x").stack.includes("Error: x")]',
      ['undefined', true, true],
    ],
    [
      'a timer',
      'setTimeout(() => { globalThis.fired = 1 }, 1); setInterval(() => console.log("tick"), 1)',
      'await new Promise((r) => setTimeout(r, 20)); return typeof fired',
      'undefined',
    ],
    ['a call of a tool', 'globalThis.p = wait({}); return 1', 'return [typeof p, await wait({})]', ['undefined', 1]],
    ['a console counter', 'console.count("x"); console.time("x")', 'console.count("x"); return 1', 1],
    [
      'a template object',
      'const tag = (s) => s; globalThis.t = tag`a`',
      'const tag = (s) => s; return [typeof t, Object.isFrozen(tag`a`), tag`a`.mark ?? null]',
      ['undefined', true, null],
    ],
  ])('%s', async (_, first, second, expected) => {
    await using driver = createNodeIsolateDriver({ isolation: 'in-process', reuse: 'serial', warmRealms: 0 });
    const wait = { execute: () => new Promise((resolve) => setTimeout(resolve, 5, 1)) };
    for (let round = 0; round < 2; round++) {
      for (const code of [first, second]) {
        const context = await driver.createContext({ bindings: { wait } });
        const result = await context.execute(code);
        await context.dispose();
        expect(result.success).toBe(true);
        if (code === second) expect(result.value).toEqual(expected);
        if (code === second) expect(result.logs.filter((line) => line !== 'x: 1')).toEqual([]);
      }
    }
  });

  test('a guest has nothing that calls back when something is collected, or from another thread', async () => {
    await using driver = createNodeIsolateDriver({ isolation: 'in-process', reuse: 'serial' });
    const context = await driver.createContext({ bindings: {} });
    const names = ['FinalizationRegistry', 'WeakRef', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'ShadowRealm'];
    const result = await context.execute(`
      const global = [globalThis, (0, eval)('this'), Function('return this')()];
      const loaded = await import('x').then(() => 'loaded', () => 'refused');
      return [global.flatMap((one) => ${JSON.stringify(names)}.filter((name) => name in one)), loaded];
    `);
    expect(result.value).toEqual([[], 'refused']);
  });
});

test('serial drivers share no processes with one-shot ones', async () => {
  const options = { minProcesses: 1, maxProcesses: 1 };
  await using serial = createNodeIsolateDriver({ ...options, reuse: 'serial' });
  await using oneShot = createNodeIsolateDriver(options);
  await using alsoSerial = createNodeIsolateDriver({ ...options, reuse: 'serial' });
  const others = sandboxesOf().length;
  for (const driver of [serial, oneShot, alsoSerial]) {
    await using context = await driver.createContext({ bindings: {} });
    expect(await context.execute('return 1')).toMatchObject({ value: 1 });
  }
  expect(sandboxesOf()).toHaveLength(others + 2);
});
