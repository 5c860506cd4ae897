import fc from 'fast-check';

/** Values without parts of their own choosing. Revoked proxies stand in an array: returned as such they end an async function with an error of the engine's. */
const LEAVES: readonly string[] = String.raw`
  undefined ¦ null ¦ true ¦ false ¦ 0 ¦ -0 ¦ NaN ¦ Infinity ¦ -Infinity ¦ 1e308 ¦ 5e-324 ¦ 0.1 ¦ -1 ¦ 9007199254740993 ¦ 1n ¦ -12345678901234567890n ¦
  Symbol("s") ¦ Symbol.iterator ¦ Symbol() ¦ (() => 1) ¦ (async () => 1) ¦ (function named() {}) ¦ (class {}) ¦ (class Named { static x = 1 }) ¦ Math.max ¦ Object ¦ echo ¦ console.log ¦
  new Date(0) ¦ new Date(NaN) ¦ new Date(8.64e15) ¦ /a(b)?/giu ¦ new Map([["a", 1], [{}, []]]) ¦ new Set([1, "x", {}]) ¦ new WeakMap() ¦ new WeakSet() ¦ new Map() ¦ new Set() ¦ Promise.resolve(1) ¦ new Promise(() => {}) ¦
  new Uint8Array([1, 2]) ¦ new Float64Array([0.5, -0, NaN]) ¦ new BigInt64Array([1n]) ¦ new ArrayBuffer(3) ¦ new DataView(new ArrayBuffer(2)) ¦ new Uint8Array(0) ¦ Math ¦ JSON ¦ Reflect ¦
  new String("boxed") ¦ new Number(-0) ¦ new Boolean(false) ¦ Object(1n) ¦ Object(Symbol("boxed")) ¦ (function () { return arguments; })(1, "x") ¦ (function* () { yield 1; })() ¦ [][Symbol.iterator]() ¦
  "x".repeat(70000) ¦ "\ud800" ¦ "\udc00\ud800" ¦ "\u2028\u2029" ¦ "\0" ¦ "__proto__" ¦ "{\"a\":1}" ¦ "%s %d %o %%" ¦ "\ud83d\ude00" ¦ "line\nbreak\t" ¦ "\u001b[31m" ¦ "" ¦
  new Error("own") ¦ new TypeError("own") ¦ new RangeError("own") ¦ new Error() ¦ new AggregateError([new Error("one"), 2], "several") ¦ new Error("with", { cause: new Error("cause") }) ¦ Object.assign(new Error("coded"), { code: "E" }) ¦ Object.assign(new Error("coded"), { code: 7 }) ¦
  new Proxy({}, {}) ¦ new Proxy([1, 2], {}) ¦ new Proxy(() => {}, {}) ¦ new Proxy(new Error("behind"), {}) ¦ new Proxy(new Date(0), {}) ¦ new Proxy(new Map([[1, 2]]), {}) ¦
  ((pair) => (pair.revoke(), [pair.proxy]))(Proxy.revocable({}, {})) ¦ ((pair) => (pair.revoke(), [pair.proxy]))(Proxy.revocable([], {})) ¦ ((pair) => (pair.revoke(), [pair.proxy]))(Proxy.revocable(() => {}, {})) ¦
  Object.create(null) ¦ [,] ¦ [1,,3] ¦ Array(5) ¦ ((a) => (a[99] = 1, a))([]) ¦ ((a) => (a.extra = 1, a))([1]) ¦ ((a) => (a[-1] = 1, a.length = 3, a))([]) ¦ globalThis.nothing ¦ new (class Odd { #p = 1; a = 1; get b() { return 2; } static c = 3 })() ¦
  new (class extends Array {})(3) ¦ new (class extends Error { name = "Mine" })("own") ¦ new (class extends Map {})([[1, 1]]) ¦ new (class { toString() { return "shown"; } })() ¦ new (class { [Symbol.toPrimitive]() { return "primitive"; } })()
`
  .trim()
  .split(/\s*¦\s*/);

const KEYS: readonly string[] =
  String.raw`a b "c-d" 0 7 "" ["__proto__"] constructor length name message stack code toString valueOf "\u2028" "\ud800" [Symbol.iterator] [Symbol("k")] hasOwnProperty errors cause`.split(
    ' ',
  );

