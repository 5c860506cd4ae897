import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorker, type RoundAnswer, type TestWorker } from './workerd.ts';

let worker: TestWorker & { end(): Promise<void> };
beforeAll(async () => {
  worker = await startWorker({ loader: true, connections: true });
});
afterAll(() => worker.end());

function run(code: string): Promise<RoundAnswer> {
  return worker.round({ code });
}

const LANGUAGE =
  'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float32Array Float64Array ' +
  'Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ' +
  'ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray ' +
  'WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt ' +
  'undefined unescape';
const PORTABLE =
  'AbortController AbortSignal TextDecoder TextEncoder URL URLSearchParams atob btoa clearInterval clearTimeout console crypto performance ' +
  'queueMicrotask setInterval setTimeout structuredClone';
const GLOBALS = new Set(`${LANGUAGE} ${PORTABLE}`.split(' '));

describe('what a guest of a Dynamic Worker can see', () => {
  it('is the language and the portable globals, and nothing behind them', async () => {
    const { value } = await run(`
      const chain = [];
      for (let object = globalThis; object !== null; object = Object.getPrototypeOf(object)) chain.push(Reflect.ownKeys(object).map(String));
      return chain;`);
    const [globals = [], ...rest] = value as string[][];
    // The language has it since a short while.
    const known = new Set([...GLOBALS, 'Float16Array']);
    expect(globals.filter((name) => !known.has(name))).toEqual([]);
    expect([...GLOBALS].filter((name) => !globals.includes(name))).toEqual([]);
    expect(rest).toHaveLength(1);
    expect(rest[0]).toContain('hasOwnProperty');
  });

  it('has no object of workerd anywhere in reach', async () => {
    const { value } = await run(`
      const seen = new Set(), foreign = [], rest = [[globalThis, 'globalThis'], [new Error('x'), 'error'], [(async () => {})(), 'promise'], [(function* () {})(), 'generator']];
      while (rest.length > 0) {
        const [object, path] = rest.pop();
        if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) continue;
        seen.add(object);
        for (const key of Reflect.ownKeys(object)) {
          if (typeof key === 'symbol' && /cloudflare|workerd|kResource/i.test(String(key))) foreign.push(path + '.' + String(key));
          const own = Object.getOwnPropertyDescriptor(object, key);
          for (const part of [own.value, own.get, own.set]) rest.push([part, path + '.' + String(key)]);
        }
        const proto = Object.getPrototypeOf(object);
        if (proto !== null && typeof proto.constructor === 'function' && /^(Rpc|Worker|Service|Durable|Fetcher|Event|Request|Response)/.test(proto.constructor.name)) foreign.push(path + ': ' + proto.constructor.name);
        rest.push([proto, path + '.__proto__']);
      }
      return [foreign, seen.size > 500];`);
    expect(value).toEqual([[], true]);
  });

  it('compiles nothing, by any constructor of a function', async () => {
    const { value } = await run(`
      const worked = [];
      const attempts = {
        eval: () => eval('1'), indirect: () => (0, eval)('1'), Function: () => new Function('return this'),
        method: () => [].map.constructor('return this'), async: () => (async () => {}).constructor('return this'),
        generator: () => (function* () {}).constructor('yield 1'), asyncGenerator: () => (async function* () {}).constructor('yield 1'),
        clock: () => performance.now.constructor('return this'), timer: () => setTimeout('globalThis.ran = true', 0),
      };
      for (const [name, attempt] of Object.entries(attempts)) try { attempt(); worked.push(name); } catch (error) { if (!(error instanceof Error)) worked.push(name + ' threw no Error'); }
      return worked;`);
    expect(value).toEqual([]);
  });
});

