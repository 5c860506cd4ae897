import type { Attack } from './attack.ts';

/** What expression languages are attacked with: callers, sloppy mode, templates, getters, `with`. */
export const EXPRESSIONS: readonly Attack[] = [
  {
    name: 'callers and arguments of sloppy functions',
    code: `
const sloppy = Function('suspect', 'see', \`
  function look() { try { suspect(look.caller, 'caller'); } catch (e) { suspect(e); } try { suspect(look.arguments, 'arguments'); } catch (e) { suspect(e); } try { suspect(arguments.callee.caller, 'callee'); } catch (e) { suspect(e); }
    let up = look, n = 0; try { while (up && n++ < 20) { up = up.caller; suspect(up, 'caller ' + n); if (up && String(up).includes('deliver')) see('FOUND'); } } catch (e) { suspect(e); } return 1; }
  return look;\`)(suspect, see);
sloppy();
setTimeout(sloppy, 0, sloppy); queueMicrotask(sloppy); Promise.resolve().then(sloppy); [1].forEach(sloppy); [2, 1].sort(sloppy); 'x'.replace('x', sloppy); JSON.parse('[1]', sloppy); JSON.stringify([1], sloppy);
const lure = { get a() { return sloppy(); }, toJSON: sloppy, toString: sloppy, valueOf: sloppy, then: sloppy };
console.log(lure, '%s', lure); await caughtLater(() => echo(lure)); await caughtLater(() => echo({ get a() { return sloppy(); } })); caught(() => structuredClone({ get a() { return sloppy(); } })); caught(() => new URL(lure)); caught(() => setTimeout(() => {}, lure));
Error.prepareStackTrace = sloppy; caught(() => new Error('x').stack); await caughtLater(() => fail({ how: 'error' }));
await new Promise((resolve) => setTimeout(resolve, 2));
throw { get name() { return sloppy(); }, get message() { return sloppy(); }, get stack() { return sloppy(); }, get code() { return sloppy(); } };`,
  },
  {
    name: 'template strings and tags',
    code: `
for (const expression of ['constructor', 'constructor.constructor("return process")()', 'this.constructor.constructor("return process")()', '__proto__.constructor', 'globalThis.process', '[].filter.constructor("return process")()', '$evalAsync.constructor("return process")()', 'toString.constructor("return process")()', '(()=>{}).constructor("return process")()'])
  for (const wrap of [(e) => '\\\`\\\${' + e + '}\\\`', (e) => '({' + '{}' + '})[' + e + ']', (e) => 'with({}){' + e + '}', (e) => '({}).' + e, (e) => '{{' + e + '}}'])
    caught(() => suspect(Function('return ' + wrap(expression))(), expression)), caught(() => suspect((0, eval)(wrap(expression)), expression));
const tag = (strings, ...values) => { suspect(strings, 'strings'); suspect(strings.raw, 'raw'); suspect(values, 'values'); return strings.constructor.constructor; };
harm(tag\`a\${echo}b\${globalThis}c\`);`,
  },
  {
    name: 'with and scopes made of proxies',
    code: `
const run = Function('scope', 'code', 'with (scope) { return eval(code); }');
const scope = new Proxy({}, { has() { return true; }, get(target, key) { if (key === Symbol.unscopables) return undefined; suspect(key, 'name looked up'); return globalThis[key]; } });
for (const code of ['process', 'require', 'constructor', 'this', 'arguments', 'valueOf().constructor', '__proto__', '__defineGetter__', 'echo', 'console.log("x")']) caught(() => suspect(run(scope, code), code));
for (const code of ['constructor.constructor("return this")()', '__lookupGetter__("__proto__").call(echo)', 'eval("this")', 'toString.call(echo)']) caught(() => suspect(run(echo, code), code));`,
  },
  {
    name: 'legacy accessors and definitions',
    code: `
for (const target of [echo, console, console.log, globalThis, Promise.resolve(), setTimeout]) {
  caught(() => suspect(target.__lookupGetter__('__proto__').call(target), 'getter')); caught(() => target.__defineGetter__('x', function () { suspect(this, 'this'); return 1; })); caught(() => suspect(target.__proto__.__proto__)); caught(() => { target.__proto__ = { get y() { suspect(this); return 1; } }; return target.y; });
  caught(() => suspect(target.toString())); caught(() => see(Function.prototype.toString.call(target))); caught(() => see(target.toLocaleString()));
}
await caughtLater(() => echo({ a: 1 }));`,
  },
  {
    name: 'the source of the functions of the runtime shows no host',
    code: `
const toSource = Function.prototype.toString;
const visit = (value, depth) => { if (depth > 3 || value === null || (typeof value !== 'object' && typeof value !== 'function')) return; if (typeof value === 'function') see(toSource.call(value).slice(0, 2000)); for (const key of Reflect.ownKeys(value)) { let inner; try { inner = value[key]; } catch { continue; } if (typeof inner === 'function') visit(inner, depth + 1); } };
for (const value of [echo, console, setTimeout, clearTimeout, queueMicrotask, structuredClone, URL, URLSearchParams, TextEncoder, TextDecoder, atob, crypto, performance, AbortController, Date, RangeError, Math.random]) visit(value, 0);`,
  },
  {
    name: 'every built-in method listens for the runtime',
    code: `
const taken = new Map();
let quiet = true;
const isPlainFunction = (value) => typeof value === 'function';
for (const name of ['Object', 'Function', 'Array', 'String', 'Number', 'Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Error', 'Symbol', 'RegExp', 'Date', 'JSON', 'Reflect', 'Math', 'BigInt']) {
  for (const holder of [globalThis[name], globalThis[name].prototype]) {
    if (!holder) continue;
    for (const key of Reflect.ownKeys(holder)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
      if (!isPlainFunction(descriptor.value) || key === 'constructor' || !descriptor.configurable) continue;
      const native = descriptor.value;
      const listen = { method(...args) { if (!quiet) { quiet = true; suspect(this, name + '.' + String(key) + ' receiver'); for (const arg of args) { suspect(arg, name + '.' + String(key)); if (typeof arg === 'function' && arg !== listen.method) put(evidenceOf, name + '.' + String(key)); } quiet = false; } return new.target ? Reflect.construct(native, args, new.target) : apply(native, this, args); } };
      caught(() => Object.defineProperty(holder, key, { value: listen.method, writable: true, configurable: true }));
    }
  }
}
const evidenceOf = [];
const step = async (run) => { quiet = false; try { const value = run(); quiet = true; await value; } catch {} quiet = true; };
await step(() => echo({ a: [1, 'x', { b: null }] }));
await step(() => fail({ how: 'error' }));
await step(() => { console.log('a%s', 'b', { a: [1] }, new Error('x')); console.table([{ a: 1 }]); });
await step(() => clearTimeout(setTimeout(() => {}, 1)));
await step(() => queueMicrotask(() => {}));
await step(() => Date.now() + performance.now() + Math.random());
if (evidenceOf.length > 0) breach('functions of the runtime were handed to patched built-ins: ' + evidenceOf);`,
  },
  {
    name: 'accessors on Object.prototype for every name the runtime might read or write',
    code: `
const names = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'resolve', 'reject', 'tool', 'site', 'run', 'args', 'everyMs', 'ok', 'text', 'reason', 'up', 'found', 'visits', 'name', 'message', 'stack', 'code', 'cause', 'errors', 'emit', 'load', 'create', 'createRandom', 'createRuntime', 'deliver', 'collect', 'n', 'i', 'c', 't', 'x', 'd', 'tools', 'seed',
  'startMs', 'clock', 'globals', 'env', 'maxCalls', 'maxTimers', 'entries', 'payloads', 'cleared', 'program', 'line', 'column', 'now', 'sinceStart', 'setTimer', 'clearTimer', 'randomBytes', 'float', 'bytes', 'stream', 'fatal', 'signal', 'once', 'passive', 'capture', 'transfer', 'with', '0', '1', '2', 'length', 'index', 'input', 'groups', 'lastIndex', 'then', 'done', 'next', 'return', 'raw', 'toJSON'];
const evidenceOf = [];
let busy = false;
for (const name of names) Object.defineProperty(Object.prototype, name, { configurable: true,
  get() { if (busy || typeof this === 'function' || this === globalThis) return undefined; busy = true; suspect(this, 'reader of ' + name); busy = false; return undefined; },
  set(value) { if (!busy) { busy = true; if (typeof value === 'function') put(evidenceOf, name); suspect(this, 'writer of ' + name); suspect(value, 'value for ' + name); busy = false; } Reflect.defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true }); } });
await caughtLater(() => echo({ a: 1 })); await caughtLater(() => fail({ how: 'error' }));
for (const run of [() => console.log({}, [1], 'x%s', 1), () => console.table([{ b: 1 }]), () => setTimeout(() => {}, 0), () => queueMicrotask(() => {}), () => new Date(), () => crypto.randomUUID(), () => structuredClone([1]), () => new URL('http://a/b?c'), () => new TextEncoder().encode('x'), () => btoa('x'), () => new AbortController().abort()]) caught(run);
await new Promise((resolve) => setTimeout(resolve, 1));
for (const name of names) delete Object.prototype[name];
if (evidenceOf.length > 0) breach('functions of the runtime were written through setters: ' + evidenceOf);`,
  },
];