/**
 * Source text of an expression whose value is as odd as JavaScript allows. Evaluated twice it gives two such values. No
 * error of an engine's own wording can come of it, so every backend must say the same about it.
 */
export const valueSource: fc.Arbitrary<string> = fc.letrec<{ leaf: string; value: string; branch: string }>((tie) => ({
  leaf: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)) },
    { weight: 1, arbitrary: fc.double().map((number) => (Object.is(number, -0) ? '-0' : `(${number})`)) },
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: tie('leaf'), weight: 2 },
    { arbitrary: tie('branch'), weight: 3 },
  ),
  branch: fc.oneof(
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(key(), tie('value')), { maxLength: 4 })
      .map((members) => `({ ${members.map(([name, value]) => `${name}: ${value}`).join(', ')} })`),
    fc.tuple(key(), tie('value')).map(([name, value]) => `({ get ${name}() { return ${value}; } })`),
    fc.tuple(key(), tie('value')).map(([name, value]) => `({ get ${name}() { throw ${value}; } })`),
    fc.tuple(tie('value'), tie('value')).map(([own, given]) => `({ own: ${own}, toJSON() { return ${given}; } })`),
    tie('value').map((thrown) => `({ toJSON() { throw ${thrown}; } })`),
    tie('value').map((value) => `({ then(ok) { ok(${value}); } })`),
    tie('value').map((value) => `({ then(ok, bad) { bad(${value}); } })`),
    tie('value').map((value) => `({ get then() { throw ${value}; } })`),
    fc.constant('({ then() {} })'),
    fc.tuple(key(), tie('value')).map(([name, value]) => `((o) => (o.self = o, o))({ ${name}: ${value} })`),
    tie('value').map((value) => `((a) => (a.push({ up: a }), a))([${value}])`),
    fc.tuple(tie('value'), tie('value')).map(([a, b]) => `new Map([[${a}, ${b}]])`),
    tie('value').map((value) => `new Set([${value}])`),
    tie('value').map((value) => `Object.freeze([${value}])`),
    tie('value').map((value) => `Object.create({ inherited: 1 }, { hidden: { value: 1 }, shown: { value: ${value}, enumerable: true } })`),
    fc.tuple(trap(), tie('value')).map(([name, value]) => `new Proxy({ a: 1 }, { ${name}() { throw ${value}; } })`),
    fc.tuple(trap(), tie('value')).map(([name, value]) => `new Proxy([1], { ${name}() { throw ${value}; } })`),
    tie('value').map(
      (value) => `new Proxy({ a: 1, b: 2 }, { get(target, name) { return name === 'a' ? ${value} : Reflect.get(target, name); } })`,
    ),
    fc
      .tuple(fc.constantFrom('name', 'message', 'stack', 'code', 'cause'), tie('value'))
      .map(([name, value]) => `Object.defineProperty(new Error('odd'), '${name}', { value: ${value} })`),
    fc
      .tuple(fc.constantFrom('name', 'message', 'stack', 'code', 'cause'), tie('value'))
      .map(([name, value]) => `Object.defineProperty(new Error('odd'), '${name}', { get() { throw ${value}; } })`),
    fc
      .tuple(tie('value'), tie('value'), tie('value'))
      .map(([name, message, code]) => `({ name: ${name}, message: ${message}, code: ${code} })`),
    tie('value').map((value) => `new AggregateError([${value}], 'several')`),
    tie('value').map(
      (value) => `new (class { field = ${value}; get computed() { return this.field; } toString() { throw this.field; } })()`,
    ),
    fc
      .tuple(fc.constantFrom('toStringTag', 'toPrimitive', 'iterator', 'isConcatSpreadable', 'hasInstance'), tie('value'))
      .map(([name, value]) => `({ [Symbol.${name}]: ${value}, a: 1 })`),
  ),
})).value;

function key(): fc.Arbitrary<string> {
  return fc.constantFrom(...KEYS);
}

function trap(): fc.Arbitrary<string> {
  return fc.constantFrom('get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'isExtensible');
}
