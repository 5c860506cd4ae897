import { describe, expect, test } from 'vitest';
import { createRealm, turn } from './realms.ts';

async function rejectionsOf(code: string): Promise<readonly string[]> {
  const result = await turn(code);
  if (result.kind !== 'emitted') throw new Error(`the turn ended as ${result.kind}`);
  return result.rejections;
}

describe('a rejection without a handler', () => {
  test.each([
    ['an error', 'new TypeError("bad")', 'TypeError: bad'],
    ["an error of the program's own", 'new (class Mine extends Error { name = "Mine" })("x")', 'Mine: x'],
    ['a string', '"text"', 'Error: text'],
    ['a number', '42', 'Error: 42'],
    ['null', 'null', 'Error: null'],
    ['undefined', 'undefined', 'Error: undefined'],
    ['a symbol', 'Symbol("s")', 'Error: Symbol(s)'],
    ['a big integer', '10n ** 20n', 'Error: 100000000000000000000'],
    ['a plain object', '{ name: "N", message: "m" }', 'N: m'],
    ['an object without anything', '{}', 'Error: '],
    ['an object without a prototype', 'Object.create(null)', 'Error: '],
    ['a function', 'function named() {}', 'Error: '],
    ['texts that are none', '{ name: 1, message: {} }', 'Error: '],
    ['getters', '{ get name() { throw 1 }, get message() { throw 2 } }', 'Error: '],
    ['a proxy that throws', 'new Proxy({}, { getOwnPropertyDescriptor() { throw 1 } })', 'Error: '],
    ['a revoked proxy', '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()', 'Error: '],
    ['an endless chain of prototypes', 'new Proxy({}, { getPrototypeOf: () => ({}) })', 'Error: '],
  ])('for %s is told', async (_, reason, text) => {
    expect(await rejectionsOf(`Promise.reject(${reason}); return 1`)).toEqual([text]);
  });

  test('runs no getter of the reason', async () => {
    const realm = await createRealm();
    await realm.turn(
      'globalThis.ran = 0; Object.prototype.__defineGetter__("value", () => ran++); Promise.reject({ get message() { ran++ } })',
      5_000,
    );
    expect(await realm.turn('return ran', 5_000)).toMatchObject({ text: 'v:0' });
  });

  test('is cut to a readable length', async () => {
    const [text] = await rejectionsOf('Promise.reject(new Error("x".repeat(1e6)))');
    expect(text?.length).toBeLessThan(2_100);
  });

  test('is told once, in the turn it happened in, in order', async () => {
    const realm = await createRealm();
    const first = await realm.turn('globalThis.kept = Promise.reject(new Error("a")); (async () => { throw new Error("b") })()', 5_000);
    expect(first).toMatchObject({ rejections: ['Error: a', 'Error: b'] });
    expect(await realm.turn('kept.catch(() => {}); return 1', 5_000)).toMatchObject({ rejections: [] });
  });

  test('is told of at most ten, however many there are', async () => {
    expect(await rejectionsOf('for (let i = 0; i < 5000; i++) Promise.reject(i)')).toEqual(
      Array.from({ length: 10 }, (_, i) => `Error: ${i}`),
    );
  });

  test('is told also after the guest has patched what could tell', async () => {
    const code = `
      for (const key of ['then', 'catch']) Promise.prototype[key] = () => {};
      Error.prototype.toString = String.prototype.slice = Reflect.getOwnPropertyDescriptor = Reflect.getPrototypeOf = () => { throw 1 };
      Promise.reject(new RangeError("still"))`;
    expect(await rejectionsOf(code)).toEqual(['RangeError: still']);
  });
});

describe('nothing is told of', () => {
  test.each([
    ['a rejection with a handler', 'Promise.reject(1).catch(() => {})'],
    ['a rejection that gets its handler later in the turn', 'const p = Promise.reject(1); await null; await null; p.catch(() => {})'],
    ['a rejection handled by allSettled', 'await Promise.allSettled([Promise.reject(1), Promise.reject(2)])'],
    ['a rejection in try', 'try { await Promise.reject(1) } catch {}'],
    ['a promise that was resolved', 'Promise.resolve(1)'],
    ['a promise rejected after it was resolved', 'new Promise((resolve, reject) => { resolve(1); reject(2) })'],
  ])('%s', async (_, code) => {
    expect(await rejectionsOf(code)).toEqual([]);
  });
});

test('a trap that starts work in the telling has it done in the same turn', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (line) => void lines.push(line);
  await realm.turn(
    'Promise.reject(new Proxy({}, { getPrototypeOf() { Promise.resolve().then(() => emit("done")); return null } }))',
    5_000,
  );
  expect(lines).toContain('done');
});

test('the reasons of rejections that were told are let go', async () => {
  const realm = await createRealm();
  await realm.turn('return 1', 5_000);
  const before = realm.heapBytes;
  for (let i = 0; i < 20; i++) await realm.turn('Promise.reject(new Uint8Array(1e5))', 5_000);
  expect(realm.heapBytes - before).toBeLessThan(100_000);
});
