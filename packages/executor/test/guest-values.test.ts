import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';

describeOnEngines('returned values', (run, engine) => {
  const returned = async (code: string): Promise<unknown> => {
    const { status, value, error } = await run(code);
    expect(error).toBeUndefined();
    return status === 'undefined' ? undefined : value;
  };

  it.each<[string, unknown]>([
    ['return 1', 1],
    ['return NaN', null],
    ['return -0', 0],
    ['return Infinity', null],
    ['return null', null],
    ['return new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['return new Date(NaN)', null],
    ['return new Map([[1, 2]])', {}],
    ['return new Set([1])', {}],
    ['return [undefined, () => 1, Symbol("x")]', [null, null, null]],
    ['return { a: undefined, b: () => 1, c: Symbol("x"), d: 1, [Symbol("k")]: 2 }', { d: 1 }],
    ['return { toJSON() { return { own: true } } }', { own: true }],
    ['return { a: { toJSON(key) { return key } }, b: [{ toJSON(key) { return key + typeof key } }] }', { a: 'a', b: ['0string'] }],
    ['return new Error("x")', {}],
    ['return new (class Point { x = 1; #y = 2; get z() { return 3 } })', { x: 1 }],
    ['return Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })', { own: 2 }],
    ['return new Number(5)', 5],
    ['return Object("text")', 'text'],
    ['return new Uint8Array([1, 2])', { 0: 1, 1: 2 }],
    ['return /x/', {}],
    ['return Promise.resolve(7)', 7],
    ['return { then(resolve) { resolve("thenable") } }', 'thenable'],
    ['return "{\\"a\\":1}"', '{"a":1}'],
    ['return "5"', '5'],
    ['return ""', ''],
    ['return "\\ud800"', '\ud800'],
    ['return "\\udc00\\ud800 \\u2028\\u2029\\0"', '\udc00\ud800 \u2028\u2029\0'],
    ['return [, 1]', [null, 1]],
  ])('%s', async (code, expected) => {
    expect(await returned(code)).toEqual(expected);
  });

  it.each([
    '',
    'return',
    'return undefined',
    'return () => 1',
    'return Symbol("x")',
    'return class {}',
    'return { toJSON() {} }',
    '5',
    '// only a comment',
  ])('%j is undefined', async (code) => {
    expect((await run(code)).status).toBe('undefined');
  });

  it('keeps an own __proto__ key as data', async () => {
    const value = await returned('return JSON.parse(\'{"__proto__":{"a":1},"constructor":2}\')');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });

  it.each([
    ['return 10n', 'a BigInt at $.'],
    ['return { items: [1, { id: 1n }] }', 'a BigInt at $.items[1].id.'],
    ['return { "odd key": [1n] }', 'a BigInt at $["odd key"][0].'],
    ['const a = { items: [{}, {}, {}, {}] }; a.items[3].id = a; return a', 'a circular reference at $.items[3].id.'],
    ['const a = []; a.push(a); return a', 'a circular reference at $[0].'],
    ['return { get a() { throw 1 } }', 'a getter threw at $.a.'],
    ['return { a: { toJSON() { throw 1 } } }', 'toJSON threw at $.a.'],
    ['return { a: { toJSON() { return 1n } } }', 'a BigInt at $.a.'],
    ['return [new Proxy({}, { ownKeys() { throw 1 } })]', 'a value that cannot be read at $[0].'],
    ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [proxy]', 'toJSON threw at $[0].'],
  ])('%s has no JSON form, and the place is named', async (code, reason) => {
    const { error, logs, status } = await run(`console.log('kept'); ${code}`);
    expect(status).toBe('failure');
    expect(error).toMatchObject({ name: 'SerializationError', code: 'RESULT_NOT_SERIALIZABLE' });
    expect(error?.message).toContain(reason);
    expect(logs).toEqual(['kept']);
  });

  it('does not mind the same object twice, or a BigInt that says how it is written', async () => {
    expect(await returned('const a = { x: 1 }; return [a, a]')).toEqual([{ x: 1 }, { x: 1 }]);
    expect(await returned('BigInt.prototype.toJSON = function () { return `${this}` }; return 10n')).toBe('10');
  });

  it('answers for a value 50,000 levels deep, and the next run is well', async () => {
    const { error, status } = await run('let a = []; for (let i = 0; i < 50_000; i++) a = [a]; return a');
    if (status === 'failure') expect(error).toMatchObject({ code: 'RESULT_NOT_SERIALIZABLE' });
    expect(await returned('return 1')).toBe(1);
  });

  it('bounds the value in bytes, and takes it to the last one', async () => {
    const limits = { maxReturnBytes: 100 };
    expect((await run('return "x".repeat(98)', { limits })).value).toBe('x'.repeat(98));
    expect((await run('return "x".repeat(99)', { limits })).error).toMatchObject({ name: 'SerializationError', code: 'RETURN_TOO_LARGE' });
    expect((await run('return "é".repeat(49)', { limits })).value).toBe('é'.repeat(49));
    expect((await run('return "é".repeat(50)', { limits })).error?.code).toBe('RETURN_TOO_LARGE');
  });

  it('runs getters, proxies and toJSON inside the budget', async () => {
    for (const code of [
      'return { get a() { for (;;); } }',
      'return { toJSON() { for (;;); } }',
      'return new Proxy({}, { ownKeys() { for (;;); } })',
      'return { a: 1n, get b() { return 1 }, toJSON() { this.n = (this.n ?? 0) + 1; if (this.n > 1) for (;;); return 1n } }',
    ]) {
      expect((await run(code, { limits: { wallMs: 200 } })).error?.code).toBe('TIMEOUT');
    }
  });

  it('sees what is done while it is serialized', async () => {
    const { calls, logs, value } = await run(
      'return { get a() { console.log("getter"); external_x(1); setTimeout(() => {}, 5); return 1 } }',
      { tools: { external_x: () => 0 } },
    );
    expect(value).toEqual({ a: 1 });
    expect(calls).toHaveLength(1);
    expect(logs).toEqual(['getter', 'WARN: Tool call external_x was still running when the program ended']);
  });

  it('come with the lone surrogates and the characters that the program text has', async () => {
    expect(await returned('return ["\ud800", "😀", `é`]')).toEqual(['\ud800', '😀', 'é']);
  });

  // The bare QuickJS of these tests has nobody to stop it in native code.
  it.skipIf(engine === 'quickjs')('answer for an array of billions of holes within the budget', async () => {
    const { error } = await run('return new Array(2 ** 32 - 1)', { limits: { wallMs: 300 } });
    expect(error?.code).toMatch(/^(?:TIMEOUT|MEMORY_LIMIT|RESULT_NOT_SERIALIZABLE)$/);
  });
});

/** A setter on `Array.prototype` makes QuickJS's own JSON.stringify give up: the runtime's takes over. */
describeOnEngines('values of a guest with traps in its arrays', (run) => {
  const trapped =
    'const boom = () => { throw 1 }; for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { get: boom, set: boom, configurable: true });';

  it.each(
    [
      '{ a: [1, [2, { b: "x\\n" }]], n: null, t: true, f: false }',
      '{ u: undefined, f() {}, s: Symbol(), n: NaN, z: -0, d: new Date(0), deep: [[[]], {}] }',
      '[undefined, () => 1, Symbol(), 1e21, 0.1, "\\ud800"]',
      '[, 1]',
      '{ toJSON(key) { return { key } } }',
      '[{ toJSON(key) { return key + typeof key } }]',
      '[new Number(1), new String("s"), new Boolean(false)]',
      'new (class { x = 1; get y() { return 2 } })',
      'Object.defineProperty({ a: 1 }, "hidden", { value: 2 })',
      '{ [Symbol("k")]: 1, "odd key": 2, 3: 4 }',
      'new Proxy({ a: 1 }, {})',
      'new Proxy([1, 2], {})',
      'JSON.parse(\'{"__proto__":{"a":1}}\')',
    ].map((code) => code.replaceAll('\\\\', '\\').replaceAll("\\'", "'")),
  )('%s', async (code) => {
    // The hole reads the trap, and throws.
    const expected = await run(`const value = () => (${code}); return value()`);
    const got = await run(`const value = ${code}; ${trapped} return value`);
    if (code === '[, 1]') expect(got.error?.code).toBe('RESULT_NOT_SERIALIZABLE');
    else expect([got.value, got.error]).toEqual([expected.value, undefined]);
  });
});

describeOnEngines('program text', (run, engine) => {
  it.each([
    ['return 5 // comment', 5],
    ['return 5 /* comment */', 5],
    ['\uFEFFreturn 6', 6],
    ['#!/usr/bin/env node\nreturn 7', 7],
    ['\uFEFF#!/usr/bin/env node\nreturn 8', 8],
    ['return await Promise.resolve(9)', 9],
    ['for await (const x of [1, 2]) if (x === 2) return x', 2],
    ['return (function () { return this === undefined })()', true],
    ['return typeof arguments', 'undefined'],
    ['return [typeof require, typeof module, typeof exports, typeof process].join()', 'undefined,undefined,undefined,undefined'],
    ['label: for (;;) { break label } return 10', 10],
    ['"use strict"; return 11', 11],
    ['const __isomux = 1, host = 2, program = 3; return __isomux + host + program', 6],
    ['return new.target === undefined', undefined],
    ['return `${1}`', '1'],
    ['return "\u2028"', '\u2028'],
  ] as [string, unknown][])('%j', async (code, expected) => {
    const { value, error } = await run(code);
    if (expected === undefined) expect(error?.code).toBe('GUEST_SYNTAX_ERROR');
    else expect([value, error]).toEqual([expected, undefined]);
  });

  it.each([
    'let x = ;',
    'return 1 }',
    '{ return 1',
    'return 1 }); (async()=>{',
    '}), (async()=>{',
    '} [x] = async () => {',
    '} } class B { async m() {',
    '}}); external_x(1); (class{async m(){',
    '}}), external_x(1), (class{async m(){',
    '}}\n})(); external_x(1); (()=>{({async m(){',
    '}; async x() {',
    '} static {',
    '}, async () => {',
    '*/ return 1',
    'import x from "y"',
    'export const x = 1',
    'import.meta.url',
    'with ({}) {}',
    'delete x',
    'var public = 1',
    'super.x',
    'yield 1; let yield',
    'let let = 1',
    'await = 1',
    'return `${',
    'return "',
    'return /',
    '#x in y',
    '0777',
  ])('%j is a syntax error and runs nothing', async (code) => {
    const { error, calls, logs } = await run(code, { tools: { external_x: () => 0 } });
    expect(error).toMatchObject({ name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
    expect(calls).toEqual([]);
    expect(logs).toEqual([]);
  });

  it.each([
    ['let x = ;', 1, 9],
    ['const a = 1;\nlet b = ;', 2, 9],
    ['\n\n  return 1 }', 3, 13],
    ['{ return 1', 1, 11],
    ['#!/usr/bin/env node\nlet x = ;', 2, 9],
  ])('%j is a syntax error at its own line and column', async (code, line, column) => {
    const { error } = await run(code);
    expect(error?.message).toContain(`(${line}:${column})`);
    expect(error?.stack).toContain(`at program.js:${line}:${column}`);
  });

  // In `node:vm` the rejection would come from another realm's queue.
  it.skipIf(engine === 'vm')('can catch that there is no import()', async () => {
    const { value } = await run('try { await import("node:fs"); return "loaded" } catch (e) { return "caught" }');
    expect(value).toBe('caught');
  });
});
