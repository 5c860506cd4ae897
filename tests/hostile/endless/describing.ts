import type { Endless } from './phase.ts';

const LOOP = '{ for (;;) {} }';
/** A value that is deeper the deeper one looks. */
const BOTTOMLESS = 'const deeper = () => ({ get a() { return deeper(); } });';
const ENDLESS_KEYS = 'const keys = new Proxy({}, { ownKeys: () => { for (;;) {} } });';
const ENDLESS_ARRAY = 'const items = new Proxy([], { get: (t, k) => (k === "length" ? 2 ** 32 - 1 : k === "toJSON" ? undefined : 1) });';

/** Making JSON of what was returned, or given to a tool. */
export const SERIALISING: readonly Endless[] = [
  { name: 'a toJSON of the result', code: `return { toJSON() ${LOOP} }` },
  { name: 'a getter of the result', code: `return { get a() ${LOOP} }` },
  { name: 'a getter deep in the result', code: `return [{ a: [{ get b() ${LOOP} }] }]` },
  { name: 'keys of a returned proxy', code: `${ENDLESS_KEYS} return keys` },
  {
    name: 'a returned array that never ends',
    code: `${ENDLESS_ARRAY} return items`,
    orElse: ['MEMORY_LIMIT', 'RESULT_NOT_SERIALIZABLE', 'RETURN_TOO_LARGE'],
  },
  {
    name: 'a result without a bottom',
    code: `${BOTTOMLESS} return deeper()`,
    orElse: ['RESULT_NOT_SERIALIZABLE', 'STACK_OVERFLOW', 'MEMORY_LIMIT'],
  },
  {
    name: 'a toJSON that gives a new toJSON',
    code: 'const again = () => ({ toJSON: () => ({ a: again() }) }); return again()',
    orElse: ['RESULT_NOT_SERIALIZABLE', 'STACK_OVERFLOW', 'MEMORY_LIMIT'],
  },
  { name: 'a toJSON on the prototype of everything', code: `Object.prototype.toJSON = function () ${LOOP}; return {}` },
  { name: 'a toJSON of the argument', code: `await echo({ toJSON() ${LOOP} })` },
  { name: 'a getter of the argument', code: `await echo({ get a() ${LOOP} })` },
  { name: 'keys of a proxy as the argument', code: `${ENDLESS_KEYS} await echo(keys)` },
  { name: 'an argument that never ends', code: `${ENDLESS_ARRAY} await echo(items)`, orElse: ['MEMORY_LIMIT', 'own'] },
  {
    name: 'a circle that is walked again and again to find it',
    code: 'const a = []; let b = a; for (let i = 0; i < 500; i++) { const c = [a, b]; b = c; } a.push(b, 1n); return a',
    orElse: ['RESULT_NOT_SERIALIZABLE'],
  },
  {
    name: 'a lattice of shared parts',
    code: 'let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return a',
    orElse: ['MEMORY_LIMIT', 'RESULT_NOT_SERIALIZABLE', 'RETURN_TOO_LARGE'],
  },
  {
    name: 'a lattice of shared parts with what has no JSON at its end',
    code: 'let a = [1n]; for (let i = 0; i < 60; i++) a = [{ get a() { return 1; } }, a, a]; return a',
    orElse: ['RESULT_NOT_SERIALIZABLE'],
  },
];

