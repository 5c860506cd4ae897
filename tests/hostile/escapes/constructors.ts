import type { Attack } from './attack.ts';

/** vm2's and every other sandbox's first hole: a value of the host, and the way from it to the host's `Function`. */
export const CONSTRUCTORS: readonly Attack[] = [
  { name: 'everything on the global object', code: `suspect(globalThis, 'globalThis');` },
  {
    name: 'this at the top level and in sloppy functions',
    code: `suspect(this); suspect(Function('return this')()); suspect((0, eval)('this'));`,
  },
  {
    name: 'constructor.constructor of every kind of value',
    code: `
for (const value of [{}, [], '', 1, true, 1n, Symbol(), /x/, () => {}, async () => {}, function* () {}, async function* () {}, class {}, new Error(),
  new Map(), new Set(), new WeakMap(), Promise.resolve(), new Proxy({}, {}), new Date(), new Uint8Array(1), new ArrayBuffer(1), Math, JSON, Reflect,
  [][Symbol.iterator](), new Map()[Symbol.iterator](), 'x'.matchAll(/x/g), (function () { return arguments; })()]) {
  harm(value.constructor.constructor);
  suspect(value);
}`,
  },
  {
    name: 'a tool, its promise and its result',
    code: `
suspect(echo, 'echo');
const promise = echo({ a: [1, { b: 2 }] });
suspect(promise, 'promise');
suspect(await promise, 'result');
suspect(await give({ what: 'instance' }), 'instance');
suspect(await give({ what: 'functions' }), 'functions');
suspect(await give({ what: 'buffer' }), 'buffer');
suspect(await give({ what: 'date' }), 'date');
suspect(await give({ what: 'nested' }), 'nested');`,
  },
  {
    name: 'a tool called with foreign receivers and by every caller there is',
    code: `
for (const receiver of [undefined, null, globalThis, echo, Function, {}]) {
  await caughtLater(() => echo.call(receiver, { x: 1 }));
  await caughtLater(() => Reflect.apply(echo, receiver, [{ x: 1 }, suspect]));
}
caught(() => new echo({}));
caught(() => Reflect.construct(echo, [{}], Array));
caught(() => Reflect.construct(Object, [], echo));
caught(() => class extends echo {});
suspect(echo.bind(null), 'bound');
suspect(Object.getOwnPropertyDescriptors(echo), 'descriptors');`,
  },
  {
    name: 'console methods, timers and what they return',
    code: `
for (const key of Reflect.ownKeys(console)) {
  suspect(console[key], 'console.' + String(key));
  caught(() => console[key]({ get x() { suspect(this, 'receiver'); return 1; } }));
  caught(() => new console[key]());
}
const timer = setTimeout(function () { suspect(this, 'receiver of a timer'); suspect(arguments, 'arguments of a timer'); }, 0, {}, []);
suspect(timer, 'timer');
suspect(setInterval(() => {}, 1e9), 'interval');
await new Promise((resolve) => setTimeout(resolve, 1));
clearTimeout({ valueOf() { suspect(this); return 1; } });
await new Promise((resolve) => queueMicrotask(function () { suspect(this); resolve(); }));`,
  },
  {
    name: 'the portable globals, their classes and instances',
    code: `
const url = new URL('https://user@example.org:8080/a?b=c#d');
const abort = new AbortController();
for (const value of [url, url.searchParams, new TextEncoder(), new TextDecoder(), abort, abort.signal, crypto, crypto.subtle, performance, structuredClone,
  new TextEncoder().encode('x'), structuredClone({ a: [new Date(0), new Map([[1, 2]])] }), crypto.getRandomValues(new Uint8Array(4))]) suspect(value);
abort.signal.addEventListener('abort', function (event) { suspect(this, 'listener'); suspect(event, 'event'); });
abort.abort();
suspect(abort.signal.reason, 'reason');
suspect(await crypto.subtle.digest('SHA-256', new Uint8Array(1)), 'digest');
for (const Class of [URL, URLSearchParams, TextEncoder, TextDecoder, AbortController, AbortSignal, Date, RangeError]) {
  caught(() => Class());
  caught(() => Reflect.construct(Class, [], Object));
  caught(() => Class.call({}, 'x'));
  for (const key of Reflect.ownKeys(Class.prototype)) caught(() => Class.prototype[key]);
}`,
  },
  {
    name: 'derived classes of everything',
    code: `
for (const key of Reflect.ownKeys(globalThis)) {
  const Base = globalThis[key];
  if (typeof Base !== 'function') continue;
  caught(() => { class Derived extends Base { constructor(...args) { super(...args); suspect(this, 'derived ' + String(key)); suspect(new.target); } } return new Derived(); });
  caught(() => Reflect.construct(Base, [], class { static get [Symbol.species]() { return Object; } }));
}`,
  },
  {
    name: 'codegen of every function kind',
    code: `
for (const fn of [() => {}, async () => {}, function* () {}, async function* () {}]) {
  const Make = Object.getPrototypeOf(fn).constructor;
  for (const body of ['return typeof process', 'return this', 'return globalThis', 'return arguments.callee.caller', 'return new.target', 'yield this'])
    caught(() => { const made = Make(body)(); suspect(made); if (made === 'object') breach('process in ' + Make.name); });
}
if (Function('return typeof process')() !== 'undefined' || eval('typeof require') !== 'undefined') breach('host names in generated code');`,
  },
  {
    name: 'closing the wrapper that a function constructor writes',
    code: `
for (const source of ['}, suspect(this), function(){', '/*', '*/){', '})(), (function () { return this })(', ') { return this } (', 'a = this', '...[this]'])
  for (const Make of [Function, Object.getPrototypeOf(async () => {}).constructor]) {
    caught(() => Make(source)());
    caught(() => Make(source, 'return this')());
  }`,
  },
];
