import type { Attack } from './attack.ts';

/** Memory that is shared, pooled, resized or taken away while somebody works on it. */
export const BUFFERS: readonly Attack[] = [
  {
    name: "buffers of the runtime are the guest's own, whole and zeroed",
    code: `
const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(3));
for (const buffer of [new TextEncoder().encode('secret').buffer, digest, structuredClone(new Uint8Array(4)).buffer, crypto.getRandomValues(new Uint8Array(4)).buffer]) {
  suspect(buffer, 'buffer');
  if (Object.getPrototypeOf(buffer) !== ArrayBuffer.prototype) breach('a buffer of another world');
  if (buffer.byteLength > 64) breach('a pooled buffer of ' + buffer.byteLength + ' bytes');
}
for (const size of [1, 64, 4096, 100000]) {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) if (bytes[i] !== 0) { breach('memory that was not cleared'); break; }
}`,
  },
  {
    name: 'detaching, resizing and growing under the runtime',
    code: `
const resizable = () => new ArrayBuffer(64, { maxByteLength: 128 });
for (const change of [(b) => b.resize(0), (b) => b.resize(128), (b) => b.transfer(), (b) => structuredClone(b, { transfer: [b] })]) {
  for (const use of [(view, lure) => crypto.getRandomValues(view), (view, lure) => crypto.subtle.digest(lure, view), (view, lure) => crypto.subtle.digest({ get name() { return lure; } }, view),
    (view, lure) => new TextDecoder().decode(view, { get stream() { lure.toString(); return true; } }), (view, lure) => new TextEncoder().encodeInto(lure, view), (view, lure) => structuredClone({ view, get later() { lure.toString(); return view; } }),
    (view, lure) => echo({ view, get later() { lure.toString(); return view; } }), (view, lure) => console.log(view, { toJSON() { lure.toString(); return view; } }), (view, lure) => view.fill(lure), (view, lure) => view.set([lure]), (view, lure) => view.subarray(lure)]) {
    caught(() => { const buffer = resizable(); const view = new Uint8Array(buffer); const lure = { toString() { caught(() => change(buffer)); return 'SHA-1'; }, valueOf() { caught(() => change(buffer)); return 1; } }; const result = use(view, lure); if (result instanceof Promise) result.catch(suspect); suspect(result); });
  }
}`,
  },
  {
    name: 'views with lying lengths, offsets and buffers',
    code: `
const lie = (key, value) => { const view = new Uint8Array(8); Object.defineProperty(view, key, { get() { return value; } }); return view; };
for (const view of [lie('length', 1e5), lie('byteLength', 1e5), lie('byteOffset', -1e5), lie('buffer', new ArrayBuffer(1)), lie('buffer', globalThis), lie('constructor', globalThis), lie(Symbol.toStringTag, 'Float64Array')]) {
  caught(() => crypto.getRandomValues(view)); await caughtLater(() => crypto.subtle.digest('SHA-1', view)); caught(() => new TextDecoder().decode(view)); caught(() => new TextEncoder().encodeInto('abcdef', view));
  caught(() => structuredClone(view)); caught(() => console.log(view)); await caughtLater(() => echo(view)); await caughtLater(() => echo({ view }));
}
const Base = Object.getPrototypeOf(Uint8Array);
for (const key of ['buffer', 'byteLength', 'byteOffset', 'length']) Object.defineProperty(Base.prototype, key, { configurable: true, get() { suspect(this, key); return key === 'buffer' ? new ArrayBuffer(4) : 100_000; } });
Base.prototype.set = Base.prototype.subarray = Base.prototype.slice = function () { suspect(this, 'view of the runtime'); return this; };
caught(() => crypto.getRandomValues(new Uint8Array(8))); caught(() => crypto.randomUUID()); caught(() => Math.random()); caught(() => new TextEncoder().encode('abc')); caught(() => new TextDecoder().decode(new Uint8Array(8)));
await caughtLater(() => crypto.subtle.digest('SHA-256', new Uint8Array(8))); caught(() => structuredClone(new Uint8Array(8))); caught(() => atob('YWJj'));`,
  },
  {
    name: 'no memory is shared between threads',
    code: `
if (typeof SharedArrayBuffer !== 'undefined' || typeof Atomics !== 'undefined' || typeof WebAssembly !== 'undefined') breach('shared memory is there');
for (const buffer of [new ArrayBuffer(8), new TextEncoder().encode('x').buffer]) { if (Object.prototype.toString.call(buffer) !== '[object ArrayBuffer]') breach('another kind of buffer'); }
caught(() => new Uint8Array(8).buffer.constructor.constructor('return new SharedArrayBuffer(8)')());
caught(() => eval('new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer.constructor'));`,
  },
  {
    name: 'typed arrays and data views at their edges',
    code: `
for (const Type of [Uint8Array, Int16Array, Float64Array, BigInt64Array, DataView]) for (const args of [[-1], [2 ** 53], [new ArrayBuffer(8), 9], [new ArrayBuffer(8), 0, 2 ** 31], [new ArrayBuffer(8), -1], [{ length: 2 ** 40 }], [{ length: -1 }], [null], [Symbol()]])
  caught(() => suspect(new Type(...args)));
const view = new DataView(new ArrayBuffer(8));
for (const key of Reflect.ownKeys(DataView.prototype)) for (const at of [-1, 8, 7, 2 ** 31, 2 ** 53, NaN, '7']) caught(() => view[key](at, 1n));
const list = new Uint8Array(16); for (const args of [[-100, 5, 1e9], [1e9, -1e5, 5], [0, { valueOf() { caught(() => list.buffer.transfer()); return 0; } }]]) caught(() => list.copyWithin(...args));`,
  },
];
