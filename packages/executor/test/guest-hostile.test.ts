import { expect, it } from 'vitest';
import { describeOnEngines, type RunProgram } from './engines.ts';
import type { Recording } from './scripted-driver.ts';

const tools = {
  external_echo: (x: unknown) => x,
  external_bad: () => Promise.reject(Object.assign(new Error('no'), { name: 'ToolError', code: 'C' })),
};

/** For a guest that has broken its own `await`: nothing but statements. */
const SYNCHRONOUS = `
console.log('line', { a: 1 }, 2);
console.error(10n, undefined);
external_echo({ x: 1 });
setTimeout(() => {}, 1);
return 'done';`;

/** Uses no built-in of its own, so that whatever goes wrong is the runtime's doing. */
const AWAITING = `
console.log('line', { a: 1 }, 2);
const got = await external_echo({ x: 1 });
let failure;
try { await external_bad() } catch (e) { failure = e }
let fired = false;
await { then(resolve) { setTimeout(() => { fired = true; resolve() }, 1) } };
let interval = 0;
await { then(resolve) { const id = setInterval(() => { interval += 1; if (interval === 2) { clearInterval(id); resolve() } }, 1) } };
let micro = false;
await { then(resolve) { queueMicrotask(() => { micro = true; resolve() }) } };
let refused;
try { await external_echo(1n) } catch (e) { refused = e.code }
console.log('end');
return { got: got.x, name: failure.name, message: failure.message, code: failure.code, fired, interval, micro, refused };`;

const THROWING = `await null; throw { name: 'Mine', message: 'm', code: 'C' };`;

const PRELUDE = `const boom = () => { throw 'a patched built-in was called' }; const define = Object.defineProperty; const trap = { get: boom, set: boom, configurable: true };`;

async function expectSynchronous(run: RunProgram, patch: string): Promise<void> {
  const recording = await run(`${PRELUDE}\n${patch}\n${SYNCHRONOUS}`, { tools });
  expect(recording.error).toBeUndefined();
  expect(recording.value).toBe('done');
  expect(recording.logs).toEqual([
    'line {"a":1} 2',
    'ERROR: 10n undefined',
    'WARN: Tool call external_echo was still running when the program ended',
  ]);
  expect(recording.calls).toEqual([{ id: 0, tool: 'external_echo', argument: '{"x":1}' }]);
}

async function expectAwaiting(run: RunProgram, patch: string): Promise<void> {
  const recording: Recording = await run(`${PRELUDE}\n${patch}\n${AWAITING}`, { tools });
  expect(recording.error).toBeUndefined();
  expect(recording.value).toEqual({
    got: 1,
    name: 'ToolError',
    message: 'no',
    code: 'C',
    fired: true,
    interval: 2,
    micro: true,
    refused: 'ARGUMENT_NOT_SERIALIZABLE',
  });
  expect(recording.logs).toEqual(['line {"a":1} 2', 'end']);
  const thrown = await run(`${PRELUDE}\n${patch}\n${THROWING}`, { tools });
  expect(thrown.error).toMatchObject({ name: 'Mine', message: 'm', code: 'C' });
}

/** Replaces every function and accessor that an object holds itself. */
const SCORCH = `const scorch = (target) => { const keys = Reflect.ownKeys(target); for (let i = 0; i < keys.length; i++) { const key = keys[i]; if (key === 'constructor' || key === 'prototype') continue; const own = Object.getOwnPropertyDescriptor(target, key); if (!own.configurable) continue; if ('value' in own ? typeof own.value === 'function' : true) todo[todo.length] = [target, key, 'value' in own]; } };
const todo = []; const burn = () => { for (let i = 0; i < todo.length; i++) define(todo[i][0], todo[i][1], todo[i][2] ? { value: boom, writable: true, configurable: true } : trap) };`;

