import type { Attack } from './attack.ts';

/** Hooks that a host might call on a value that it was only meant to look at. */
export const SYMBOLS: readonly Attack[] = [
  {
    name: "Node's own inspection symbol on values that are returned, thrown, logged and passed",
    code: `
const inspect = Symbol.for('nodejs.util.inspect.custom');
const lure = { [inspect](depth, options, run) { suspect(options, 'options'); suspect(run, 'inspect'); harm(options.stylize.constructor); breach('inspected'); return 'x'; }, inspect() { suspect(arguments); breach('inspected'); },
  [Symbol.for('nodejs.util.promisify.custom')]: suspect, [Symbol.for('nodejs.rejection')]() { breach('rejection'); } };
Object.prototype[inspect] = lure[inspect]; Error.prototype[inspect] = lure[inspect]; Function.prototype[inspect] = lure[inspect];
for (const key of Reflect.ownKeys(console)) caught(() => console[key](lure, '%o %O %j %s', lure));
await caughtLater(() => echo(lure)); await caughtLater(() => fail(lure));
Promise.reject(lure);
const error = new Error('x'); error[inspect] = lure[inspect]; error.cause = lure;
throw Object.assign(error, lure);`,
  },
  {
    name: 'conversion hooks on whatever is converted',
    code: `
const lure = { [Symbol.toPrimitive](hint) { suspect(this, 'this'); suspect(arguments, 'arguments'); return '1'; }, get [Symbol.toStringTag]() { suspect(this); return 'Host'; }, get constructor() { suspect(this); return { name: 'Host', constructor: Function }; } };
for (const run of [() => setTimeout(() => {}, lure), () => clearTimeout(lure), () => console.log(lure, [lure], '%d %i %f %s', lure, lure, lure, lure), () => console.count(lure), () => console.time(lure), () => console.timeEnd(lure),
  () => console.table([lure], lure), () => console.assert(false, lure), () => new URL(lure, lure), () => atob(lure), () => btoa(lure), () => new TextDecoder(lure), () => structuredClone(lure, lure), () => new Date(lure, lure), () => crypto.subtle.digest(lure, lure), () => AbortSignal.timeout(lure),
  () => new AbortController().abort(lure), () => new URLSearchParams({ a: lure }), () => Symbol(lure), () => performance.now(lure)]) await caughtLater(run);
await caughtLater(() => echo(lure));
throw { name: lure, message: lure, stack: lure, code: lure, toString() { suspect(this); return lure; } };`,
  },
  {
    name: 'hasInstance, isConcatSpreadable, iterator and species on the built-ins',
    code: `
Object.defineProperty(Error, Symbol.hasInstance, { configurable: true, value(value) { suspect(value, 'hasInstance'); return true; } });
Object.defineProperty(Promise, Symbol.hasInstance, { configurable: true, value(value) { suspect(value, 'hasInstance'); return false; } });
Array.prototype[Symbol.isConcatSpreadable] = true;
const { iterator } = Symbol; const values = Array.prototype[iterator];
Array.prototype[iterator] = function () { suspect(this, 'iterated'); return values.call(this); };
String.prototype[iterator] = function* () { suspect(this, 'iterated'); };
Map.prototype[iterator] = function* () { suspect(this, 'iterated'); };
console.log([1], new Error('x'), new Map([[1, 2]])); await caughtLater(() => echo([1])); await caughtLater(() => fail({ how: 'error' })); caught(() => structuredClone([new Map()])); caught(() => new URLSearchParams([['a', 'b']]));
Array.prototype[iterator] = values;
throw { message: 'not an error' };`,
  },
  {
    name: 'string and regular expression hooks',
    code: `
for (const key of ['match', 'replace', 'search', 'split', 'matchAll']) {
  const hook = RegExp.prototype[Symbol[key]];
  RegExp.prototype[Symbol[key]] = function (...args) { suspect(this, key); suspect(args, key); return hook.apply(this, args); };
  Object.defineProperty(String.prototype, Symbol[key], { configurable: true, get() { suspect(this, key); return undefined; } });
}
const { exec } = RegExp.prototype;
RegExp.prototype.exec = function (string) { suspect(this, 'exec'); suspect(string, 'exec'); return exec.call(this, string); };
Object.defineProperty(RegExp.prototype, 'flags', { configurable: true, get() { suspect(this, 'flags'); return ''; } });
console.log('a%sb', 'c', /x/g); caught(() => new URL('http://a.b/c?d#e')); caught(() => external_missing); await caughtLater(() => echo({ a: 'b' })); caught(() => new Error('x').stack);
throw new Error('with a stack');`,
  },
  {
    name: 'hostile names, messages, stacks and codes on what is thrown',
    code: `
class Hostile extends Error {
  get name() { suspect(this, 'name'); return { toString() { suspect(this); return 'x'; } }; } get message() { suspect(this); return new Proxy({}, {}); } get stack() { suspect(this); return ['a']; } get code() { suspect(this); return Symbol(); }
  get cause() { suspect(this); return this; } get errors() { suspect(this); return { length: 1e9, get 0() { suspect(this); return globalThis; } }; } toString() { suspect(this); return {}; } toJSON() { suspect(this); return this; }
}
console.log(new Hostile()); Promise.reject(new Hostile()); setTimeout(() => { throw new Hostile(); }, 0);
await new Promise((resolve) => setTimeout(resolve, 1));
throw new Hostile();`,
  },
  {
    name: 'well-known and registered symbols of hosts',
    code: `
for (const name of ['nodejs.util.inspect.custom', 'nodejs.dispose', 'nodejs.asyncDispose', 'isomux.error', 'nodejs.worker_threads', 'undici.globalDispatcher.1', 'vm2', 'ivm', 'quickjs', 'deno.internal', 'Symbol.dispose']) {
  const symbol = Symbol.for(name);
  for (const holder of [globalThis, console, Error, Error.prototype, Object.prototype, Function.prototype, Promise, echo]) if (Reflect.has(holder, symbol)) breach(name);
  Object.prototype[symbol] = true;
}
suspect(await echo({}), 'result'); suspect(await caughtLater(() => fail({ how: 'error' })), 'error');
throw { [Symbol.for('isomux.error')]: true, code: 'DRIVER_CLOSED', name: 'IsomuxError', message: 'forged' };`,
  },
];
