import type { Endless } from './phase.ts';

/** Guest code that does not return, in the first turn. */
export const SYNCHRONOUS: readonly Endless[] = [
  { name: 'a loop', code: 'while (true) {}' },
  {
    name: 'a loop that catches everything',
    code: 'for (;;) { try { for (;;) { try { throw 1; } catch {} finally { continue; } } } catch {} }',
  },
  { name: 'a loop in finally', code: 'try { return 1; } finally { while (true) {} }' },
  { name: 'a loop in generated code', code: 'eval("for (;;) {}")' },
  { name: 'a loop in a function made from text', code: 'new Function("for (;;) {}")()' },
  {
    name: 'recursion that catches its overflow for ever',
    code: 'const f = () => { try { f(); } finally { f(); } }; f();',
    orElse: ['STACK_OVERFLOW'],
  },
  { name: 'an endless generator', code: 'function* g() { for (;;) yield 1; } for (const x of g()) {}' },
  {
    name: 'an endless iterator given to a built-in',
    code: 'new Set({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) })',
  },
  { name: 'a catastrophic regular expression', code: 'return /^(a+)+$/.test("a".repeat(40) + "b")' },
  { name: 'a catastrophic regular expression over a long string', code: 'return /(x+x+)+y/.exec("x".repeat(5000))' },
  { name: 'a regular expression with nested lookaheads', code: 'return /^(?:(?=(a+))\\1?)*b/.test("a".repeat(60000))', orElse: ['own'] },
  {
    name: 'a replace with a catastrophic expression',
    code: 'return "a".repeat(60).replace(/(a|a?)+$/g, "").replace(/^(([a-z])+.)+[A-Z]([a-z])+$/, "")',
    orElse: ['own'],
  },
  { name: 'a sort that calls back for ever', code: '[3, 1, 2].sort(() => { for (;;) {} })' },
  { name: 'one native call over a length of 2^53', code: 'return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)' },
  {
    name: 'one native fill over a length of 2^53',
    code: 'Array.prototype.fill.call(new Proxy({}, { get: (t, k) => (k === "length" ? 2 ** 53 - 1 : 0), set: () => true }), 1)',
  },
  { name: 'a native join of nothing', code: 'return new Array(2 ** 32 - 1).join("").length', orElse: ['own', 'MEMORY_LIMIT'] },
  {
    name: 'a native reverse of a sparse giant',
    code: 'return Array.prototype.reverse.call({ length: 2 ** 53 - 1 })',
    orElse: ['own', 'MEMORY_LIMIT'],
  },
  {
    name: 'a native search for what is not there',
    code: 'const s = "a".repeat(2 ** 24); for (;;) s.lastIndexOf("a".repeat(5000) + "b")',
    orElse: ['MEMORY_LIMIT'],
  },
  { name: 'big integers that grow', code: 'let x = 3n; for (;;) x = (x * x) % (1n << 60000n) + 1n', orElse: ['own', 'MEMORY_LIMIT'] },
  {
    name: 'one division of big integers',
    code: 'const a = (1n << 8000000n) - 1n; for (;;) a / ((1n << 4000000n) - 3n)',
    orElse: ['own', 'MEMORY_LIMIT'],
  },
  { name: 'a big integer as text', code: 'return ((1n << 12000000n) - 1n).toString().length', orElse: ['own', 'MEMORY_LIMIT'] },
  {
    name: 'a getter that calls itself through a proxy',
    code: 'const p = new Proxy({}, { get: (t, k, r) => { for (;;) {} } }); return p.x',
  },
  {
    name: 'an endless prototype chain of traps',
    code: 'const p = new Proxy({}, { getPrototypeOf: () => { for (;;) {} } }); return p instanceof Object',
  },
  { name: 'a label and a jump', code: 'a: for (;;) { for (;;) continue a; }' },
  { name: 'parsing JSON for ever', code: 'const text = JSON.stringify(Array(1000).fill({ a: [1, 2, 3] })); for (;;) JSON.parse(text)' },
  { name: 'a reviver that never returns', code: 'JSON.parse("[1]", () => { for (;;) {} })' },
  { name: 'an endless error stack', code: 'Error.prepareStackTrace = () => { for (;;) {} }; new Error("x").stack; for (;;) {}' },
  { name: 'an endless conversion', code: 'return +{ valueOf() { for (;;) {} } }' },
];

/** Guest code that returns and comes back, within a turn or from turn to turn. */
export const REPEATING: readonly Endless[] = [
  { name: 'microtasks that make microtasks', code: 'const f = () => Promise.resolve().then(f); f(); await new Promise(() => {})' },
  { name: 'queueMicrotask for ever', code: 'const f = () => queueMicrotask(f); f(); await new Promise(() => {})' },
  { name: 'an async function that awaits for ever', code: 'for (;;) await null' },
  { name: 'a thenable that resolves with itself anew', code: 'const next = () => ({ then(ok) { ok(next()); } }); await next()' },
  { name: 'an endless async generator', code: 'async function* g() { for (;;) yield 1; } for await (const x of g()) {}' },
  { name: 'a loop after an await', code: 'await null; for (;;) {}' },
  { name: 'a loop in a promise callback', code: 'await Promise.resolve().then(() => { for (;;) {} })' },
  {
    name: 'a loop in an unhandled rejection',
    code: 'Promise.reject({ get name() { for (;;) {} }, get message() { for (;;) {} }, toString() { for (;;) {} } }); await new Promise((resolve) => setTimeout(resolve, 5)); for (;;) {}',
  },
  { name: 'a loop in a catch of a promise', code: 'await Promise.reject(1).catch(() => { for (;;) {} })' },
  { name: 'a timer for ever', code: 'for (;;) await new Promise((resolve) => setTimeout(resolve, 0))' },
  { name: 'an interval that nothing clears', code: 'setInterval(() => {}, 1); await new Promise(() => {})' },
  { name: 'a loop in a timer', code: 'await new Promise(() => setTimeout(() => { for (;;) {} }, 1))' },
  { name: 'a timer that is far away', code: 'await new Promise((resolve) => setTimeout(resolve, 1e9))' },
];

/** Waiting for tools, and looping around them. */
export const WAITING: readonly Endless[] = [
  { name: 'a tool that never settles', code: 'await never({})' },
  { name: 'a hundred tools that never settle', code: 'await Promise.all(Array.from({ length: 100 }, () => never({})))' },
  { name: 'a loop while a tool runs', code: 'const p = never({}); for (;;) {}' },
  { name: 'a loop after a tool', code: 'await echo({}); for (;;) {}' },
  { name: 'a loop after a failed tool', code: 'try { await fail({}); } catch { for (;;) {} }' },
  { name: 'tools for ever', code: 'for (;;) await echo({ n: 1 })' },
  { name: 'a microtask loop while a tool runs', code: 'never({}); for (;;) await null' },
  { name: 'a timer while a tool runs', code: 'never({}); for (;;) await new Promise((resolve) => setTimeout(resolve, 1))' },
  { name: 'a then of a tool result that never returns', code: 'Object.prototype.then = function () { for (;;) {} }; await echo({})' },
  { name: 'a tool slower than the budget', code: 'for (;;) await slow({})' },
];
