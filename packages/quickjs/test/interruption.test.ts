import { describe, expect, test } from 'vitest';
import { createRealm, textOf, turn } from './realms.ts';

const BUDGET_MS = 100;
/** The machine may be busy, and one poll comes late when it is. What is tested here would otherwise run for minutes or for ever. */
const MARGIN_MS = 2_000;

const ENDLESS: Readonly<Record<string, string>> = {
  'a loop': 'for (;;);',
  'a loop in a microtask': 'await null; for (;;);',
  'a microtask loop': 'for (;;) await null',
  'a microtask loop without await': 'const spin = () => Promise.resolve().then(spin); spin()',
  'a loop in finally': 'try { for (;;); } finally { for (;;); }',
  'a loop in catch': 'try { throw 1 } catch { for (;;); }',
  'a generator without end': 'for (const _ of (function* () { for (;;) yield 1 })());',
  'a getter': 'return JSON.stringify({ get x() { for (;;); } })',
  'a thenable': 'return { then() { for (;;); } }',
  'a regular expression': 'return /^(a+)+$/.test("a".repeat(64) + "b")',
  'a regular expression in a look-ahead': 'return /(?=(x+x+)+y)/.test("x".repeat(64))',
  'a search in something that only claims a length': 'return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'a fill':
    'Array.prototype.fill.call({ length: 2 ** 53 - 1, set 0(_) {} }, 1, 0, 1); Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'a reversal of nothing': 'Array.prototype.reverse.call(new Proxy({ length: 2 ** 53 - 1 }, {}))',
  'joining nothing': 'return [].join.call({ length: 2 ** 32 - 1 }, "")',
  'comparing long strings, again and again':
    'const same = "a".repeat(5e6); const other = same.slice(0, -1) + "b"; return Array(1e6).fill(same).indexOf(other)',
  'searching long strings': 'return ("a".repeat(2e6)).indexOf("a".repeat(1e6) + "b")',
  'moving memory, again and again': 'const bytes = new Uint8Array(2e7); for (;;) bytes.copyWithin(0, 1)',
  'clearing memory, again and again': 'const bytes = new Uint8Array(2e7); for (;;) bytes.fill(0)',
  sorting: 'const a = Array.from({ length: 2e5 }, (_, i) => (i * 7919) % 200003); for (;;) a.slice().sort()',
  'long products': 'const n = 3n ** 200000n; for (;;) n * n',
  'decimals of many digits': 'const n = 7n ** 300000n; for (;;) n.toString()',
  'parsing JSON, again and again': 'const text = JSON.stringify(Array(1e5).fill({ a: 1 })); for (;;) JSON.parse(text)',
  'compiling, again and again': 'const text = "x=1;".repeat(2e5); for (;;) new Function(text)',
  'iterating over what never ends':
    'return [...{ [Symbol.iterator]: () => ({ next: Array.prototype.indexOf.bind({ length: 2 ** 53 - 1 }, 1) }) }]',
  'a bound function of bound functions':
    'let f = () => 0; for (let i = 0; i < 2e3; i++) f = f.bind(null, i); for (;;) try { f() } catch {}',
};

describe('stopped within its budget:', () => {
  test.each(Object.entries(ENDLESS))('%s', async (_, code) => {
    const realm = await createRealm();
    const startedAt = performance.now();
    expect(await realm.turn(code, BUDGET_MS)).toEqual({ kind: 'interrupted' });
    expect(performance.now() - startedAt).toBeLessThan(BUDGET_MS + MARGIN_MS);
  });
});

test('a loop in what collects is stopped', async () => {
  const result = await turn(
    'String.prototype.toJSON = null; Object.prototype.toJSON = function () { for (;;); }; return { a: 1 }',
    {},
    BUDGET_MS,
  );
  expect(result).toEqual({ kind: 'interrupted' });
});

test('a loop in the trap of a rejected proxy is stopped', async () => {
  const result = await turn('Promise.reject(new Proxy({}, { getPrototypeOf() { for (;;); } }))', {}, BUDGET_MS);
  expect(result).toEqual({ kind: 'interrupted' });
});

test('an interrupted realm is spent, and its neighbour is not', async () => {
  const [realm, neighbour] = [await createRealm(), await createRealm()];
  await realm.turn('for (;;);', BUDGET_MS);
  expect(await realm.turn('return 1', 5_000)).toMatchObject({ kind: 'crashed' });
  expect(realm.heapBytes).toBe(0);
  expect(await textOf(neighbour.turn('return 1', 5_000))).toBe('v:1');
});

test('what an interrupted guest left to its finally blocks does not run', async () => {
  const realm = await createRealm();
  const lines: string[] = [];
  realm.onEmit = (line) => void lines.push(line);
  await realm.turn('try { for (;;); } catch { emit("caught") } finally { emit("finally") }', BUDGET_MS);
  expect(lines).toEqual([]);
});

test('a turn within its budget is not disturbed by polling', async () => {
  expect(await textOf(turn('let n = 0; for (let i = 0; i < 3e6; i++) n += i; return n', {}, 60_000))).toBe('v:4499998500000');
});