/** Describing what was thrown. */
export const CAPTURING: readonly Endless[] = [
  ...['name', 'message', 'stack', 'code', 'cause', 'errors'].map((field): Endless => ({
    name: `a getter ${field} of the error`,
    code: `throw Object.defineProperty(new Error('x'), '${field}', { get() ${LOOP} })`,
    ...(field === 'errors' ? { orElse: ['own'] } : {}),
  })),
  ...['name', 'message', 'stack', 'code'].map((field): Endless => ({
    name: `a getter ${field} of a thrown object`,
    code: `throw { get ${field}() ${LOOP} }`,
    ...(field === 'stack' ? { orElse: ['own'] } : {}),
  })),
  { name: 'an inherited getter of an error class', code: `throw new (class extends Error { get message() ${LOOP} })()` },
  { name: 'a toString of a thrown object', code: `throw { toString() ${LOOP}, toJSON() ${LOOP}, get message() ${LOOP} }` },
  { name: 'traps of a thrown proxy', code: `throw new Proxy({}, { get() ${LOOP}, getPrototypeOf() ${LOOP}, ownKeys() ${LOOP} })` },
  {
    name: 'traps of a thrown proxy of an error',
    code: `throw new Proxy(new Error('x'), { get() ${LOOP}, getPrototypeOf() ${LOOP}, getOwnPropertyDescriptor() ${LOOP} })`,
  },
  { name: 'a circle of causes', code: 'const a = new Error("a"), b = new Error("b", { cause: a }); a.cause = b; throw a', orElse: ['own'] },
  {
    name: 'a tree of aggregates',
    code: 'let e = new Error("leaf"); for (let i = 0; i < 60; i++) e = new AggregateError([e, e, e, e, e, e, e, e, e, e], "many"); throw e',
    orElse: ['own'],
  },
  {
    name: 'a chain of endless causes',
    code: 'const next = () => Object.defineProperty(new Error("x"), "cause", { get: () => next() }); throw next()',
    orElse: ['own'],
  },
  { name: 'a prepareStackTrace', code: `Error.prepareStackTrace = () => ${LOOP}; throw new Error('x')`, orElse: ['own'] },
  {
    name: 'a hasInstance of Error',
    code: `Object.defineProperty(Error, Symbol.hasInstance, { value() ${LOOP} }); throw {}`,
    orElse: ['own'],
  },
  {
    name: 'an error thrown while an error is described',
    code: `throw { get message() { throw { get message() ${LOOP} } }, toString() ${LOOP}, toJSON() ${LOOP} }`,
    orElse: ['own'],
  },
];

/** Formatting for the console. */
export const FORMATTING: readonly Endless[] = [
  { name: 'a toJSON that is logged', code: `console.log({ toJSON() ${LOOP} })` },
  { name: 'a getter toJSON that is logged', code: `console.log({ get toJSON() ${LOOP} })` },
  { name: 'keys of a logged proxy', code: `${ENDLESS_KEYS} console.log(keys)` },
  { name: 'an array that never ends', code: `${ENDLESS_ARRAY} console.log(items); for (;;) {}` },
  { name: 'the name of a logged error', code: `console.log(Object.defineProperty(new Error('x'), 'name', { get() ${LOOP} }))` },
  {
    name: 'traps of a logged proxy',
    code: `console.log(new Proxy({}, { get() ${LOOP}, getPrototypeOf() ${LOOP}, getOwnPropertyDescriptor() ${LOOP} }))`,
  },
  {
    name: 'a logged lattice of shared parts',
    code: 'let a = { x: 1 }; for (let i = 0; i < 60; i++) a = { a, b: a }; for (;;) console.log(a)',
  },
  { name: 'a table of a proxy', code: `${ENDLESS_KEYS} console.table(keys); console.table([keys])` },
  { name: 'a table with getters', code: `console.table([{ get a() ${LOOP} }]); for (;;) {}` },
  { name: 'a table that never ends', code: `${ENDLESS_ARRAY} console.table(items); for (;;) {}` },
  { name: 'lines without end', code: 'for (;;) console.log("line")' },
  { name: 'a console call that calls the console', code: 'console.log({ toJSON() { for (;;) console.log("inner"); } })' },
  {
    name: 'a set that grows while it is shown',
    code: 'const s = new Set(); s.add({ toJSON() { s.add({}); s.add({ toJSON: this.toJSON }); return 1; } }); console.log(s); for (;;) {}',
    orElse: ['MEMORY_LIMIT'],
  },
];

