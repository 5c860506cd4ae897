import { describe, expect, test } from 'vitest';
import { createRealm, turn, works } from './realms.ts';

/** Each recurses without end, or into something nested a hundred thousand deep. */
const DEEP: Readonly<Record<string, string>> = {
  'a function': '(function f() { f() })()',
  'a function of many arguments': '(function f(a, b, c, d, e) { const x = [a, b]; f(a, b, c, d, x) })(1, 2, 3, 4, 5)',
  'apply and call': '(function f() { f.apply(null, [1, 2, 3]); f.call(null) })()',
  'a bound function': 'function f() { g() } const g = f.bind(null); g()',
  'Reflect.construct': '(function F() { Reflect.construct(F, []) })()',
  'a derived class': 'class B {} class A extends B { constructor() { super(); new A() } } new A()',
  'spread arguments': '(function f(...a) { f(...a, 1) })()',
  'a getter': 'const o = { get x() { return this.x } }; o.x',
  'a getter chain': 'let o = { x: 1 }; for (let i = 0; i < 1e5; i++) { const inner = o; o = { get x() { return inner.x } } } o.x',
  'a setter': 'const o = { set x(v) { this.x = v } }; o.x = 1',
  'a trap': 'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x',
  'JSON.stringify of arrays': 'let z = []; for (let i = 0; i < 1e5; i++) z = [z]; JSON.stringify(z)',
  'JSON.stringify of objects': 'let z = {}; for (let i = 0; i < 1e5; i++) z = { a: z }; JSON.stringify(z, null, 1)',
  'JSON.stringify in toJSON': 'const o = { toJSON: () => JSON.stringify(o) }; JSON.stringify(o)',
  'JSON.parse of arrays': 'JSON.parse("[".repeat(1e5) + "]".repeat(1e5))',
  'JSON.parse of objects': `JSON.parse('{"a":'.repeat(1e5) + '1' + '}'.repeat(1e5))`,
  'JSON.parse in a reviver': 'const r = () => JSON.parse("[1]", r); JSON.parse("[1]", r)',
  toString: 'const o = { toString: () => String(o) }; String(o)',
  valueOf: 'const o = { valueOf: () => +o }; +o',
  'Symbol.toPrimitive': 'const o = { [Symbol.toPrimitive]: () => `${o}` }; `${o}`',
  'an array as text': 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)',
  flat: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)',
  sort: 'const f = () => [2, 1].sort(f); f()',
  map: 'const f = () => [1].map(f); f()',
  reduce: 'const f = () => [1, 2].reduce(f); f()',
  'replace with a function': 'const f = () => "a".replace(/a/g, f); f()',
  'Array.from': 'const f = () => Array.from([1], f); f()',
  'an iterator': 'function f() { return [...{ [Symbol.iterator]: f }] } f()',
  'an iterator that is closed':
    'const it = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return() { const [a] = it; return {} } }) }; const [a] = it',
  'groups of a regular expression': 'new RegExp("(?:".repeat(1e5) + "a" + ")".repeat(1e5))',
  'look-aheads': 'new RegExp("(?=".repeat(5e4) + ")".repeat(5e4))',
  'nested character classes': 'new RegExp("[" + "[".repeat(5e4) + "a" + "]".repeat(5e4) + "]", "v")',
  'array patterns': '(0, eval)("[".repeat(5e4) + "a" + "]".repeat(5e4) + "=1")',
  'array literals': '(0, eval)("[".repeat(5e4))',
  'object literals': '(0, eval)("(" + "{a:".repeat(5e4))',
  parentheses: '(0, eval)("(".repeat(5e4) + "1" + ")".repeat(5e4))',
  'unary operators': '(0, eval)("!".repeat(1e5) + "1")',
  'new expressions': '(0, eval)("new ".repeat(1e5) + "a")',
  powers: '(0, eval)("1" + "**1".repeat(1e5))',
  conditions: '(0, eval)("1?".repeat(5e4) + "1" + ":1".repeat(5e4))',
  assignments: '(0, eval)("var a;" + "a=".repeat(1e5) + "1")',
  'function expressions': '(0, eval)("(function(){".repeat(1e4) + "})".repeat(1e4))',
  'class fields': '(0, eval)("(class{a=".repeat(1e4) + "1" + "})".repeat(1e4))',
  templates: '(0, eval)("`${".repeat(2e4) + "1" + "}`".repeat(2e4))',
  blocks: '(0, eval)("{".repeat(1e5) + "}".repeat(1e5))',
  'nested calls': '(0, eval)("a(".repeat(5e4))',
  'eval in eval': 'globalThis.f = () => (0, eval)("f()"); f()',
  'a generator': 'function* g() { yield* g() } g().next()',
  'a generator in a loop': 'function* g() { for (const x of g()) yield x } [...g()]',
  'Symbol.hasInstance': 'class A { static [Symbol.hasInstance](x) { return x instanceof A } } 1 instanceof A',
  'Object.assign': 'const o = { get a() { return Object.assign({}, o) } }; Object.assign({}, o)',
  'Map.groupBy': 'const f = () => Map.groupBy([1], f); f()',
  'set operations': 'const s = new Set([1]), o = { size: 1, has: () => s.union(o), keys: () => s.union(o) }; s.union(o)',
  'closures in closures': 'let f = () => 0; for (let i = 0; i < 1e5; i++) { const g = f; f = () => g() } f()',
  'a chain of iterators': 'let it = [1].values(); for (let i = 0; i < 2e4; i++) it = Iterator.from({ next: it.next.bind(it) }); it.next()',
  'a tagged template': 'function f() { f`x` } f()',
  BigInt: 'const b = { valueOf: () => BigInt(b) }; BigInt(b)',
  'a typed array': 'const o = { valueOf: () => new Uint8Array([o])[0] }; new Uint8Array([o])',
};

