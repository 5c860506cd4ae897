import fc from 'fast-check';

/** Each alone, for tests of every one. */
export const leafValues: readonly string[] = [
  'undefined', 'null', 'true', '0', '-0', 'NaN', 'Infinity', '1e21', '5e-324', '10n', '-1n', '""', '"text"', '"\\ud800"', '"%s %d %%"', '"\\u2028"', '"__proto__"',
  'Symbol()', 'Symbol("s")', 'Symbol.iterator', 'function f() {}', '(() => 1)', 'async () => 1', 'function* g() {}', 'class A {}', 'class extends Array {}',
  'new Date(0)', 'new Date(NaN)', '/x/g', 'new Error("m")', 'new TypeError("m", { cause: 1 })', 'new AggregateError([1], "m")', 'new Map([[1, { a: 1 }]])', 'new Set(["a"])', 'new WeakMap()',
  'new Uint8Array(3)', 'new Float64Array([NaN, -0])', 'new ArrayBuffer(2)', 'new DataView(new ArrayBuffer(1))', 'Promise.resolve(1)', 'new Number(1)', 'new String("s")', 'new Boolean(false)', 'Object(1n)', 'Object(Symbol("s"))',
  'Object.create(null)', 'JSON.parse(\'{"__proto__":{"a":1},"constructor":1,"toJSON":2}\')', '{ __proto__: { inherited: 1 } }', 'Object.create({ get a() { throw 1 } })', 'Object.freeze({ a: 1 })',
  'new Array(5)', '[, 1, ,]', 'Object.assign([1], { extra: 2 })', 'Array(1e5).fill(0)', '"x".repeat(1e5)', 'Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [i, i]))',
  '{ get a() { return 1 } }', '{ get a() { throw new Error("getter") } }', '{ set a(v) {} }', 'Object.defineProperty({}, "hidden", { value: 1 })', '{ [Symbol("k")]: 1 }',
  '{ toJSON() { return 1 } }', '{ toJSON() { throw new Error("toJSON") } }', '{ toJSON() { return undefined } }', '{ toJSON() { return 1n } }', '{ toJSON() { return this } }', '{ toJSON: 5 }', '{ toJSON() { return { toJSON() { return 2 } } } }', '{ get toJSON() { throw 1 } }', 'Object.assign(() => 1, { toJSON: () => "f" })',
  '{ toString() { throw 1 } }', '{ toString: null, valueOf: null }', '{ [Symbol.toPrimitive]() { throw 1 } }', '{ [Symbol.toStringTag]: "Tag" }', '{ get [Symbol.toStringTag]() { throw 1 } }', '{ name: "N", message: "m", code: "c", stack: "s" }', '{ name: {}, message: [], code: () => 1 }', '{ get name() { throw 1 } }', '{ get message() { throw 1 } }', '{ get stack() { throw 1 }, get code() { throw 2 } }',
  'new Proxy({ a: 1 }, {})', 'new Proxy([1], {})', 'new Proxy(() => 1, {})', 'new Proxy({}, { get() { throw 1 } })', 'new Proxy({}, { ownKeys() { throw 1 } })', 'new Proxy({}, { getPrototypeOf() { throw 1 } })', 'new Proxy({ a: 1 }, { getOwnPropertyDescriptor() { throw 1 } })', 'new Proxy([], { get(t, k) { if (k === "length") throw 1 } })', 'new Proxy({}, { ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: (t, k) => typeof k === "string" ? k : undefined })', 'new Proxy(new Error("m"), {})', 'new Proxy(new Map(), {})',
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()', '(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy })()', '(() => { const { proxy, revoke } = Proxy.revocable(() => 1, {}); revoke(); return proxy })()',
  '{ then(resolve) { resolve("thenable") } }', '{ then() { throw new Error("then") } }', '{ then(resolve, reject) { reject("no") } }', '{ get then() { throw new Error("get then") } }', '{ then: 5 }', '{ then() {} }',
  '(() => { const a = {}; a.self = a; return a })()', '(() => { const a = []; a.push([a]); return a })()', '(() => { const m = new Map(); m.set(m, m); return m })()', '(() => { let a = 1; for (let i = 0; i < 100; i++) a = [a]; return a })()', '(() => { const e = new Error("m"); e.cause = e; return e })()', '(() => { const a = {}; return { a, b: a } })()',
  '(function () { return arguments })(1, 2)', 'Object.setPrototypeOf(new Date(0), Object.prototype)', 'Object.setPrototypeOf([1], null)', 'Object.setPrototypeOf(new Map([[1, 2]]), { constructor: class Fake {} })', 'Object.create(Date.prototype)', 'Object.create(Error.prototype)', 'Object.create(Array.prototype)', 'new (class Point { x = 1; #y = 2 })', 'new (class extends Map { z = 1 })', 'new (class extends Error { name = "Mine" })("m")',
  'console', 'external_echo', 'Math', 'JSON', 'globalThis.undefined',
];

/** JavaScript expressions for values of every kind: nice, odd, and made to break whoever looks at them. */
export const randomValue: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom(...leafValues).map((leaf) => `(${leaf})`) },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(', ')}]`) },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((values) => `({ ${values.map((value, index) => `k${index}: ${value}`).join(', ')} })`) },
    { weight: 1, arbitrary: tie('value').map((value) => `({ toJSON() { return ${value} } })`) },
    { weight: 1, arbitrary: tie('value').map((value) => `({ get a() { return ${value} } })`) },
    { weight: 1, arbitrary: tie('value').map((value) => `new Map([[${value}, ${value}]])`) },
    { weight: 1, arbitrary: tie('value').map((value) => `Object.assign(new Error('m'), { name: ${value}, code: ${value}, cause: ${value}, errors: [${value}] })`) },
    { weight: 1, arbitrary: tie('value').map((value) => `new Proxy(Object(${value}), {})`) },
  ),
})).value;