const MEGA = 900_000;

/** Program text that takes long to read. It is made here: the guest's text is what is hostile, not what makes it. */
export function createCompiling(): readonly Endless[] {
  const filled = (before: string, part: string, after: string): string =>
    before + part.repeat(Math.floor((MEGA - before.length - after.length) / part.length)) + after;
  const nested = (open: string, close: string, depth: number, inside = '1'): string =>
    `return ${open.repeat(depth)}${inside}${close.repeat(depth)}`;
  return [
    { name: 'brackets in brackets', code: nested('[', ']', 400_000) },
    { name: 'parentheses in parentheses', code: nested('(', ')', 400_000) },
    { name: 'parentheses around a long list', code: nested('(', ')', 2_000, filled('', '1,', '1')).slice(0, MEGA * 1.1) },
    { name: 'brackets around a long list', code: nested('[', ']', 1_000, filled('', '1,', '1')) },
    { name: 'braces around a long list', code: `${'{'.repeat(1_000)}${filled('', '1;', '')}${'}'.repeat(1_000)}` },
    { name: 'arrow functions whose parameters have defaults', code: `return ${'(a='.repeat(5_000)}1${')=>1'.repeat(5_000)}` },
    { name: 'arrow functions in arrow functions', code: `return ${'()=>'.repeat(200_000)}1` },
    { name: 'functions in functions', code: `${'function f(){'.repeat(30_000)}${'}'.repeat(30_000)}` },
    { name: 'template strings in template strings', code: `return ${'`${'.repeat(100_000)}1${'}`'.repeat(100_000)}` },
    { name: 'destructuring patterns in each other', code: `let ${'[a='.repeat(50_000)}1${']'.repeat(50_000)} = []` },
    { name: 'a long sum', code: filled('return 1', '+1', '') },
    { name: 'a long chain of members', code: filled('return globalThis', '.a', '') },
    { name: 'a long chain of conditions', code: filled('return 1', '?1:1', '') },
    { name: 'operators before operators', code: filled('return ', '- ', '1') },
    { name: 'awaits before awaits', code: filled('return ', 'await ', '1') },
    { name: 'many variables', code: Array.from({ length: 70_000 }, (_, i) => `let v${i}=1;`).join('') },
    { name: 'many functions', code: Array.from({ length: 40_000 }, (_, i) => `function f${i}(){}`).join('') },
    { name: 'many labels', code: `${Array.from({ length: 100_000 }, (_, i) => `l${i}:`).join('')};` },
    { name: 'many cases', code: `switch (1) {${Array.from({ length: 60_000 }, (_, i) => `case ${i}:`).join('')}}` },
    {
      name: 'many keys of one object',
      code: `return Object.keys({${Array.from({ length: 60_000 }, (_, i) => `k${i}:1`).join(',')}}).length`,
    },
    { name: 'a long regular expression', code: `return /${'(a|b)*'.repeat(50_000)}/.test('c')` },
    { name: 'a regular expression of nested groups', code: `return /${'('.repeat(100_000)}${')'.repeat(100_000)}/.test('c')` },
    { name: 'a regular expression of nested repetitions', code: `return /${'(?:'.repeat(25)}a${'{1,9}){1,9}'.repeat(25)}/.test('c')` },
    { name: 'a long number', code: filled('return typeof ', '9', 'n') },
    { name: 'long comments', code: filled('', '/**/', 'return 1') },
    { name: 'a long string with escapes', code: filled('return "', '\\u0041', '".length') },
    { name: 'a body that is not closed', code: filled('', '{', '') },
    {
      name: 'generated code in generated code',
      code: 'let s = "1"; for (let i = 0; i < 16; i++) s = "eval(" + JSON.stringify(s) + ")"; return eval(s)',
    },
  ].map((one): Endless => ({ ...one, compiles: true }));
}