/** What a chain of 100,000 proxies does to each operation. */
const PROXY_OPERATIONS: Readonly<Record<string, string>> = {
  get: 'p.x',
  set: 'p.x = 1',
  has: '"x" in p',
  delete: 'delete p.x',
  keys: 'Object.keys(p)',
  call: 'p()',
  construct: 'new p()',
  define: 'Object.defineProperty(p, "x", { value: 1, configurable: true })',
  'get a descriptor': 'Object.getOwnPropertyDescriptor(p, "x")',
  'get the prototype': 'Object.getPrototypeOf(p)',
  'set the prototype': 'Object.setPrototypeOf(p, {})',
  'ask whether it is extensible': 'Object.isExtensible(p)',
  'prevent extensions': 'Object.preventExtensions(p)',
  'ask whether it is an array': 'Array.isArray(p)',
};

const caught = (code: string): string => `try { ${code} } catch (error) { return error instanceof Error }; return true`;

describe('the program can catch running out of stack in', () => {
  test.each(Object.entries(DEEP))('%s', async (_, code) => {
    const realm = await createRealm();
    expect(await realm.turn(caught(code), 60_000)).toMatchObject({ kind: 'emitted', text: 'v:true' });
    expect(await works(realm)).toBe(true);
  });

  test.each(Object.entries(PROXY_OPERATIONS))('proxies of proxies: %s', async (_, code) => {
    const realm = await createRealm();
    const chain = 'let p = function () {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});';
    expect(await realm.turn(`${chain} ${caught(code)}`, 60_000)).toMatchObject({ kind: 'emitted', text: 'v:true' });
    expect(await works(realm)).toBe(true);
  });

  test.each([
    'async function f() { await f() } await f()',
    'async function* g() { yield* g() } await g().next()',
    'const t = { then: (resolve) => resolve(t) }; await t',
  ])('asynchronous code, or it never ends: %s', async (code) => {
    const realm = await createRealm();
    expect(['emitted', 'interrupted']).toContain((await realm.turn(code, 300)).kind);
  });
});

describe('the stack', () => {
  test('is what was asked for', async () => {
    const depth = async (stackBytes: number): Promise<number> => {
      const result = await turn('let n = 0; const f = () => { n++; f() }; try { f() } catch {} return n', {
        stackBytes,
        maxStackBytes: 256 * 1024,
      });
      return Number(result.kind === 'emitted' ? result.text.slice(2) : 0);
    };
    const [least, some, most] = [await depth(1), await depth(128 * 1024), await depth(2 ** 30)];
    expect(least).toBeGreaterThan(100);
    expect(some).toBeGreaterThan(least * 1.5);
    expect(most).toBeGreaterThan(some * 1.5);
    expect(most).toBeLessThan(5_000);
  });

  test('ends the realm where QuickJS does not check it, and harms no neighbour', async () => {
    const [realm, neighbour] = [await createRealm(), await createRealm()];
    const code = 'let it = [1].values(); for (let i = 0; i < 5e4; i++) it = it.map((x) => x); return it.next()';
    expect(await realm.turn(code, 60_000)).toEqual({ kind: 'stack' });
    expect(await works(neighbour)).toBe(true);
  });

  test('that is the caller’s is nearly used up: the realm ends, the caller goes on', async () => {
    const realm = await createRealm();
    const ends: string[] = [];
    const descend = (): void => {
      try {
        descend();
      } catch {
        void realm.turn('(function f() { f() })()', 5_000).then(({ kind }) => ends.push(kind));
      }
    };
    try {
      descend();
    } catch {
      // The call itself had no room.
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(ends.every((kind) => ['stack', 'emitted', 'crashed'].includes(kind))).toBe(true);
    expect(await works(await createRealm())).toBe(true);
  });
});
