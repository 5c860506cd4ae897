import type { Attack } from './attack.ts';

const SPECIFIERS = `
const specifiers = ['fs', 'node:fs', 'node:process', 'process', 'child_process', 'node:worker_threads', 'node:module', 'std', 'os', 'bjson', 'qjs:std', 'qjs:os', 'isolated-vm', 'quickjs-emscripten', '@isomux/executor', 'npm:fs', 'jsr:x', 'ext:core',
  bait.file, 'file://' + bait.file, 'data:text/javascript,export default globalThis', 'blob:null/x', 'http://127.0.0.1:' + bait.port + '/x.js', './program.js', 'program.js', '/proc/self/environ', '', '\\0', { toString() { return 'fs'; } }, Symbol(), null, undefined];`;

/** Code and capabilities from elsewhere. */
export const LOADING: readonly Attack[] = [
  {
    name: 'import() of everything, from every kind of code',
    code: `${SPECIFIERS}
const makers = [(s) => import(s), (s) => Function('s', 'return import(s)')(s), (s) => (0, eval)('(s) => import(s)')(s), (s) => Object.getPrototypeOf(async () => {}).constructor('s', 'return await import(s)')(s), (s) => import(s, { with: { type: 'json' } })];
for (const make of makers) for (const specifier of specifiers) {
  let loaded = false;
  const error = await caughtLater(async () => { const module = await make(specifier); loaded = true; return module; });
  if (loaded) breach('loaded ' + String(specifier));
  if (error !== undefined) { see(error.message); see(error.stack); }
}`,
  },
  {
    name: 'import statements, import.meta and top-level module code in generated source',
    code: `
for (const source of ['import.meta', 'import.meta.url', 'import fs from "fs"; fs', 'export default 1', 'import.source("fs")', 'import.defer("fs")', 'new.target', 'super.x', 'await 1', 'arguments'])
  for (const run of [() => eval(source), () => (0, eval)(source), () => Function('return ' + source)()]) { const error = caught(run); if (error !== undefined) see(error.message); }`,
  },
  {
    name: 'names under which hosts keep their powers',
    code: `
const names = ['process', 'require', 'module', 'exports', '__filename', '__dirname', 'global', 'window', 'self', 'parent', 'top', 'frames', 'document', 'navigator', 'location', 'Buffer', 'Bun', 'Deno', 'fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'importScripts',
  'MessageChannel', 'MessagePort', 'BroadcastChannel', 'postMessage', 'onmessage', 'setImmediate', 'clearImmediate', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'std', 'os', 'bjson', 'print', 'scriptArgs', 'loadScript', 'load', 'read', 'readFile', 'quit', 'gc', 'version', 'd8', 'Realm', 'ShadowRealm',
  'ivm', 'isolate', 'Reference', 'ExternalCopy', '__door', '__isomux', 'runtime', 'createRuntime', 'host', 'emit', 'deliver', 'collect', 'internalBinding', 'primordials', 'process_binding', 'InternalError', 'DOMException', 'Event', 'EventTarget', 'Blob', 'File', 'ReadableStream', 'caches', 'indexedDB', 'localStorage', 'alert', 'debugger'];
for (const name of names) {
  if (Reflect.has(globalThis, name)) breach(name + ' on globalThis');
  caught(() => { if (Function('return typeof ' + name)() !== 'undefined') breach(name + ' in scope'); });
  caught(() => { if ((0, eval)('typeof ' + name) !== 'undefined') breach(name + ' in global scope'); });
  caught(() => { if (eval('typeof ' + name) !== 'undefined' && name !== 'text') breach(name + ' in the program\\'s scope'); });
}`,
  },
  {
    name: 'a WebAssembly module that is not there',
    code: `
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
for (const source of ['WebAssembly', 'this.WebAssembly', 'globalThis.WebAssembly', 'Function("return this")().WebAssembly', 'Reflect.getOwnPropertyDescriptor(globalThis, "WebAssembly")']) if (caught(() => { if (eval(source) !== undefined) breach(source); }) instanceof RangeError) breach('odd error');
for (const key of Reflect.ownKeys(globalThis)) { const value = globalThis[key]; if (value !== null && typeof value === 'object' && ('compile' in value || 'instantiate' in value) && value !== globalThis && typeof value.compile === 'function' && key !== 'console') see(String(key) + ' compiles'); }
suspect(bytes);`,
  },
  {
    name: 'process bindings and main modules by every known road',
    code: `
const roads = ['process.mainModule.require("fs")', 'process.binding("fs")', 'process._linkedBinding("fs")', 'process.getBuiltinModule("fs")', 'process.dlopen({}, "/x")', 'global.process', 'globalThis.constructor.constructor("return process")()', 'this.constructor.constructor("return process")()',
  'console.constructor.constructor("return process")()', 'console._stdout', 'console._stderr.write("x")', 'console[Object.getOwnPropertySymbols(console)[0]]', 'setTimeout(() => {}, 1).constructor.constructor("return process")()', 'echo.constructor("return process")()', 'performance.nodeTiming', 'performance.eventLoopUtilization()',
  'crypto.webcrypto', 'crypto.constructor.constructor("return process")()', 'URL.createObjectURL({})', 'URL.constructor("return process")()', 'AbortSignal.timeout(1).constructor.constructor("return process")()', 'structuredClone.constructor("return process")()', 'Error.prepareStackTrace', 'Error.captureStackTrace.constructor("return process")()',
  'Reflect.construct(Function, ["return process"])()', 'Function.prototype.constructor("return process")()', '(async () => {}).constructor("return process")()', '(function* () {}).constructor("return process")().next().value', 'Intl.constructor.constructor("return process")()', '[].constructor.constructor("return process")()', 'JSON.constructor.constructor("return process")()', 'Symbol.constructor("return process")()'];
for (const road of roads) for (const run of [() => eval(road), () => (0, eval)(road), () => Function('return ' + road)()]) caught(() => { const end = run(); suspect(end, road); if (end !== undefined && end !== null && (end.env || end.readFileSync || end.pid)) breach(road); });`,
  },
];
