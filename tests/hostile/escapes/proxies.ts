import type { Attack } from './attack.ts';

const SPY = `
const TRAPS = ['get', 'set', 'has', 'deleteProperty', 'ownKeys', 'getOwnPropertyDescriptor', 'defineProperty', 'getPrototypeOf', 'setPrototypeOf', 'isExtensible', 'preventExtensions', 'apply', 'construct'];
function spy(target, label) {
  const handler = {};
  for (const trap of TRAPS) handler[trap] = (...args) => { for (const arg of args.slice(1)) suspect(arg, label + ' ' + trap); return Reflect[trap](...args); };
  return new Proxy(target, handler);
}`;

/** Traps that look at who touches them, and with what. */
export const PROXIES: readonly Attack[] = [
  {
    name: 'proxies as arguments, in logs and as timers',
    code: `${SPY}
for (const target of [{ a: 1 }, [1, 2], () => {}, new Error('x'), new Date(0), new Map([[1, 2]]), class {}]) {
  const proxy = spy(target, 'proxy');
  await caughtLater(() => echo(proxy));
  await caughtLater(() => echo({ inner: [proxy] }));
  for (const key of Reflect.ownKeys(console)) caught(() => console[key](proxy, [proxy], '%s', proxy));
  caught(() => setTimeout(proxy, proxy, proxy));
  caught(() => queueMicrotask(proxy));
  caught(() => structuredClone(proxy));
  caught(() => new URL(proxy)); caught(() => new URLSearchParams(proxy)); caught(() => btoa(proxy)); caught(() => new TextEncoder().encode(proxy));
  caught(() => new TextDecoder().decode(proxy)); caught(() => crypto.getRandomValues(proxy)); await caughtLater(() => crypto.subtle.digest(proxy, proxy));
  caught(() => new Date(proxy)); caught(() => new Intl.DateTimeFormat(proxy, proxy)); caught(() => AbortSignal.any([proxy])); caught(() => new AbortController().abort(proxy));
}
await new Promise((resolve) => setTimeout(resolve, 1));`,
  },
  { name: 'a returned proxy', code: `${SPY} return spy({ a: spy([1, spy({}, 'deep')], 'array') }, 'returned');` },
  { name: 'a thrown proxy', code: `${SPY} throw spy(new Error('thrown'), 'thrown');` },
  {
    name: 'a proxy of the global object beneath it',
    code: `${SPY} caught(() => Object.setPrototypeOf(globalThis, spy(Object.create(Object.getPrototypeOf(globalThis)), 'global'))); caught(() => undeclared); console.log('x'); await caughtLater(() => echo({}));`,
  },
  {
    name: 'proxies beneath the built-in prototypes',
    code: `${SPY}
for (const prototype of [Array.prototype, Function.prototype, Error.prototype, Promise.prototype, Map.prototype])
  caught(() => Object.setPrototypeOf(prototype, spy(Object.create(Object.prototype), 'beneath')));
console.log({ a: [1] }, new Error('x'), new Map());
suspect(await echo({ a: [1] }), 'result');
await caughtLater(() => fail({ how: 'error' }));
caught(() => structuredClone([{}])); caught(() => new URL('http://x'));`,
  },
  {
    name: 'revoked proxies wherever a value goes',
    code: `
const revoked = () => { const { proxy, revoke } = Proxy.revocable(function () {}, {}); revoke(); return proxy; };
await caughtLater(() => echo(revoked())); await caughtLater(() => echo([revoked()]));
for (const key of Reflect.ownKeys(console)) caught(() => console[key](revoked(), { a: revoked() }));
caught(() => setTimeout(revoked(), revoked())); caught(() => structuredClone(revoked())); caught(() => revoked()()); caught(() => new (revoked())());
caught(() => Reflect.construct(Error, [], revoked())); caught(() => Error.captureStackTrace?.(revoked()));
Promise.reject(revoked());
throw revoked();`,
  },
  {
    name: 'traps that run out of stack',
    code: `
const endless = new Proxy({}, { get(target, key, receiver) { return receiver[key]; }, ownKeys(target) { return Reflect.ownKeys(endless); }, getPrototypeOf() { return Object.getPrototypeOf(endless); }, has(target, key) { return key in endless; } });
caught(() => endless.x); caught(() => 'x' in endless); caught(() => endless instanceof Error); caught(() => console.log(endless)); await caughtLater(() => echo(endless)); caught(() => structuredClone(endless));
caught(() => { throw endless; });`,
  },
  {
    name: 'newTarget and species as proxies',
    code: `${SPY}
for (const Class of [Error, RangeError, Date, Promise, Array, Uint8Array, Map, URL, AbortController])
  caught(() => Reflect.construct(Class, Class === Promise ? [() => {}] : [], spy(class {}, 'newTarget')));
const list = [1, 2]; list.constructor = { [Symbol.species]: spy(Array, 'species') }; caught(() => list.map((x) => x)); caught(() => console.log(list)); await caughtLater(() => echo(list));`,
  },
];
