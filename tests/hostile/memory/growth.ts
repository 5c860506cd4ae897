import type { Way } from './way.ts';

/** Something the guest holds on to, more of it each time. Every one of these must end at the limit. */
export const GROWTH: readonly Way[] = [
  { name: 'an array of numbers', code: 'const all = []; for (;;) all.push(all.length + 0.5)' },
  { name: 'arrays in an array', code: 'const all = []; for (;;) all.push(new Array(1000).fill(all.length))' },
  { name: 'large arrays', code: 'const all = []; for (;;) all.push(new Array(100_000).fill(1.5))' },
  { name: 'an array that doubles', code: 'let a = [1]; for (;;) a = a.concat(a)' },
  { name: 'an array that is spread', code: 'let a = [1]; for (;;) a = [...a, ...a]' },
  { name: 'objects in a chain', code: 'let a = null; for (;;) a = { a, b: 1 }' },
  { name: 'objects with ever new keys', code: 'const o = {}; for (let i = 0; ; i++) o["key" + i] = i' },
  { name: 'objects of ever new shapes', code: 'const all = []; for (let i = 0; ; i++) all.push({ ["a" + i]: 1, ["b" + i]: 2 })' },
  { name: 'flat strings in an array', code: 'const all = []; for (let i = 0; ; i++) all.push(("text " + i).repeat(100))' },
  {
    name: 'a string that grows and is flattened',
    code: 'let s = "x"; for (;;) { s += s + "y"; if (s.charCodeAt(s.length >> 1) === 0) break; }',
  },
  {
    name: 'pieces joined and flattened',
    code: 'let all = []; for (;;) { all.push("x".repeat(1e5)); /y/.test(all.join("")); }',
    orElse: [{ ending: 'TIMEOUT', why: 'joining all of them again and again is slow' }],
  },
  { name: 'split strings', code: 'const all = []; for (;;) all.push("a,b".repeat(1e4).split(","))' },
  {
    name: 'template strings',
    code: 'let s = "x"; const all = []; for (;;) { s = `${s}${s.slice(0, 5e4)}!`; all.push([...s.slice(0, 5e4)].join("-")); }',
  },
  {
    name: 'replaced strings',
    code: 'const all = []; for (let i = 0; ; i++) all.push("a".repeat(200).replace(/a/g, "b".repeat(2000) + i))',
  },
  { name: 'array buffers', code: 'const all = []; for (;;) all.push(new ArrayBuffer(1 << 20))' },
  { name: 'array buffers that are written to', code: 'const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))' },
  { name: 'typed arrays', code: 'const all = []; for (;;) all.push(new Float64Array(1e5).fill(0.5))' },
  { name: 'small typed arrays', code: 'const all = []; for (;;) all.push(new Uint8Array(64))' },
  { name: 'maps', code: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })' },
  { name: 'sets', code: 'const s = new Set(); for (let i = 0; ; i++) s.add("member " + i)' },
  {
    name: 'weak maps with living keys',
    code: 'const w = new WeakMap(), keys = []; for (;;) { const k = {}; keys.push(k); w.set(k, new Array(100).fill(1)); }',
  },
  {
    name: 'closures in closures',
    code: 'let f = () => 1; for (let i = 0; ; i++) { const g = f, big = new Array(100).fill(i); f = () => g() + big.length; }',
  },
  {
    name: 'functions made from text',
    code: 'const all = []; for (let i = 0; ; i++) all.push(new Function("a" + i, "return a" + i + " + " + i))',
    orElse: [{ ending: 'TIMEOUT', why: 'compiling them is slow' }],
  },
  {
    name: 'classes',
    code: 'const all = []; for (let i = 0; ; i++) all.push(class { a = i; static b = new Array(50).fill(i); c() { return this.a; } })',
  },
  {
    name: 'suspended generators',
    code: 'function* g(x) { const big = new Array(100).fill(x); yield big; yield x; } const all = []; for (let i = 0; ; i++) { const it = g(i); it.next(); all.push(it); }',
  },
  {
    name: 'suspended async functions',
    code: 'const all = []; const f = async (i) => { const big = new Array(100).fill(i); await new Promise(() => {}); return big; }; for (let i = 0; ; i++) all.push(f(i))',
  },
  { name: 'a chain of promises', code: 'const root = new Promise(() => {}); let p = root; for (;;) p = p.then((x) => [x, root])' },
  { name: 'microtasks', code: 'for (;;) queueMicrotask(() => {})' },
  { name: 'microtasks from turn to turn', code: 'const all = []; for (;;) { all.push(new Array(1000).fill(1)); await null; }' },
  {
    name: 'a queue of an async generator',
    code: 'async function* g() { yield new Promise(() => {}); } const it = g(); for (;;) it.next()',
    orElse: [{ ending: 'TIMEOUT', why: 'V8 looks for the end of the queue each time' }],
  },
  {
    name: 'regular expressions',
    code: 'const all = []; for (let i = 0; ; i++) { const r = new RegExp(("(a" + i + "|b)+").repeat(20)); r.test("ab"); all.push(r); }',
  },
  {
    name: 'matches',
    code: 'const all = []; for (;;) all.push("abc ".repeat(5000).match(/(a)(b)(c)/g), [..."abc ".repeat(500).matchAll(/(a)(b)(c)/g)])',
  },
  {
    name: 'parsed JSON',
    code: 'const text = JSON.stringify(Array(1000).fill({ a: [1, 2, 3], b: "text" })); const all = []; for (;;) all.push(JSON.parse(text))',
  },
  {
    name: 'JSON texts',
    code: 'const value = Array(1000).fill({ a: [1, 2, 3], b: "text" }); const all = []; for (let i = 0; ; i++) { value[0] = i; all.push(JSON.stringify(value)); }',
  },
  { name: 'big integers', code: 'const all = []; for (let i = 1n; ; i++) all.push(1n << (100000n + i))' },
  { name: 'registered symbols', code: 'const all = []; for (let i = 0; ; i++) all.push(Symbol.for("symbol " + i + "x".repeat(20_000)))' },
  {
    name: 'errors with stacks',
    code: 'const all = []; const f = (n) => (n === 0 ? new Error("e" + all.length) : f(n - 1)); for (;;) { const e = f(20); e.stack; all.push(e); }',
  },
  { name: 'proxies in proxies', code: 'let p = {}; for (;;) p = new Proxy(p, {})' },
  { name: 'bound functions', code: 'let f = () => 1; for (;;) f = f.bind(null, 1)' },
  {
    name: 'dates and boxed values',
    code: 'const all = []; for (let i = 0; ; i++) all.push(new Date(i), new Number(i), new String("s" + i))',
  },
  {
    name: 'structured clones',
    code: 'const value = { list: Array(20).fill("text"), text: "x".repeat(1e5), buffer: new ArrayBuffer(1e5) }; const all = []; for (;;) all.push(structuredClone(value))',
  },
  {
    name: 'URLs',
    code: 'const all = []; for (let i = 0; ; i++) all.push(new URL("http://host/" + "x".repeat(20_000) + "?a=" + i).searchParams)',
    orElse: [{ ending: 'TIMEOUT', why: 'parsing them is slow where an engine interprets' }],
  },
  {
    name: 'encoded text',
    code: 'const all = []; const encoder = new TextEncoder(); for (let i = 0; ; i++) all.push(encoder.encode("text".repeat(50_000) + i))',
    orElse: [{ ending: 'TIMEOUT', why: 'encoding is slow where an engine interprets' }],
  },
  {
    name: 'abort signals',
    code: 'const all = []; for (;;) { const c = new AbortController(); c.signal.addEventListener("abort", () => {}); all.push(c); }',
  },
  { name: 'results of tools', code: 'const all = []; for (;;) all.push(await big({}))' },
  {
    name: 'calls whose promises are kept',
    code: 'const all = []; for (;;) { all.push(never({ text: "x".repeat(50_000) + all.length })); if (all.length > 9000) for (;;) all.push(new Array(1000).fill(1)); }',
  },
];

