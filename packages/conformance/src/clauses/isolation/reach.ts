import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';

const HOST_NAMES = [
  'process',
  'require',
  'module',
  'exports',
  '__dirname',
  '__filename',
  'Bun',
  'Deno',
  'Buffer',
  'global',
  'XMLHttpRequest',
  'WebSocket',
  'EventSource',
  'navigator',
  'location',
  'document',
  'window',
  'self',
  'importScripts',
  'postMessage',
  'Worker',
  'MessageChannel',
  'BroadcastChannel',
  'caches',
  'indexedDB',
  'localStorage',
  'sessionStorage',
  'std',
  'os',
  'print',
  'load',
  'read',
  'gc',
  'ShadowRealm',
  'setImmediate',
  'clearImmediate',
] as const;

/** Functions a guest can get hold of, as expressions. */
const FUNCTIONS = [
  'console.log',
  'external_echo',
  'setTimeout',
  'queueMicrotask',
  'Promise.resolve().then',
  'got.constructor',
  'got.toString',
  'URL',
  'structuredClone',
  'crypto.randomUUID',
  'performance.now',
  'new AbortController().abort',
  '(() => {})',
  'Array.prototype.map',
  'Math.random',
  'Date.now',
  'new Error().constructor',
] as const;

/** What of the host a program can reach: nothing. */
export const hostReach: readonly Clause[] = [
  {
    id: 'ISO-001',
    level: 'MUST',
    title: "Names of hosts and engines' shells are undefined",
    refs: ['isolation.host', 'isolation.nothing-else'],
    async run(t) {
      const found = await t.value(`return ${JSON.stringify(HOST_NAMES)}.filter((name) => typeof globalThis[name] !== 'undefined');`);
      t.deepEqual(found, [], 'the names that are defined');
      const loose = await t.value(
        'return [typeof process, typeof require, typeof module, typeof exports, typeof arguments === "undefined" || arguments.length];',
      );
      t.deepEqual(t.list(loose, 'the types').slice(0, 4), Array(4).fill('undefined'), 'the types of process, require, module and exports');
    },
  },
  {
    id: 'ISO-002',
    level: 'MUST',
    title: 'fetch is undefined by default',
    refs: ['isolation.fetch'],
    async run(t) {
      t.equal(await t.value('return typeof fetch;'), 'undefined', 'typeof fetch');
    },
  },
  {
    id: 'ISO-003',
    level: 'MUST',
    title: 'No constructor of any function in reach gives code that sees the host',
    refs: ['isolation.host', 'isolation.codegen'],
    async run(t) {
      const reached = await t.value(
        `const got = await external_echo({ a: 1 });
        const reached = [];
        const sources = ['return typeof process', 'return typeof require', 'return typeof Buffer', 'return this.constructor.constructor("return typeof process")()'];
        for (const get of [${FUNCTIONS.map((source) => `() => ${source}`).join(', ')}]) {
          let target; try { target = get(); } catch { continue; }
          for (const source of sources) {
            for (const make of [() => target.constructor(source), () => target.constructor.constructor(source)]) {
              try { const type = await make()(); if (type !== 'undefined') reached.push(String(get) + ' ' + source + ': ' + type); } catch {}
            }
          }
        }
        return reached;`,
        { tools: { external_echo: t.tool((args) => args) } },
      );
      t.deepEqual(reached, [], 'what was reached');
    },
  },
  {
    id: 'ISO-004',
    level: 'MUST',
    title: 'Constructors of async functions and generators give no code that sees the host',
    refs: ['isolation.host', 'isolation.codegen'],
    async run(t) {
      const reached = await t.value(`
        const reached = [];
        for (const fn of [async () => {}, function* () {}, async function* () {}]) {
          for (const name of ['process', 'require', 'Buffer', 'Deno', 'Bun']) {
            try {
              const made = fn.constructor('return typeof ' + name)();
              const type = typeof made.next === 'function' ? (await made.next()).value : await made;
              if (type !== 'undefined') reached.push(name + ': ' + type);
            } catch {}
          }
        }
        return reached;`);
      t.deepEqual(reached, [], 'what was reached');
    },
  },
  {
    id: 'ISO-005',
    level: 'MUST',
    title: "eval and Function work and see the guest's globals only",
    refs: ['isolation.codegen'],
    requires: ['codegen'],
    async run(t) {
      const value = await t.value(`
        globalThis.shared = 4;
        const hidden = 5;
        return [eval('1 + 1'), new Function('a', 'return a + shared')(1), (0, eval)('typeof process'), new Function('return typeof hidden')()];`);
      t.deepEqual(value, [2, 5, 'undefined', 'undefined'], 'what the generated code gave');
    },
  },
  {
    id: 'ISO-006',
    level: 'MUST',
    title: "Errors and results of tools belong to the guest's realm",
    refs: ['isolation.host', 'tools.errors', 'tools.results'],
    async run(t) {
      const fail = t.tool(() => {
        throw new TypeError('no');
      });
      const value = await t.value(
        `let error; try { await external_fail({}); } catch (caught) { error = caught; }
        const chain = []; for (let p = error; p; p = Object.getPrototypeOf(p)) chain.push(p);
        const result = await external_echo({ list: [{}] });
        return [chain.at(-1) === Object.prototype, chain.includes(Error.prototype), result.list instanceof Array, Object.getPrototypeOf(result.list[0]) === Object.prototype];`,
        { tools: { external_fail: fail, external_echo: t.tool((args) => args) } },
      );
      t.deepEqual(value, [true, true, true, true], "whether prototypes of errors and results are the guest's");
    },
  },
  {
    id: 'ISO-007',
    level: 'MUST',
    title: 'Arguments reach the host as plain data of its own, without functions or accessors',
    refs: ['isolation.host', 'tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value(
        "class Evil { get x() { return 1; } y = { toString() { return 'evil'; } }; } await external_take({ evil: new Evil(), list: [new Evil()] });",
        {
          tools: { external_take: take },
        },
      );
      const [args] = take.received;
      t.deepEqual(args, { evil: { y: {} }, list: [{ y: {} }] }, 'what the tool received');
      t.equal(Object.getPrototypeOf(property(args, 'evil')), Object.prototype, 'the prototype of an object in it');
      t.equal(Object.getPrototypeOf(property(args, 'list')), Array.prototype, 'the prototype of an array in it');
    },
  },
];
