import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import { describe, expect, test } from 'vitest';

/** All that a program can see of its world without knowing what to look for, and what it can do. */
const PROBE = `
  const lines = [], seen = new Set();
  const walk = (path, value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || path.length > 80) return;
    seen.add(value);
    lines.push(path + ' ' + Object.isFrozen(value) + Object.isExtensible(value) + Object.prototype.toString.call(value));
    for (const key of Reflect.ownKeys(value)) {
      const d = Object.getOwnPropertyDescriptor(value, key);
      lines.push(path + '.' + String(key) + ' ' + [d.writable, d.enumerable, d.configurable, typeof d.value, typeof d.get, typeof d.set, ['string', 'number', 'boolean'].includes(typeof d.value) && key !== 'timeOrigin' ? d.value : '']);
      walk(path + '.' + String(key), d.value);
      walk(path + '.' + String(key) + '[get]', d.get);
    }
    walk(path + '[[Prototype]]', Object.getPrototypeOf(value));
  };
  walk('', globalThis);
  const url = new URL('https://example.com/?a=1');
  const kinds = [url.searchParams.get('a'), btoa('x'), new TextEncoder().encode('é').length, (1234.5).toLocaleString(), structuredClone({ a: [1] })];
  const numbers = [Math.random(), crypto.randomUUID()].map((value) => typeof value);
  let depth = 0; const dive = () => { depth++; dive() }; try { dive() } catch {}
  let megabytes = 0; const kept = []; try { for (;;) { kept.push(new Uint8Array(1e6)); megabytes++ } } catch {} kept.length = 0;
  const order = []; await Promise.all([1, 2].map(async (n) => order.push(await external_echo(n))));
  let late = 'quiet'; await new Promise((resolve) => setTimeout(() => { late = 'timer'; resolve() }, 1));
  return { lines, kinds, numbers, depth, megabytes, order, late, registry: Symbol.keyFor(Symbol.for('left')), caught: (() => { try { null.x } catch (e) { return e.stack } })() }`;

const SABOTAGE: readonly string[] = [
  `for (const key of Reflect.ownKeys(globalThis)) try { delete globalThis[key] } catch {} return 1`,
  `for (const C of [Object, Array, Promise, Function, Map, String, RegExp, Error]) for (const key of Reflect.ownKeys(C.prototype)) try { C.prototype[key] = () => 'mine' } catch {} return 1`,
  `Object.defineProperty(Object.prototype, 'value', { get() { return 'mine' }, set() {} }); Object.prototype.toJSON = () => 'mine'; return 1`,
  `Object.freeze(globalThis); Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.preventExtensions(Promise); return 1`,
  `JSON.parse = JSON.stringify = Reflect.apply = Reflect.ownKeys = () => 'mine'; Math.random = () => 4; Date.now = () => 5; console.log = () => { throw 1 }; return 1`,
  `globalThis.external_echo = async () => 'mine'; globalThis.left = Symbol.for('left'); setInterval(() => external_echo('interval'), 1); return 1`,
  `Promise.reject(new Error('left')); new Promise(() => {}).then(() => external_echo('never')); external_echo('unawaited'); return 1`,
  `const a = []; try { for (;;) a.push({}) } catch {} return 1`,
  `new URL('https://left.example/'); crypto.getRandomValues(new Uint8Array(9)); (1).toLocaleString(); structuredClone(new Map()); URL.prototype.toString = () => 'mine'; return 1`,
  `class Left extends Error {}; throw new Left('left')`,
  `let x = ;`,
  `globalThis.kept = new Uint8Array(2e7); return 1`,
  `for (;;);`,
];

describe('what a program finds', () => {
  test('is the same after any other program as at first', async () => {
    await using fresh = createQuickJSIsolateDriver({ thread: 'inline', memoryLimit: 64 });
    await using used = createQuickJSIsolateDriver({ thread: 'inline', memoryLimit: 64, warmRealms: 0 });
    const calls: unknown[] = [];
    const bindings = {
      external_echo: {
        execute: async (value: unknown) => {
          calls.push(value);
          return value;
        },
      },
    };
    const expected = await (await fresh.createContext({ bindings })).execute(PROBE);
    expect(expected).toMatchObject({ success: true, value: { late: 'timer', order: [1, 2] } });
    expect((expected.value as { lines: unknown[] }).lines.length).toBeGreaterThan(1_000);
    const context = await used.createContext({ bindings });
    for (const program of SABOTAGE) {
      await context.execute(program, { limits: { wallMs: 300 } });
      calls.length = 0;
      const { value, logs, error } = await context.execute(PROBE);
      expect(error).toBeUndefined();
      expect(value).toEqual(expected.value);
      expect(logs).toEqual([]);
      expect(calls).toEqual([1, 2]);
    }
  });
});