describe('import() in a Dynamic Worker', () => {
  const MODULES = [
    'cloudflare:workers',
    'cloudflare:sockets',
    './main.js',
    'main.js',
    './runtime.js',
    './parts.js',
    './program.txt',
    'node:fs',
    'data:text/javascript,export default 1',
  ];

  it('rejects with an error the program can catch, whatever it names and wherever it stands', async () => {
    const { value, error } = await run(`
      const outcomes = new Set();
      const note = async (attempt) => { try { outcomes.add(typeof (await attempt())); } catch (error) { outcomes.add(error instanceof TypeError ? 'TypeError' : String(error)); } };
      for (const name of ${JSON.stringify(MODULES)}) await note(() => import(name));
      await note(() => import /* a comment */ ('cloudflare:workers'));
      await note(() => import
        ('cloudflare:workers'));
      await note(async (module = import('cloudflare:workers')) => module);
      await note(() => new (class { field = import('cloudflare:workers') })().field);
      await note(async () => { let found; \`\${found = import('cloudflare:workers')}\`; return found; });
      await note(() => ({ async *[Symbol.asyncIterator]() { yield await import('cloudflare:workers'); } })[Symbol.asyncIterator]().next());
      await note(() => import('a', { with: { type: 'json' } }));
      return [...outcomes];`);
    expect(error).toBeUndefined();
    expect(value).toEqual(['TypeError']);
  });

  it('moves no place, and leaves every other import as it is', async () => {
    const code = `const box = { import: 'key' }, text = "import('x')"; // import('y')
      const found = [box.import, text, /import(?=x)/.source, \`import \${1}\`]; await import('z').catch(() => found.push('caught')); throw new Error(found.join());`;
    const { error } = await run(code);
    const line = code.split('\n')[1] ?? '';
    expect(error).toMatchObject({
      message: "key,import('x'),import(?=x),import 1,caught",
      stack: expect.stringContaining(`program.js:2:${line.indexOf('new Error') + 1}`),
    });
  });

  it('is not let through where two parsers may read a program in different ways', async () => {
    const sneaky = [
      'const a = 1, g = 1; return await (a /import("cloudflare:workers")/ g, "ran")',
      'let found; const x = {} /1; found = import("cloudflare:workers"); /1/; return typeof (await found)',
      'const yielded = await /import("cloudflare:workers")/.source; return yielded.length',
      'return typeof (await [..."/"].map(() => import("cloudflare:workers"))[0])',
      '<!-- import("cloudflare:workers")\nreturn 1',
      'let a\n--> import("cloudflare:workers")\nreturn 1',
      'return typeof (await im\\u0070ort("cloudflare:workers"))',
      'return import.meta',
      'return 1 }); import("cloudflare:workers"); (async () => {',
      'return typeof (await import.source("cloudflare:workers"))',
      'return typeof (await import.defer("cloudflare:workers"))',
    ];
    for (const code of sneaky) {
      const { value, error } = await run(code);
      expect({ code, value, name: error?.name }).not.toMatchObject({ value: 'object' });
    }
    expect((await run('return import.meta')).error).toMatchObject({ code: 'GUEST_SYNTAX_ERROR' });
  });

  it('is not let through where the parser that looks for it takes a division for a regular expression', async () => {
    // acorn 8.19 reads what follows a property named `in` after `?.` as a regular expression; to V8 it is a division by an import().
    const code = `const a = {}, g = 1; let found;
      const n = a?.in
      /(found = import("cloudflare:workers"))/g; return typeof (await found)`;
    const { value, error } = await run(code);
    expect(value).toBeUndefined();
    expect(error).toMatchObject({ name: 'SyntaxError', message: expect.stringContaining('import()') });
  });

  it('is refused as a statement', async () => {
    expect((await run('import fs from "fs"; return 1')).error).toMatchObject({ name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
  });
});

describe('the session of a Dynamic Worker', () => {
  const tools = [{ name: 'tool', description: '', inputSchema: {} }];

  it.each([
    ['then', 'Promise.prototype.then = steal;'],
    ['the species of promises', "define(Promise.prototype, 'constructor', own({ get() { note('species'); return steal; } }));"],
  ])('does its work under a guest that has patched %s, and everything else it can', async (_what, patch) => {
    const code = `
      let stolen = '';
      const note = (word) => { stolen += word + ' '; };
      const steal = function () { note('stolen'); throw 'patched'; };
      const define = Object.defineProperty, own = (descriptor) => Object.assign(Object.create(null), descriptor, { configurable: true });
      const plain = [['turn', 'give', 'rest', 'open', 'dup', 'promise', 'reason', 'preventDefault', 'onRpcBroken', 'fetch'], [Symbol.dispose, Symbol.asyncDispose]].flat();
      const descriptors = plain.map((name) => [name, own({ get() { note(String(name)); return steal; }, set() { note('set ' + String(name)); } })]);
      const prototypes = [Map.prototype, String.prototype, Function.prototype, Array.prototype].map((prototype) => [prototype, Object.getOwnPropertyNames(prototype)]);
      const { values } = Array.prototype, patched = own({ value: steal, writable: true });
      for (let i = 0; i < descriptors.length; i++) define(Object.prototype, descriptors[i][0], descriptors[i][1]);
      for (let i = 0; i < prototypes.length; i++) {
        const [prototype, names] = prototypes[i];
        for (let j = 0; j < names.length; j++) if (names[j] !== 'length' && names[j] !== 'constructor' && !(prototype === Array.prototype && names[j] === 'values')) try { define(prototype, names[j], patched); } catch {}
      }
      ${patch}
      const tool = globalThis.tool;
      globalThis.Promise = globalThis.Map = globalThis.JSON = globalThis.Reflect = globalThis.Error = steal;
      const answer = tool(7);
      console.log('before');
      stolen = '';
      const got = await answer;
      console.log('after', stolen);
      return got;`;
    const first = await worker.round({ code, tools });
    expect(first).toMatchObject({ status: 'need_tools', toolCalls: [{ name: 'tool', args: 7 }], logs: ['before'] });
    const toolResults = { [String(first.toolCalls?.[0]?.id)]: { success: true, value: 'result' } };
    const last = await worker.round({ code, tools, toolResults });
    expect(last).toMatchObject({ status: 'done', success: true, value: 'result' });
    // A guest's own await asks for the species, of its own promise.
    expect(last.logs?.[0]?.trimEnd()).toMatch(/^after( species){0,2}$/);
  });

  it('leaves nothing of one run to another', async () => {
    await run(
      'Object.prototype.left = 1; Array.prototype.map = () => "left"; globalThis.left = 1; setInterval(() => console.log("left"), 1); return 1',
    );
    expect(await run('return [typeof left, {}.left, [1].map((n) => n)]')).toMatchObject({ value: ['undefined', null, [1]], logs: [] });
  });

  it('tells of rejections that nobody handled, and of none that was handled in time', async () => {
    const { value, logs } = await run(`
      Promise.reject(new RangeError('lost'));
      const handled = Promise.reject(new Error('handled'));
      await null; handled.catch(() => {});
      Promise.reject({ get message() { throw new Error('in a getter'); } });
      await new Promise((resolve) => setTimeout(resolve, 1));
      return 1;`);
    expect(value).toBe(1);
    expect(logs).toEqual([
      'WARN: Unhandled promise rejection: RangeError: lost',
      expect.stringMatching(/^WARN: Unhandled promise rejection: Error: $/),
    ]);
  });

  it('carries texts that are larger than one message may be', async () => {
    const code = 'const text = await tool("x".repeat(5e6)); console.log(text.length); return text';
    const limits = { maxArgumentBytes: 2 ** 25, maxResultBytes: 2 ** 25, maxReturnBytes: 2 ** 25 };
    const first = await worker.round({ code, tools, limits });
    expect(first.toolCalls?.[0]?.args).toHaveLength(5e6);
    const value = 'é'.repeat(9e6);
    const last = await worker.round({ code, tools, limits, toolResults: { [String(first.toolCalls?.[0]?.id)]: { success: true, value } } });
    expect({ ...last, value: undefined }).toEqual({ status: 'done', success: true, value: undefined, logs: ['9000000'] });
    expect(last.value === value).toBe(true);
  });
});
