import type { Driver, Result } from '@isomux/driver';
import { isIsomuxError, type IsomuxError, type OutcomeError } from '@isomux/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectQuietHost } from '../hostile/host-watch.ts';
import { SUBJECTS } from '../hostile/subjects.ts';

expectQuietHost();

/** A small library of the kind that is prepared, with a bundle's usual ways. */
const LIBRARY = `#!/usr/bin/env node
  var lib = (function (exports) {
    class Money { #cents; constructor(cents) { this.#cents = cents } get text() { return (this.#cents / 100).toFixed(2) } }
    exports.Money = Money;
    exports.total = (items) => items.reduce((sum, { price }) => sum + price, 0);
    return exports;
  })({});
  const cache = new Map();
  let hits = 0;
  async function getUser(id) {
    if (cache.has(id)) { hits++; return cache.get(id) }
    const user = await external_getUser({ id });
    cache.set(id, user);
    return user;
  }
  const { Money } = lib;
  const origin = new URL('/a?b=1', 'https://example.com').href;
  const bytes = new TextEncoder().encode('prepared').length;`;

const HOSTILE = `
  const own = Object.getOwnPropertyNames;
  for (const owner of [Array.prototype, String.prototype, Map.prototype, RegExp.prototype, Promise.prototype, JSON, Math, Reflect]) {
    for (const key of own(owner)) { if (key !== 'constructor') { try { owner[key] = function () { throw 'patched' } } catch {} } }
  }
  globalThis.eval = () => 'mine'; globalThis.Promise = class {}; globalThis.JSON = undefined;
  Error.prepareStackTrace = () => { throw 'stack' };
  Error.stackTraceLimit = 0;`;