const patches: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['Promise.prototype.then', 'Promise.prototype.then = boom'],
  ['Promise.prototype.then as a getter', 'define(Promise.prototype, "then", trap)'],
  ['Promise.prototype.catch and finally', 'Promise.prototype.catch = Promise.prototype.finally = boom'],
  ['Promise statics', 'Promise.resolve = Promise.reject = Promise.all = Promise.race = boom'],
  ['Promise[Symbol.species]', 'define(Promise, Symbol.species, trap)'],
  ['Promise[Symbol.species] as a constructor', 'define(Promise, Symbol.species, { value: function () { throw 1 } })'],
  ['the global Promise', 'globalThis.Promise = undefined'],
  ['Array.prototype methods', `${SCORCH} scorch(Array.prototype); burn()`],
  ['Array indices', 'for (let i = 0; i < 20; i++) define(Array.prototype, i, trap)'],
  ['Array.prototype[Symbol.iterator]', 'Array.prototype[Symbol.iterator] = boom'],
  [
    'the iterator prototypes',
    'Object.getPrototypeOf([][Symbol.iterator]()).next = boom; Object.getPrototypeOf(""[Symbol.iterator]()).next = boom; Object.getPrototypeOf(new Map().entries()).next = boom',
  ],
  ['Array[Symbol.species]', 'define(Array, Symbol.species, trap)'],
  ['Array.isArray and from', 'Array.isArray = Array.from = Array.of = boom'],
  ['JSON', 'JSON.stringify = JSON.parse = boom; globalThis.JSON = null'],
  ['Math', `${SCORCH} scorch(Math); burn(); globalThis.Math = null`],
  ['String.prototype', `${SCORCH} scorch(String.prototype); burn()`],
  [
    'Number.prototype, Boolean.prototype, BigInt.prototype, Symbol.prototype',
    `${SCORCH} scorch(Number.prototype); scorch(Boolean.prototype); scorch(BigInt.prototype); scorch(Symbol.prototype); burn()`,
  ],
  ['RegExp.prototype', `${SCORCH} scorch(RegExp.prototype); burn()`],
  [
    'Map, Set, WeakMap and WeakSet',
    `${SCORCH} scorch(Map.prototype); scorch(Set.prototype); scorch(WeakMap.prototype); scorch(WeakSet.prototype); burn(); globalThis.Map = globalThis.Set = null`,
  ],
  ['Reflect', `${SCORCH} scorch(Reflect); burn(); globalThis.Reflect = null`],
  ['Object statics', `${SCORCH} scorch(Object); burn(); globalThis.Object = null`],
  ['Function.prototype', `${SCORCH} scorch(Function.prototype); burn(); globalThis.Function = null`],
  ['Date', `${SCORCH} scorch(Date.prototype); scorch(Date); burn(); globalThis.Date = null`],
  [
    'typed arrays and buffers',
    `${SCORCH} scorch(Object.getPrototypeOf(Uint8Array.prototype)); scorch(ArrayBuffer.prototype); burn(); globalThis.Uint8Array = null`,
  ],
  ['Error constructors', 'globalThis.Error = globalThis.TypeError = globalThis.RangeError = globalThis.ReferenceError = boom'],
  [
    'Error.prototype',
    'for (const key of ["name", "message", "toString", "code", "cause", "errors", "stack"]) define(Error.prototype, key, trap)',
  ],
  [
    'Error[Symbol.hasInstance]',
    'define(Error, Symbol.hasInstance, { value: boom }); define(TypeError, Symbol.hasInstance, { value: boom })',
  ],
  ['Error.prepareStackTrace that throws', 'Error.prepareStackTrace = boom'],
  ['Error.prepareStackTrace that lies', 'Error.prepareStackTrace = () => ({ toString: boom, split: boom, get length() { throw 1 } })'],
  ['Error.stackTraceLimit', 'Error.stackTraceLimit = 0'],
  ['Error.stackTraceLimit as junk', 'Error.stackTraceLimit = { valueOf: boom }'],
  ['Error.stackTraceLimit as a getter', 'define(Error, "stackTraceLimit", trap)'],
  ['Error.stackTraceLimit without end', 'Error.stackTraceLimit = Infinity'],
  ['Error.captureStackTrace', 'Error.captureStackTrace = boom'],
  ['Symbol', 'globalThis.Symbol = null'],
  ...[
    'value',
    'get',
    'set',
    'writable',
    'enumerable',
    'configurable',
    'name',
    'message',
    'code',
    'stack',
    'cause',
    'errors',
    'length',
    'ok',
    'text',
    'reason',
    'c',
    't',
    'x',
    'd',
    'n',
    'i',
    'tool',
    'resolve',
    'reject',
    'site',
    'run',
    'args',
    'up',
    '0',
    '1',
    'undefined',
    'lineNumber',
    'timeZone',
    'index',
    'groups',
    'done',
    'next',
  ].map(
    (key) =>
      [
        `Object.prototype.${key} as an accessor`,
        `define(Object.prototype, '${key}', { __proto__: null, get: boom, set: boom, configurable: true })`,
      ] as const,
  ),
  ...['value', 'get', 'set', 'writable', 'enumerable', 'configurable', 'code', 'cause', 'errors', 'stack', '0'].map(
    (key) => [`Object.prototype.${key} as a value`, `Object.prototype['${key}'] = 'polluted'`] as const,
  ),
  ['Object.prototype, all of it', `${SCORCH} scorch(Object.prototype); burn()`],
  [
    'prototypes of prototypes',
    'const hole = new Proxy({}, { get: boom, has: boom, set: boom, getOwnPropertyDescriptor: boom }); for (const target of [Array.prototype, Promise.prototype, Error.prototype, Function.prototype, String.prototype, Map.prototype, RegExp.prototype, Date.prototype]) Object.setPrototypeOf(target, hole)',
  ],
  [
    'everything frozen',
    'for (const key of Reflect.ownKeys(globalThis)) { const value = typeof key === "string" && key !== "globalThis" ? globalThis[key] : 0; if (typeof value === "function" || typeof value === "object" && value !== null) { Object.freeze(value); if (value.prototype) Object.freeze(value.prototype) } }',
  ],
  [
    'every global deleted',
    'const keep = { console, setTimeout, setInterval, clearInterval, queueMicrotask, external_echo, external_bad }; const remove = Reflect.deleteProperty, assign = Object.assign; const world = globalThis; for (const key of Reflect.ownKeys(world)) remove(world, key); assign(world, keep)',
  ],
  [
    'every method of every built-in',
    `${SCORCH} const names = Reflect.ownKeys(globalThis); for (let i = 0; i < names.length; i++) { const name = names[i]; if (typeof name === 'symbol' || name === 'globalThis' || name === 'console' || name.startsWith('external_')) continue; const value = globalThis[name]; if (typeof value !== 'function' && (typeof value !== 'object' || value === null)) continue; scorch(value); if (typeof value === 'function' && value.prototype) scorch(value.prototype) } burn()`,
  ],
];

