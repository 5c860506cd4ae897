import type { Attack } from './attack.ts';

/** Keys that poison whoever merges them: every world but the guest's own must stay clean. */
export const POLLUTION: readonly Attack[] = [
  {
    name: '__proto__ and constructor keys in tool arguments',
    code: `
for (const text of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"a":{"__proto__":{"polluted":1}}}', '[{"__proto__":{"polluted":1}}]', '{"__proto__":null}', '{"__proto__":[1]}', '{"toString":1,"valueOf":2,"hasOwnProperty":3}', '{"then":"x"}', '{"toJSON":1}', '{"length":-1}']) {
  const back = await echo(JSON.parse(text));
  if (JSON.stringify(back) !== text) breach(text + ' came back as ' + JSON.stringify(back));
  if ({}.polluted !== undefined) breach('the guest was polluted');
}`,
  },
  {
    name: 'a returned __proto__ key',
    code: `return JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":[{"__proto__":{"polluted":1}}]}');`,
  },
  {
    name: 'a toJSON that makes one',
    code: `await echo({ toJSON: () => JSON.parse('{"__proto__":{"polluted":1}}') }); return { toJSON: () => JSON.parse('{"__proto__":{"polluted":1}}') };`,
  },
  {
    name: 'an error named and coded __proto__',
    code: `throw Object.assign(new Error('__proto__'), { name: '__proto__', code: '__proto__', stack: '__proto__' });`,
  },
  {
    name: 'an error with __proto__ own',
    code: `throw JSON.parse('{"__proto__":{"polluted":1},"name":"constructor","message":"prototype"}');`,
  },
  {
    name: 'logs of poisoned objects',
    code: `console.log(JSON.parse('{"__proto__":{"polluted":1}}'), '__proto__'); console.table(JSON.parse('[{"__proto__":1,"constructor":2}]')); console.count('__proto__'); console.time('__proto__'); console.timeEnd('__proto__');`,
  },
  {
    name: 'every prototype of the guest is spoiled',
    code: `
for (const name of Reflect.ownKeys(globalThis)) { const value = globalThis[name]; if (typeof value !== 'function' || !value.prototype) continue; caught(() => { value.prototype.polluted = 1; }); caught(() => { value.polluted = 1; }); caught(() => { value.prototype.toJSON = undefined; }); }
Object.prototype.polluted = 1; Object.prototype.escaped = 1; globalThis.polluted = 1; console.log = null; JSON.stringify = null; Array.prototype.push = null; Promise.prototype.catch = null;
await echo({ a: 1 });
return undefined;`,
  },
  {
    name: 'junk on the prototypes before the runtime fetches its lazy parts',
    code: `
for (const holder of [Object, Array, Function, String, Number, Promise, Error, Map, RegExp, Symbol, Uint8Array])
  for (const key of ['junk', 'foreign', '7']) holder.prototype[key] = true;
const uses = { url: () => new URL('http://a/b?c=d').searchParams.get('c'), query: () => new URLSearchParams('a=b').get('a'), encode: () => new TextDecoder().decode(new TextEncoder().encode('x')), base64: () => atob(btoa('x')), clone: () => structuredClone({ a: [1] }).a[0],
  abort: () => AbortSignal.abort().aborted, uuid: () => crypto.randomUUID().length, random: () => typeof Math.random(), digest: () => crypto.subtle.digest('SHA-256', new Uint8Array(1)) };
for (const name of ['url', 'query', 'encode', 'base64', 'clone', 'abort', 'uuid', 'random', 'digest']) try { await uses[name](); } catch (error) { breach(name + ' fails: ' + error); }`,
  },
  {
    name: 'everything is frozen',
    code: `for (const name of Reflect.ownKeys(globalThis)) { const value = globalThis[name]; caught(() => Object.freeze(value)); caught(() => Object.freeze(value.prototype)); } caught(() => Object.freeze(globalThis)); console.log('x'); await echo({}); return undefined;`,
  },
  {
    name: 'every global is deleted',
    code: `for (const name of Reflect.ownKeys(globalThis)) if (name !== 'echo') Reflect.deleteProperty(globalThis, name); await echo({}); return undefined;`,
  },
];