describe.each(SUBJECTS)('prepared code on $name', (subject) => {
  let driver: Driver;
  beforeAll(() => {
    driver = subject.create({ timeout: 20_000 });
  });
  afterAll(() => driver.close());

  async function fail(options: Parameters<Driver['prepare']>[0]): Promise<{ error: IsomuxError; cause: OutcomeError }> {
    try {
      await driver.prepare(options);
    } catch (error) {
      if (!isIsomuxError(error)) throw error;
      return { error, cause: error.cause as OutcomeError };
    }
    throw new Error('it was prepared');
  }

  const outcome = ({ success, value, error, logs }: Result) => ({ success, value, error, logs });

  it('is there in every run, and in each anew', async () => {
    const prepared = await driver.prepare({ code: LIBRARY, tools: ['external_getUser'] });
    let calls = 0;
    const context = await prepared.createContext({
      bindings: { external_getUser: { execute: (args) => ({ ...(args as object), call: ++calls }) } },
    });
    const program = `
      const users = [await getUser(1), await getUser(1), await getUser(2)];
      lib.total = 'changed'; cache.set('left', 1); Array.prototype.left = 1; globalThis.left = 1;
      return { users, hits, size: cache.size, text: new Money(1999).text, origin, bytes, total: typeof lib.total };`;
    for (let i = 0; i < 6; i++) {
      const { value, error } = await context.execute(program);
      const users = [2 * i + 1, 2 * i + 1, 2 * i + 2].map((call, at) => ({ id: at === 2 ? 2 : 1, call }));
      expect(error).toBeUndefined();
      expect(value).toEqual({ users, hits: 1, size: 3, text: '19.99', origin: 'https://example.com/a?b=1', bytes: 8, total: 'string' });
      expect((await context.execute('return [lib.total([{ price: 2 }]), cache.size, typeof left, [].left]')).value).toEqual([
        2,
        0,
        'undefined',
        null,
      ]);
    }
    const together = await Promise.all(
      Array.from({ length: 8 }, (_, i) => context.execute(`cache.set(${i}, 1); hits += ${i}; return [cache.size, hits]`)),
    );
    expect(together.map(({ value }) => value)).toEqual(together.map((_, i) => [1, i]));
    await prepared.close();
  });

  it('has the same time and chance when it is tried, in a realm kept ready and in one evaluated again', async () => {
    const prepared = await driver.prepare({
      code: 'const drawn = [Date.now(), Math.random(), crypto.randomUUID(), new Date().getTime(), performance.now()]; const draw = Math.random; console.log(JSON.stringify(drawn));',
    });
    const contexts = await Promise.all([{}, { memoryLimit: 64 }].map((options) => prepared.createContext({ bindings: {}, ...options })));
    const results = [];
    for (const context of [...contexts, ...contexts])
      results.push((await context.execute<unknown[][]>('return [drawn, [draw(), Math.random()]]')).value);
    expect(results.map((value) => JSON.stringify(value?.[0]))).toEqual(results.map(() => prepared.logs[0]));
    expect(new Set(results.map((value) => JSON.stringify(value?.[1]))).size).toBe(4);
    await prepared.close();
  });

  it('that is hostile spoils its own programs, and nothing else', async () => {
    const prepared = await driver.prepare({ code: HOSTILE, tools: ['external_echo'] });
    const context = await prepared.createContext({ bindings: { external_echo: { execute: (args) => args } } });
    expect(outcome(await context.execute('console.log("still", 1); return [await external_echo({ a: 1 }), eval("1")]'))).toEqual({
      success: true,
      value: [{ a: 1 }, 'mine'],
      error: undefined,
      logs: ['still 1'],
    });
    expect((await context.execute('throw new TypeError("as ever")')).error).toMatchObject({ name: 'TypeError', message: 'as ever' });
    expect((await context.execute('const = 1')).error?.code).toBe('GUEST_SYNTAX_ERROR');
    const plain = await driver.createContext({ bindings: {} });
    expect((await plain.execute('return [1].map((x) => x + 1)')).value).toEqual([2]);
    await prepared.close();
  });

  it('shows where it stands in stacks', async () => {
    const prepared = await driver.prepare({ code: 'function check(x) {\n  if (!x) throw new RangeError("no x");\n}' });
    const context = await prepared.createContext({ bindings: {} });
    const { error } = await context.execute('const go = () => check(0);\ngo();');
    expect(error?.stack).toMatch(
      /^RangeError: no x\n {4}at check \(prepared\.js:2:\d+\)\n {4}at go \(program\.js:1:\d+\)\n {4}at program\.js:2:\d+$/,
    );
    await prepared.close();
  });

  it.each([
    ['a syntax error', 'const a = 1;\nconst = 2;', 'SyntaxError', 2],
    ['a throw', '\n\nthrow new EvalError("here")', 'EvalError', 3],
    ['a tool called too early', 'const ready = 1;\nconst user = external_getUser({});', 'PreparationError', 2],
    ['a timer', '\nsetTimeout(() => 0, 5);', 'PreparationError', 2],
    ['top-level await', 'const a =\n  await 1;', 'SyntaxError', 2],
    ['top-level return', '\n\n\nreturn 1;', 'SyntaxError', 4],
  ])('fails with %s, and where', async (_, code, name, line) => {
    const { error, cause } = await fail({ code, tools: ['external_getUser'] });
    expect([error.code, cause.name]).toEqual(['PREPARATION_FAILED', name]);
    expect(error.message).toContain(cause.message);
    expect(cause.stack).toMatch(new RegExp(`at prepared\\.js:${line}:\\d+`));
    expect(JSON.stringify(cause)).not.toContain('runtime.js');
  });

  it('fails with an unhandled rejection, and with the tool call in it', async () => {
    expect((await fail({ code: 'Promise.reject(new TypeError("lost"))' })).error.message).toContain('TypeError: lost');
    const { cause } = await fail({ code: '(async () => { globalThis.user = await external_a({}) })()', tools: ['external_a'] });
    expect(cause).toMatchObject({ code: 'NOT_IN_PREPARATION', stack: expect.stringContaining('prepared.js:1:') as string });
  });

  it.each([
    ['a loop', 'for (;;) {}'],
    ['promise jobs that never end', '(async () => { for (;;) await 0 })()'],
    ['a catastrophic regular expression', '/^(a+)+$/.test("a".repeat(40) + "!")'],
  ])('fails with %s after its time', async (_, code) => {
    const { error, cause } = await fail({ code, limits: { wallMs: 150 } });
    expect([error.code, cause.code]).toEqual(['PREPARATION_FAILED', 'TIMEOUT']);
    expect((await (await driver.createContext({ bindings: {} })).execute('return 1')).value).toBe(1);
  });

  it('fails when it takes more memory than it may', async () => {
    const { error, cause } = await fail({
      code: 'const all = []; for (;;) all.push(new Array(10000).fill(1.5))',
      limits: { memoryBytes: 2 ** 25 },
    });
    // A process that dies of it takes the word with it.
    if (error.code === 'PREPARATION_FAILED') expect(cause.code).toBe('MEMORY_LIMIT');
    else expect(error.code).toBe('MEMORY_LIMIT');
  });

  it('fails a run that has too little memory for it, by that name', async () => {
    const prepared = await driver.prepare({ code: 'const big = new Array(4_000_000).fill(1.5)', limits: { memoryBytes: 2 ** 28 } });
    const roomy = await prepared.createContext({ bindings: {} });
    expect((await roomy.execute('return big.length')).value).toBe(4_000_000);
    const tight = await prepared.createContext({ bindings: {}, memoryLimit: 24 });
    const { error } = await tight.execute('return big.length');
    if (error?.code === 'PREPARATION_FAILED') expect(error.cause?.code).toBe('MEMORY_LIMIT');
    else expect(error?.code).toBe('MEMORY_LIMIT');
    await prepared.close();
  });
});
