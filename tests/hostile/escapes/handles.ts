import type { Attack } from './attack.ts';

/** Handles of the engine itself: with isolated-vm one line of guest code on one of them ends the process. */
export const HANDLES: readonly Attack[] = [
  {
    name: 'everything reachable from anything, searched for the methods of handles',
    code: `
const queue = [['globalThis', globalThis], ['echo', echo], ['promise', echo({})], ['error', await caughtLater(() => fail({ how: 'error' }))], ['result', await give({ what: 'nested' })], ['timer', setTimeout(() => {}, 1)], ['url', new URL('http://x')], ['signal', new AbortController().signal], ['digest', await crypto.subtle.digest('SHA-1', new Uint8Array(1))],
  ['arguments', (function () { return arguments; })()], ['sloppy', Function('return this')()], ['generator', (function* () {})()], ['async generator', (async function* () {})()], ['segments', globalThis.Intl?.Segmenter && new Intl.Segmenter('en').segment('x')], ['iterator', [].values()], ['regexp iterator', 'x'.matchAll(/x/g)]];
const visited = new Set();
const names = ['applySync', 'applyIgnored', 'applySyncPromise', 'copySync', 'copyInto', 'derefInto', 'deref', 'getSync', 'setSync', 'setIgnored', 'deleteSync', 'evalSync', 'evalClosureSync', 'compileScriptSync', 'compileModuleSync', 'createContextSync', 'createSnapshot', 'getHeapStatisticsSync', 'cpuTime', 'wallTime', 'isDisposed', 'referenceCount', 'release', 'transferIn', 'Isolate', 'Reference', 'ExternalCopy', 'Callback', 'Context', 'NativeModule', 'unwrap', 'alive', 'evalCode', 'executePendingJobs'];
while (queue.length > 0 && visited.size < 20000) {
  const [path, value] = queue.shift();
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || visited.has(value)) continue;
  visited.add(value);
  for (const name of names) { let has = false; try { has = Object.prototype.hasOwnProperty.call(value, name); } catch {} if (has && !(name === 'release' && path.includes('Float16'))) breach(name + ' on ' + path); }
  let keys = []; try { keys = Reflect.ownKeys(value); } catch {}
  try { queue.push([path + '.__proto__', Object.getPrototypeOf(value)]); } catch {}
  for (const key of keys) { let descriptor; try { descriptor = Object.getOwnPropertyDescriptor(value, key); } catch { continue; } for (const part of ['value', 'get', 'set']) if (descriptor?.[part]) queue.push([path + '.' + String(key), descriptor[part]]); try { queue.push([path + '.' + String(key), value[key]]); } catch {} }
}
if (visited.size < 300) breach('only ' + visited.size + ' objects were found: the search is broken');`,
  },
  {
    name: 'handles asked for by method name on everything',
    code: `
for (const value of [echo, console.log, setTimeout, globalThis, echo({}), queueMicrotask, structuredClone])
  for (const name of ['applySync', 'apply', 'call', 'copySync', 'derefInto', 'getSync', 'setSync', 'release', 'deref', 'dispose', 'then', Symbol.dispose, Symbol.asyncDispose, Symbol.iterator])
    caught(() => { const result = value[name](undefined, [1], { result: { reference: true }, arguments: { reference: true } }); suspect(result, String(name)); if (result instanceof Promise) result.catch(suspect); });`,
  },
  {
    name: 'structured clone of what cannot be cloned',
    code: `for (const value of [echo, globalThis, console, crypto, performance, new AbortController().signal, new Proxy({}, {}), Promise.resolve(), Symbol(), new WeakMap(), (function* () {})(), new Error('x', { cause: echo })]) { caught(() => suspect(structuredClone(value), 'clone')); caught(() => suspect(structuredClone({ value }), 'clone')); }`,
  },
  {
    name: 'what a host could be made to clone: arguments with every transferable and handle-like shape',
    code: `
for (const value of [new ArrayBuffer(8), new Uint8Array(8), { reference: true }, { copy: true }, { externalCopy: true }, { type: 'fault', code: 'DRIVER_CLOSED' }, { header: { type: 'outcome', run: 'x', status: 'value' }, payloads: ['1'] }, '{"d":["u"]}\\n', 'w[log truncated]'])
  suspect(await echo({ value }), 'echo'), console.log(value);
await caughtLater(() => echo('\\n{"d":["u"]}\\n'));
console.log('l\\nl\\n{"d":["v",1]}\\n1');
return '{"d":["u"]}\\n';`,
  },
];
