import type { Attack } from './attack.ts';

/** Promises between two worlds: whoever answers them, and with which functions. */
export const PROMISES: readonly Attack[] = [
  {
    name: 'a patched then sees every promise of the runtime',
    code: `
const { then } = Promise.prototype;
Promise.prototype.then = function (ok, bad) { suspect(this, 'receiver of then'); suspect(ok, 'ok'); suspect(bad, 'bad'); return then.call(this, ok, bad); };
Promise.prototype.catch = function (bad) { suspect(bad, 'bad'); return then.call(this, undefined, bad); };
Promise.prototype.finally = function (run) { suspect(run, 'finally'); return then.call(this, run, run); };
await echo({ a: 1 });
await caughtLater(() => fail({ how: 'error' }));
await new Promise((resolve) => setTimeout(resolve, 1));`,
  },
  {
    name: 'species and constructors of promises',
    code: `
class Spy extends Promise {
  constructor(run) { super((ok, bad) => { suspect(ok, 'resolve'); suspect(bad, 'reject'); suspect(run, 'executor'); run(ok, bad); }); }
  static get [Symbol.species]() { return Spy; }
}
Object.defineProperty(Promise, Symbol.species, { configurable: true, get() { suspect(this, 'species of'); return Spy; } });
Promise.prototype.constructor = Spy;
const promise = echo({ a: 1 });
promise.constructor = Spy;
suspect(await promise.then((value) => { suspect(value, 'value'); return value; }), 'derived');
suspect(await Spy.all([echo({}), echo({})]), 'all');
suspect(await Spy.resolve(echo({})), 'resolved');
await (async () => echo({}))().finally(() => {});`,
  },
  {
    name: 'a replaced Promise, and resolve, all, race of it',
    code: `
const Native = Promise;
globalThis.Promise = new Proxy(Native, { construct(target, args, newTarget) { suspect(args, 'executor'); suspect(newTarget, 'newTarget'); return Reflect.construct(target, args, newTarget); }, get(target, key) { return target[key]; } });
for (const key of ['resolve', 'reject', 'all', 'race', 'any', 'allSettled', 'withResolvers', 'try']) if (Native[key]) Native[key] = new Proxy(Native[key], { apply(target, self, args) { suspect(self); suspect(args); return Reflect.apply(target, self, args); } });
await echo({});
await caughtLater(() => fail({ how: 'error' }));`,
  },
  {
    name: 'thenables as argument, result, thrown value and timer',
    code: `
const thenable = { then(ok, bad) { suspect(ok, 'resolve given to a thenable'); suspect(bad, 'reject given to a thenable'); suspect(this); suspect(arguments); ok({ then: null }); } };
await thenable;
await caughtLater(() => echo(thenable));
await caughtLater(() => echo({ inner: thenable, toJSON() { return thenable; } }));
Object.prototype.then = function (ok, bad) { suspect(ok, 'resolve'); suspect(bad, 'reject'); suspect(this, 'resolved object'); delete Object.prototype.then; ok(this); };
await echo({ a: 1 });
delete Object.prototype.then;
return thenable;`,
  },
  {
    name: 'a then on Object.prototype while results are resolved',
    code: `
Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { suspect(this, 'reader of then'); return undefined; } });
suspect(await echo({ a: { b: 1 } }), 'result');
suspect(await give({ what: 'nested' }), 'nested');
await caughtLater(() => fail({ how: 'object' }));
delete Object.prototype.then;`,
  },
  {
    name: 'async functions, generators and iteration around tools',
    code: `
async function* source() { yield echo({}); yield* [echo({}), fail({ how: 'error' })]; }
try { for await (const value of source()) suspect(value, 'yielded'); } catch (error) { suspect(error, 'thrown into iteration'); }
const iterator = { [Symbol.asyncIterator]() { return this; }, next() { suspect(arguments, 'arguments of next'); return { done: true, value: echo({}) }; } };
for await (const value of iterator) suspect(value);
const generator = source();
suspect(await generator.next(echo), 'first'); suspect(await generator.return(echo({})), 'returned');
suspect(await Array.fromAsync([echo({}), 1]), 'fromAsync');
Object.getPrototypeOf(source.prototype).next = function () { suspect(this); suspect(arguments); return { done: true }; };`,
  },
  {
    name: 'unhandled rejections with hostile reasons',
    code: `
class Odd extends Error { get name() { suspect(this, 'reason'); return 'Odd'; } get message() { throw new Error('message'); } get stack() { suspect(this); return {}; } }
for (const reason of [new Odd(), { toString() { suspect(this); return 'x'; } }, new Proxy({}, { get(_, key, receiver) { suspect(receiver); return undefined; } }), Symbol('x'), null, echo, globalThis])
  Promise.reject(reason);
await new Promise((resolve) => setTimeout(resolve, 1));
fail({ how: 'error' });
fail({ how: 'getters' });
await new Promise((resolve) => setTimeout(resolve, 2));`,
  },
];
