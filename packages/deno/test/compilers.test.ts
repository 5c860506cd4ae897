import { createDenoIsolateDriver } from '@isomux/deno';
import { afterAll, describe, expect, test } from 'vitest';

describe('text that a guest has compiled', () => {
  const driver = createDenoIsolateDriver({ timeout: 20_000 });
  afterAll(() => driver.close());

  async function run(code: string): Promise<unknown> {
    await using context = await driver.createContext({ bindings: { echo: { execute: async (value) => value } } });
    const result = await context.execute(code);
    return result.success ? result.value : result.error;
  }

  // As a reaction of a promise or of a timer the engine's functions run with no frame of the guest below them.
  test.each([
    ['eval as a reaction', 'Promise.resolve(text).then(eval)'],
    ['a bound eval', 'Promise.resolve().then(eval.bind(null, text))'],
    ['a proxy of eval', 'Promise.resolve(text).then(new Proxy(eval, {}))'],
    [
      'eval as the end of a promise',
      'new Promise((resolve, reject) => Promise.resolve().finally(Reflect.apply.bind(null, eval, null, [keep])))',
    ],
    ['eval as a thenable', 'Promise.resolve({ then: eval.bind(null, keep) })'],
    ['Function', 'Promise.resolve("return " + text).then(Function).then((f) => f())'],
    ['the constructor of functions', 'Promise.resolve("return " + text).then((() => {}).constructor).then((f) => f())'],
    [
      'the prototype of the constructor of asynchronous functions',
      'Promise.resolve("return " + text).then(Object.getPrototypeOf((async () => {}).constructor)).then((f) => f())',
    ],
    ['an asynchronous function', 'Promise.resolve("return " + text).then((async () => {}).constructor).then((f) => f())'],
    ['a generator', 'Promise.resolve("yield " + text).then((function* () {}).constructor).then((f) => f().next().value)'],
    ['an asynchronous generator', 'Promise.resolve("yield " + text).then((async function* () {}).constructor).then((f) => f().next())'],
    [
      'a class of functions',
      'Promise.resolve().then(Reflect.construct.bind(null, class extends Function {}, ["return " + text], Function)).then((f) => f())',
    ],
    ['a microtask', 'new Promise(() => queueMicrotask(eval.bind(null, keep)))'],
    ['a timer', 'new Promise(() => setTimeout(eval, 0, keep))'],
    ['an answer', 'echo(text).then(eval)'],
    ['Array.fromAsync', 'Array.fromAsync([text], eval)'],
    ['a class', '(0, eval)("class A { static p; static { this.p = " + text + " } }; A.p")'],
  ])('gets no module through %s', async (_, how) => {
    const found = await run(`
      const text = "import('node:fs').then(() => 'a module', (error) => { if (!(error instanceof TypeError)) throw error; return 'refused'; })";
      const keep = "globalThis.kept = " + text;
      ${how}.then((value) => { globalThis.kept ??= value?.value ?? value; }, (error) => { globalThis.kept ??= String(error); });
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 20));
      const found = await globalThis.kept;
      return Array.isArray(found) ? found[0] : found;`);
    expect(found).toBe('refused');
  });

  test('is what it would be without the runtime in between', async () => {
    const found = await run(`
      class Late extends Function { constructor(...parts) { super(...parts); this.late = true; } }
      const late = new Late('a', 'b', 'return a + b');
      const { constructor: Asynchronous } = async () => {};
      const { constructor: Generator } = function* () {};
      const wrong = []; for (const make of [() => eval('{'), () => Function('{'), () => new Function('a b', '')]) { try { make(); } catch (error) { wrong.push(error instanceof SyntaxError && error.constructor === SyntaxError); } }
      return {
        values: [eval('1 + 1'), eval(7), Function('a', 'return a')(3), new Function('return this === globalThis')(), late(1, 2), await Asynchronous('return 4')(), [...Generator('yield 5')()]],
        kinds: [late instanceof Late, late instanceof Function, (() => {}) instanceof Function, Function.prototype.constructor === Function, (() => {}).constructor === Function, Object.getPrototypeOf(Asynchronous) === Function, Asynchronous.prototype.constructor === Asynchronous],
        names: [eval.name, eval.length, Function.name, Function.length, Asynchronous.name, Function('return 1').name],
        wrong,
        texts: [eval, Function, Asynchronous].map((f) => Function.prototype.toString.call(f).includes('[native code]')),
      };`);
    expect(found).toEqual({
      values: [2, 7, 3, true, 3, 4, [5]],
      kinds: [true, true, true, true, true, true, true],
      names: ['eval', 1, 'Function', 1, 'AsyncFunction', 'anonymous'],
      wrong: [true, true, true],
      texts: [true, true, true],
    });
  });

  test('of prepared code and of the programs after it shares one scope', async () => {
    await using prepared = await driver.prepare({ code: 'let count = 1; const add = (n) => (count += n);' });
    await using context = await prepared.createContext({ bindings: {} });
    expect(await context.execute('add(2); return [count, eval("typeof count"), typeof eval]')).toMatchObject({
      value: [3, 'undefined', 'function'],
    });
  });
});