/** What breaks the guest's own `await` as well. */
const breaking: readonly (readonly [string, string])[] = [
  ['Promise.prototype.constructor', 'define(Promise.prototype, "constructor", trap)'],
  ['Promise.prototype.constructor as another', 'Promise.prototype.constructor = function () { throw 1 }'],
  ['Object.prototype.then', 'define(Object.prototype, "then", { get: boom, configurable: true })'],
  ['Object.prototype.constructor', 'define(Object.prototype, "constructor", trap)'],
];

describeOnEngines('a guest that has patched', (run) => {
  it.each(patches)('%s has the runtime as it was', async (_what, patch) => {
    await expectSynchronous(run, patch);
    await expectAwaiting(run, patch);
  });

  it.each(breaking)('%s has the runtime as it was', async (_what, patch) => {
    await expectSynchronous(run, patch);
  });

  it('Object.prototype.toJSON gets what it asked for, and nothing breaks', async () => {
    const { value, logs } = await run(
      'Object.prototype.toJSON = () => "own"; console.log({ a: 1 }, "text"); return { got: await external_echo({ x: 1 }) }',
      { tools },
    );
    expect(logs).toEqual(['own text']);
    expect(value).toBe('own');
  });

  it('String.prototype.toJSON or Number.prototype.toJSON cannot touch the envelope', async () => {
    const { error } = await run(
      'String.prototype.toJSON = () => { throw 1 }; Number.prototype.toJSON = () => 5; Boolean.prototype.toJSON = () => 6; throw new Error("m")',
      { tools },
    );
    expect(error).toMatchObject({ name: 'Error', message: 'm' });
    const { calls, logs } = await run(
      'String.prototype.toJSON = () => 7; console.log({ a: "text" }, ["b"]); await external_echo({ key: 1 })',
      { tools },
    );
    expect(calls[0]?.argument).toBe('{"key":1}');
    expect(logs).toEqual(['{"a":"text"} ["b"]']);
  });

  it('everything gets the next program a world as new', async () => {
    await run(`${PRELUDE} ${patches.at(-1)?.[1] ?? ''}`, { tools });
    expect((await run('return [1, 2].map((x) => x * 2).join()')).value).toBe('2,4');
  });
});