/** One operation, or a few, that ask for more than there is at once, or that a limit other than memory stops. */
export const AT_ONCE: readonly Way[] = [
  {
    name: 'a string that doubles',
    code: 'let s = "x"; for (;;) s += s',
    orElse: [{ ending: 'own', why: 'the length of a string is limited, and its RangeError catchable' }],
  },
  {
    name: 'one repeat',
    code: 'return "x".repeat(2 ** 29).length',
    orElse: [{ ending: 'own', why: 'V8 repeats without copying; the RangeError is catchable' }],
  },
  { name: 'one repeat that is flattened', code: 'return /y/.test("abc".repeat(2 ** 27))', orElse: [] },
  {
    name: 'one pad',
    code: 'return "x".padEnd(2 ** 29, "abc").length',
    orElse: [{ ending: 'own', why: 'V8 pads without copying; the RangeError is catchable' }],
  },
  {
    name: 'one array buffer',
    code: 'return new ArrayBuffer(2 ** 32).byteLength',
    orElse: [{ ending: 'own', why: 'the RangeError is catchable' }],
  },
  { name: 'one array buffer that is written to', code: 'return new Uint8Array(2 ** 30).fill(1).length' },
  {
    name: 'one resizable buffer',
    code: 'const b = new ArrayBuffer(0, { maxByteLength: 2 ** 31 }); b.resize(2 ** 30); return new Uint8Array(b).fill(1).length',
    orElse: [{ ending: 'own', why: 'an engine without resizable buffers says so' }],
  },
  { name: 'one filled array', code: 'return new Array(2 ** 27).fill(1).length' },
  { name: 'one array from a length', code: 'return Array.from({ length: 2 ** 28 }, (_, i) => i).length' },
  {
    name: 'one big integer',
    code: 'return String((1n << (2n ** 30n - 1n)) + 1n).length',
    orElse: [
      { ending: 'own', why: 'big integers have a largest size' },
      { ending: 'TIMEOUT', why: 'its digits take longer than the budget' },
    ],
  },
  {
    name: 'one join',
    code: 'return new Array(2 ** 20).fill("x".repeat(1000)).join("").length',
    orElse: [{ ending: 'own', why: 'the length of a string is limited' }],
  },
  {
    name: 'one text of JSON',
    code: 'const a = Array(1000).fill("x".repeat(1000)); return JSON.stringify(Array(1000).fill(a)).length',
    orElse: [{ ending: 'own', why: 'the length of a string is limited' }],
  },
  {
    name: 'allocations whose errors are caught',
    code: 'const all = []; for (;;) try { all.push(new Uint8Array(2 ** 26).fill(1)); } catch {}',
    orElse: [{ ending: 'TIMEOUT', why: 'a guest may catch RangeErrors as long as it has time' }],
  },
  {
    name: 'spread arguments',
    code: 'return Math.max(...new Array(2 ** 24).fill(1))',
    orElse: [
      { ending: 'STACK_OVERFLOW', why: 'arguments live on the stack' },
      { ending: 'own', why: 'the number of arguments is limited' },
    ],
  },
  {
    name: 'deep recursion with large frames',
    code: 'const f = (a, b, c, d, e, g, h) => { const big = new Array(500).fill(a); return f(b, c, d, e, g, h, big) + big.length; }; return f(1, 2, 3, 4, 5, 6, 7)',
    orElse: [{ ending: 'STACK_OVERFLOW', why: 'the stack ends first' }],
  },
  {
    name: 'deep recursion that catches',
    code: 'const keep = []; const f = () => { keep.push(new Array(2000).fill(1)); try { f(); } catch { f(); } }; f()',
    orElse: [
      { ending: 'TIMEOUT', why: 'it never comes back' },
      { ending: 'STACK_OVERFLOW', why: 'the last overflow is not caught' },
    ],
  },
  {
    name: 'console lines',
    code: 'for (let i = 0; ; i++) console.log("line " + i + "x".repeat(10_000))',
    orElse: [{ ending: 'TIMEOUT', why: 'lines over the cap are dropped' }],
  },
  {
    name: 'one console line',
    code: 'const s = "x".repeat(1e7); for (;;) console.log(s, [s, s], { s })',
    orElse: [{ ending: 'TIMEOUT', why: 'lines over the cap are dropped' }],
  },
  {
    name: 'timers',
    code: 'for (;;) try { setTimeout(() => {}, 1e6, new Array(100).fill(1)); } catch {}',
    orElse: [{ ending: 'TIMEOUT', why: 'timers over maxTimers are refused' }],
  },
  {
    name: 'timers set and cleared',
    code: 'for (;;) clearTimeout(setTimeout(() => {}, 1e6))',
    orElse: [{ ending: 'TIMEOUT', why: 'nothing is kept' }],
  },
  {
    name: 'calls',
    code: 'for (;;) never({ n: 1 }).catch(() => {})',
    orElse: [{ ending: 'TIMEOUT', why: 'calls over maxCalls are refused' }],
  },
  {
    name: 'calls with large arguments',
    code: 'for (let i = 0; i < 5000; i++) never({ text: "x".repeat(1e6) }); await new Promise(() => {})',
    orElse: [{ ending: 'TIMEOUT', why: 'writing that much text takes long' }],
  },
  {
    name: 'calls with large arguments from turn to turn',
    code: 'for (let i = 0; ; i++) await echo({ i, text: "x".repeat(1e6) })',
    orElse: [
      { ending: 'TIMEOUT', why: 'nothing is kept' },
      { ending: 'own', why: 'maxCalls is reached' },
    ],
  },
  {
    name: 'unhandled rejections',
    code: 'for (let i = 0; ; i++) Promise.reject(new Error("x".repeat(1000) + i))',
    orElse: [{ ending: 'TIMEOUT', why: 'an engine may forget what nobody holds' }],
  },
  {
    name: 'rejections from turn to turn',
    code: 'for (;;) { for (let i = 0; i < 100; i++) Promise.reject(new Error("x".repeat(1000))); await echo({}); }',
    orElse: [
      { ending: 'TIMEOUT', why: 'nothing is kept' },
      { ending: 'own', why: 'maxCalls is reached' },
    ],
  },
  {
    name: 'a large result',
    code: 'return new Array(1000).fill("x".repeat(100_000))',
    orElse: [{ ending: 'RETURN_TOO_LARGE', why: 'maxReturnBytes is reached first' }],
  },
  {
    name: 'a result that doubles as it is read',
    code: 'let a = "x".repeat(1000); for (let i = 0; i < 40; i++) a = [a, a]; return a',
    orElse: [
      { ending: 'RETURN_TOO_LARGE', why: 'maxReturnBytes is reached first' },
      { ending: 'TIMEOUT', why: 'reading it takes too long' },
      { ending: 'RESULT_NOT_SERIALIZABLE', why: 'the text would be longer than a string may be' },
    ],
  },
  {
    name: 'a large error',
    code: 'throw new Error("x".repeat(5e6), { cause: new AggregateError(Array(100).fill(new Error("y".repeat(1e6)))) })',
    orElse: [{ ending: 'own', why: 'errors are cut' }],
  },
  {
    name: 'generated source',
    code: 'let s = "1"; for (;;) { s += ",".concat(s); eval("[" + s + "]"); }',
    orElse: [
      { ending: 'STACK_OVERFLOW', why: 'compilers recurse' },
      { ending: 'own', why: 'an engine limits what it compiles' },
    ],
  },
  {
    name: 'generated functions',
    code: 'eval("function f(){" + "var a = {x:[1,2,3]};".repeat(300_000) + "} f()")',
    orElse: [{ ending: 'own', why: 'it may fit' }],
  },
  {
    name: 'formatters of Intl',
    code: 'const all = []; for (let i = 0; ; i++) { if (typeof Intl === "undefined") { all.push(new Array(1000)); continue; } const f = new Intl.DateTimeFormat(["en", "de", "fr", "ja", "ar"][i % 5], { dateStyle: "full" }); f.format(i); all.push(f); }',
    orElse: [{ ending: 'TIMEOUT', why: 'making them is slow' }],
  },
  {
    name: 'segments and collations',
    code: 'const all = []; const s = "a b ".repeat(1e5); for (;;) { s.normalize("NFD"); all.push(s.localeCompare("a b ".repeat(1e5) + all.length), [s.toLocaleUpperCase("tr")]); }',
    orElse: [{ ending: 'TIMEOUT', why: 'making them is slow' }],
  },
  {
    name: 'a sort of much',
    code: 'const a = Array.from({ length: 3e6 }, (_, i) => String(i)); return a.sort().length',
    orElse: [
      { ending: 'own', why: 'it may fit' },
      { ending: 'TIMEOUT', why: 'it is slow' },
    ],
  },
];
