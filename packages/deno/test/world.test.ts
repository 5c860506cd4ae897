import { createDenoIsolateDriver, type Reuse } from '@isomux/deno';
import { afterAll, describe, expect, test } from 'vitest';

/** What finds out whether a value is of the guest's own world: all its prototypes are, and so is the Function that made its constructor. */
const JUDGE = `
const own = new Set([Object, Function, Error, Promise, Array, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, (function* () {}).constructor, (async () => {}).constructor, (async function* () {}).constructor].flatMap((f) => [f, f.prototype]));
const strangers = [];
function judge(value, where, depth = 0) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || depth > 3) return;
  let last = value;
  for (let at = value; at !== null; at = Object.getPrototypeOf(at)) last = at;
  if (last !== Object.prototype && last !== value) strangers.push(where + ' is of another world');
  let maker; try { maker = value.constructor?.constructor; } catch {}
  if (typeof maker === 'function' && maker !== Function && !own.has(maker) && maker('return globalThis')() !== globalThis) strangers.push(where + ' leads to another world');
  for (const key of Reflect.ownKeys(value)) { let next; try { next = value[key]; } catch (error) { next = error; } judge(next, where + '.' + String(key), depth + 1); }
}
`;

describe.each<Reuse>(['one-shot', 'serial'])('a guest, %s,', (reuse) => {
  const driver = createDenoIsolateDriver({ timeout: 20_000, reuse, limits: { maxLogBytes: 1e6, maxLogLines: 10_000 } });
  afterAll(() => driver.close());

  async function run(code: string): Promise<unknown> {
    await using context = await driver.createContext({
      bindings: {
        echo: { execute: async (value) => value },
        fail: { execute: () => Promise.reject(new TypeError('failed', { cause: process })) },
      },
    });
    const result = await context.execute(code);
    return result.success ? result.value : result.error;
  }

  test.each([
    ['a line', 'console.log("x", { a: 1 })'],
    ['a stack', 'return new Error("x").stack'],
    ['a stack that it writes itself', 'Error.prepareStackTrace = (e, s) => s; return new Error("x").stack'],
    ['a stack of its own object', 'const o = {}; Error.captureStackTrace(o); return o.stack'],
    ['an import', 'import("node:fs").catch((error) => judge(error, "a rejected import")); return 1'],
    ['an evaluated import', '(0, eval)("import(\'node:fs\')").catch((error) => judge(error, "a rejected import"))'],
    ['a part of the runtime that is loaded then', 'return new URL("http://x/y")'],
    ['another one', 'return structuredClone({ a: [new Map([[1, 2]])] })'],
    ['a tool', 'echo({ a: 1 }).catch((error) => judge(error, "a rejected call"))'],
    ['a timer', 'return setTimeout(() => {}, 0)'],
    ['chance', 'return [Math.random(), crypto.randomUUID()]'],
    ['evaluation', 'return [eval("1"), Function("return 1")(), new Function("{")]'],
    ['a wrong regular expression', 'return new RegExp("(" + "a".repeat(9))'],
    ['a wrong length', 'return [new ArrayBuffer(2 ** 53)]'],
    ['a date', 'return [new Date().toLocaleString("de"), new Intl.NumberFormat("de").format(1)]'],
    ['an async function', 'return (async () => { await 0; throw null.x })().catch((error) => judge(error, "a rejection"))'],
  ])('has no error of another world when its stack ends in %s', async (_, op) => {
    const found = await run(`${JUDGE}
      const cross = () => { ${op} };
      let left = 400;
      function dive() {
        try { dive(); } catch (error) { judge(error, 'the end of the stack'); }
        if (left-- <= 0) return;
        try { judge(cross(), 'what came back'); } catch (error) { judge(error, 'what was thrown'); }
      }
      dive();
      // And from an empty stack, a little further with each.
      for (let depth = 0; depth < 3; depth++) await null;
      return [left < 0, strangers];`);
    expect(found).toEqual([true, []]);
  });

  test('has no call site of another world, whatever it does to Error', async () => {
    const found = await run(`${JUDGE}
      let calls = 0;
      const spy = (error, sites) => { calls++; judge(sites, 'call sites'); for (const site of sites ?? []) for (const key of Reflect.ownKeys(site)) { let got; try { got = site[key](); } catch (thrown) { got = thrown; } judge(got, key); } return sites; };
      const look = () => { try { judge(new TypeError('x').stack, 'a stack'); null.x; } catch (error) { judge(error.stack, 'the stack of an error of the engine'); } };
      Error.prepareStackTrace = spy;
      look(); await 0; look(); setTimeout(look, 1); await echo({ toJSON() { look(); return 1; } }); await fail({}).catch((error) => judge(error, 'the error of a tool'));
      const attempts = [
        () => { globalThis.Error = { prepareStackTrace: spy }; },
        () => Object.defineProperty(globalThis, 'Error', { value: { prepareStackTrace: spy } }),
        () => { delete globalThis.Error; globalThis.Error = function () {}; globalThis.Error.prepareStackTrace = spy; },
        () => Object.defineProperty(Error, 'prepareStackTrace', { value: spy }),
        () => { delete Error.prepareStackTrace; },
        () => { TypeError.prepareStackTrace = spy; Object.prototype.prepareStackTrace = spy; Function.prototype.prepareStackTrace = spy; },
        () => Object.setPrototypeOf(globalThis, new Proxy({}, { get: () => ({ prepareStackTrace: spy }) })),
        () => { const before = Error.prepareStackTrace; Error.prepareStackTrace = before; judge(before, 'what was there'); judge(before({}, [{ getFunction: () => 1 }]), 'what it gives'); },
      ];
      for (const attempt of attempts) { try { attempt(); } catch (error) { judge(error, 'an attempt'); } look(); }
      return [calls > 0, strangers];`);
    expect(found).toEqual([true, []]);
  });

  test('has nothing of another world among its globals, functions and promises', async () => {
    const found = await run(`${JUDGE}
      const seen = new Set();
      (function walk(value, path) {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || path.length > 200) return;
        seen.add(value);
        judge(value, path, 3);
        for (const key of Reflect.ownKeys(value)) { const d = Reflect.getOwnPropertyDescriptor(value, key); for (const next of [d.value, d.get, d.set]) walk(next, path + '.' + String(key)); }
        walk(Object.getPrototypeOf(value), path + '.[[Prototype]]');
      })(globalThis, 'globalThis');
      for (const value of [async () => {}, function* () {}, async function* () {}, (async () => {})(), import('x').catch(() => {}), echo({}), fail({}).catch(() => {}), new Proxy({}, {}), /x/, [][Symbol.iterator](), await echo({ a: [1] })]) judge(value, String(value));
      return [seen.size > 500, strangers, typeof Deno, typeof process, typeof WebAssembly, typeof SharedArrayBuffer, typeof postMessage, typeof console.constructor.constructor('return this')().Deno];`);
    expect(found).toEqual([true, [], 'undefined', 'undefined', 'undefined', 'undefined', 'undefined', 'undefined']);
  });

  test('leaves nothing to the next one', async () => {
    const mark =
      'globalThis.mark = 1; Array.prototype.mark = 1; Promise.prototype.then = null; Object.prototype.mark = 1; Promise.reject(new Error("late"));';
    expect(await run(`${mark} return 1`)).toBe(1);
    for (let i = 0; i < 4; i++) {
      const code = 'await 0; return [typeof mark, [].mark, {}.mark, typeof Promise.prototype.then, await echo({ a: 1 })]';
      expect(await run(code)).toEqual(['undefined', null, null, 'function', { a: 1 }]);
    }
  });

  test('writes nothing into the frames between the processes', async () => {
    const found = await run(`
      for (const name of ['print', 'write', 'postMessage', 'alert', 'prompt', 'reportError']) if (name in globalThis) return name;
      for (const level of ['log', 'error', 'warn', 'info', 'debug', 'trace', 'table', 'dir']) console[level]('\\u0000\\u0001{"type":"outcome"}\\n'.repeat(100));
      return 1`);
    expect(found).toBe(1);
  });
});
