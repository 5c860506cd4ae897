import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';

describeOnEngines('one console line', (run) => {
  it.each<[string, string]>([
    ['"a", 1, true, null, undefined, { x: 1 }, [1, 2]', 'a 1 true null undefined {"x":1} [1,2]'],
    ['', ''],
    ['""', ''],
    ['"", ""', ' '],
    ['"line\\nbreak"', 'line\nbreak'],
    ['["str"], { s: "q\\"" }', '["str"] {"s":"q\\""}'],
    ['0, -0, NaN, Infinity, -Infinity, 1e21, 0.1', '0 -0 NaN Infinity -Infinity 1e+21 0.1'],
    ['[-0, NaN, undefined, null]', '[-0,NaN,undefined,null]'],
    ['10n, [10n]', '10n [10n]'],
    ['Symbol("q"), [Symbol()]', 'Symbol(q) [Symbol()]'],
    [
      'function f() {}, () => {}, async function g() {}, function* h() {}',
      '[Function: f] [Function (anonymous)] [Function: g] [Function: h]',
    ],
    ['{ method() {} }, [(x) => x]', '{"method":[Function: method]} [[Function (anonymous)]]'],
    ['class A {}, class {}, class B extends Array {}', '[class A] [class (anonymous)] [class B]'],
    ['Math.max, Map, console.log', '[Function: max] [Function: Map] [Function: log]'],
    ['new Error("m"), new TypeError(""), Object.assign(new Error("m"), { name: "Mine" })', 'Error: m TypeError Mine: m'],
    ['{ e: new Error("m") }', '{"e":"Error: m"}'],
    ['new (class Mine extends Error { name = "Mine" })("m")', 'Mine: m'],
    ['new Date(0), [new Date(0)], new Date(NaN)', '1970-01-01T00:00:00.000Z ["1970-01-01T00:00:00.000Z"] Invalid Date'],
    ['new Map([["a", 1], [{ k: 1 }, new Map()]]), new Map()', 'Map(2) {"a" => 1, {"k":1} => Map(0) {}} Map(0) {}'],
    ['new Set([1, "b", [2]]), new Set()', 'Set(3) {1, "b", [2]} Set(0) {}'],
    ['new Set([1, 2]), new Map([["a", 1]])', 'Set(2) {1, 2} Map(1) {"a" => 1}'],
    ['new WeakMap(), new WeakSet(), Promise.resolve(1)', 'WeakMap {} WeakSet {} Promise {}'],
    [
      'new Uint8Array([1, 2, 3]), new Float64Array([0.5, -0]), new BigInt64Array([1n])',
      'Uint8Array(3) [1,2,3] Float64Array(2) [0.5,-0] BigInt64Array(1) [1n]',
    ],
    ['new ArrayBuffer(8), new DataView(new ArrayBuffer(2))', 'ArrayBuffer(8) DataView {}'],
    ['new (class Point { x = 1 }), new (class Empty {})', 'Point {"x":1} Empty {}'],
    ['Object.create(null), Object.assign(Object.create(null), { a: 1 })', '{} {"a":1}'],
    ['/x/g, /a\\/b/', '/x/g /a\\/b/'],
    ['[, 1]', '[undefined,1]'],
    ['{ a: undefined, [Symbol("hidden")]: 1 }', '{"a":undefined}'],
    ['Object.defineProperty({ a: 1 }, "hidden", { value: 2 })', '{"a":1}'],
    ['{ get a() { throw 1 }, set b(v) {}, c: 1 }', '{"a":[Getter],"b":[Getter],"c":1}'],
    ['{ toJSON() { return { own: 1 } } }, { a: { toJSON: () => "text" } }', '{"own":1} {"a":"text"}'],
    ['{ toJSON() { throw 1 } }, [{ toJSON() { throw 1 } }, 2]', '[Throws] [[Throws],2]'],
    ['new Proxy({ a: 1 }, {}), new Proxy([1], {})', '{"a":1} [1]'],
    ['new Proxy({ a: 1 }, { get() { throw 1 } }), new Proxy({}, { ownKeys() { throw 1 } })', '[Throws] [Throws]'],
    ['new Number(1), new String("ab"), Object(1n)', 'Number {} String {"0":"a","1":"b"} BigInt {}'],
    ['{ "odd key": 1, __proto__: null }', '{"odd key":1}'],
    ['JSON.parse(\'{"__proto__":1}\')', '{"__proto__":1}'],
    ['Math, JSON', '{} {}'],
    ['[1, [2, [3, { a: [4] }]]]', '[1,[2,[3,{"a":[4]}]]]'],
    ['"%s is %d", "x", "42"', 'x is 42'],
    ['"%i %f %i", 3.9, "0.5", -3.9', '3 0.5 -3'],
    ['"%d %d %d %i", {}, "x", 10n, Symbol("s")', 'NaN NaN 10n NaN'],
    ['"%j %o %O", { a: 1 }, [1], "s"', '{"a":1} [1] s'],
    ['"%s", { a: "b" }', '{"a":"b"}'],
    ['"%cstyled%c", "color: red", ""', 'styled'],
    ['"100%", 5', '100% 5'],
    ['"%%", 5', '% 5'],
    ['"%%s %s", 5', '%s 5'],
    ['"%s %s", "one"', 'one %s'],
    ['"%s", "one", "two", { x: 1 }', 'one two {"x":1}'],
    ['"%x", 5', '%x 5'],
    ['"%s"', '%s'],
    ['"50% of %s", "all"', '50% of all'],
    ['1, "%s", 2', '1 %s 2'],
  ])('console.log(%s)', async (args, line) => {
    expect((await run(`console.log(${args})`)).logs).toEqual([line]);
  });

  it('names what leads back to itself, and shows what only comes twice', async () => {
    const { logs } = await run(
      'const a = { n: 1 }; a.self = a; const m = new Map(); m.set("m", m); const two = {}; console.log(a, [a], m, [two, two])',
    );
    expect(logs).toEqual(['{"n":1,"self":[Circular]} [{"n":1,"self":[Circular]}] Map(1) {"m" => [Circular]} [{},{}]']);
  });

  it('stops at a depth of 16', async () => {
    const { logs } = await run(
      'let a = "leaf"; for (let i = 0; i < 16; i++) a = [a]; console.log(a); console.log([a]); let t = { toJSON: () => t }; console.log({ t: { toJSON() { return { toJSON: this.toJSON } } } })',
    );
    expect(logs[0]).toBe(`${'['.repeat(16)}"leaf"${']'.repeat(16)}`);
    expect(logs[1]).toBe(`${'['.repeat(16)}[…]${']'.repeat(16)}`);
    expect(logs[2]).toBe('{"t":[…]}');
  });

  it('of something huge ends in an ellipsis', async () => {
    const { logs } = await run(
      `const n = 3e5; const many = Array.from({ length: n }, (_, i) => 1); console.log(many); console.log(new Uint8Array(n)); console.log(new Set(Array.from({ length: n }, (_, i) => i))); console.log(new Map(many.map((x, i) => [i, x]))); console.log(Object.fromEntries(many.map((x, i) => ['k' + i, x])))`,
      { limits: { maxLogBytes: 16_000_000 } },
    );
    for (const [index, line] of logs.entries())
      expect(line.slice(-8)).toMatch([/1,…\]$/, /0,…\]$/, /\d, …\}$/, / 1, …\}$/, /:1,…\}$/][index] ?? /never/);
    expect(logs).toHaveLength(5);
  });

  it('of something huge is cheap', async () => {
    const { logs, value } = await run(
      `console.log(new Array(2 ** 32 - 1).length, String(new Uint8Array(1)).length);
       console.log(new Array(1e7)); console.log(new Uint8Array(1e7)); console.log(new Set(Array.from({ length: 1e5 }, (_, i) => i)));
       let wide = 1; for (let i = 0; i < 15; i++) wide = [wide, wide, wide, wide, wide, wide]; console.log(wide);
       console.log(Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['k' + i, i])));
       return 1`,
      { limits: { wallMs: 20_000, maxLogBytes: 16_000_000 } },
    );
    expect(value).toBe(1);
    expect(logs).toHaveLength(6);
    for (const line of logs) expect(line.length).toBeLessThan(1_000_000);
  });

  it('has no lone surrogates, whatever the engine makes of them on the way', async () => {
    const { logs } = await run('console.log("a\\ud800b", ["\\udc00"], "😀")');
    expect(logs).toEqual(['a\ufffdb ["\\udc00"] 😀']);
  });
});
