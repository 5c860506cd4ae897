import { PORTABLE_GLOBALS } from '@isomux/protocol';
import { expect, it } from 'vitest';
import { describeOnEngines } from './engines.ts';

const tools = { external_echo: (x: unknown) => x };

const LANGUAGE =
  `AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float16Array Float32Array
  Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError
  Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`.split(
    /\s+/,
  );
const DATA = ['URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'structuredClone', 'crypto', 'console'];

/** Finds everything that can be got at from the global object without calling anything but getters. */
const WALK = `
const seen = new Map([[globalThis, 'globalThis']]);
const queue = [globalThis];
const add = (value, path) => {
  if (((typeof value !== 'object' || value === null) && typeof value !== 'function') || seen.has(value)) return;
  seen.set(value, path);
  queue.push(value);
};
for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
  const path = seen.get(target);
  add(Object.getPrototypeOf(target), path + '.__proto__');
  for (const key of Reflect.ownKeys(target)) {
    const own = Object.getOwnPropertyDescriptor(target, key);
    const at = path + '.' + String(key);
    if ('value' in own) { add(own.value, at); continue; }
    add(own.get, at + ' get'); add(own.set, at + ' set');
    try { add(target[key], at) } catch {}
  }
}
const entries = [...seen];`;

/** Parts that are made of JavaScript, so that their source can be read; all of them are classes and methods of the platform's. */
const READABLE =
  /^globalThis\.(?:URL|URLSearchParams|TextEncoder|TextDecoder|atob|btoa|structuredClone|AbortController|AbortSignal|Intl|Date\.prototype|(?:Number|BigInt)\.prototype\.toLocaleString|String\.prototype\.(?:localeCompare|toLocale(?:Upper|Lower)Case))\b/;

describeOnEngines('the world of a guest', (run, engine) => {
  it.each([
    ['agent', [...LANGUAGE, ...PORTABLE_GLOBALS]],
    ['data', [...LANGUAGE, ...DATA]],
    ['compute', [...LANGUAGE, 'console']],
    ['minimal', [...LANGUAGE.filter((name) => name !== 'Date' && name !== 'Intl'), 'console']],
  ] as const)('has these globals and no others: %s', async (globals, names) => {
    const { value } = await run('return Reflect.ownKeys(globalThis).map(String)', { tools, header: { globals }, env: { a: 1 } });
    expect((value as string[]).toSorted()).toEqual([...names, 'env', 'external_echo'].toSorted());
  });

  it('has nothing of another host', async () => {
    const names =
      'process require module exports __dirname Buffer global window self document Bun Deno fetch XMLHttpRequest WebSocket Worker importScripts navigator localStorage SharedArrayBuffer Atomics WebAssembly WeakRef FinalizationRegistry Temporal ShadowRealm DisposableStack ivm _ivm isolated __door std os print scriptArgs gc d8 InternalError setImmediate';
    const { value } = await run(
      `return ${JSON.stringify(names.split(' '))}.filter((name) => name in globalThis || typeof globalThis[name] !== 'undefined')`,
    );
    expect(value).toEqual([]);
  });

  it('gives no way to time or chance of the host', async () => {
    const { value } = await run(
      'return [typeof Date.prototype.toTemporalInstant, typeof performance.mark, typeof performance.timeOrigin, Object.keys(performance).join()]',
    );
    expect(value).toEqual(['undefined', 'undefined', 'number', 'now,timeOrigin']);
  });

  it('has the data given as env, frozen through and through', async () => {
    // QuickJS lets a program define over any property of its global object, read-only ones included.
    const redefine = engine === 'vm' ? "() => Object.defineProperty(globalThis, 'env', { value: 1 })" : '() => { env.new = 1 }';
    const { value } = await run(
      `const tried = [() => { env.a = 2 }, () => { env.list.push(1) }, () => { env.deep.er.x = 1 }, () => { env = 1 }, () => { delete globalThis.env }, () => { globalThis.env = 1 }, ${redefine}].map((f) => { try { f(); return 'changed' } catch (e) { return e.name } });
       return [tried, env, Object.isFrozen(env.deep.er), Object.getPrototypeOf(env) === Object.prototype]`,
      { env: { a: 1, list: [1, { b: 2 }], deep: { er: {} }, s: '"\u2028' } },
    );
    expect(value).toEqual([
      ['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'],
      { a: 1, list: [1, { b: 2 }], deep: { er: {} }, s: '"\u2028' },
      true,
      true,
    ]);
    expect((await run('return typeof env')).value).toBe('undefined');
    expect((await run('return [env]', { env: 5 })).value).toEqual([5]);
  });

  it('leads nowhere near the runtime', async () => {
    const { value, error } = await run(
      `${WALK}
       const own = (value) => { try { return Reflect.ownKeys(value) } catch { return [] } };
       const doors = entries.filter(([value]) => own(value).some((key) => ['deliver', 'collect', 'emit', 'load', 'createRuntime', 'fire', 'pendingNames', 'write', 'random', 'tools', 'seed'].includes(key) && value !== Math && value !== crypto)).map(([, path]) => path);
       const readable = entries.filter(([value]) => typeof value === 'function' && !/\\{\\s*\\[native code\\]\\s*\\}$/.test(Function.prototype.toString.call(value))).map(([value, path]) => [path, Function.prototype.toString.call(value)]);
       return { doors, readable, count: entries.length }`,
      { tools, env: { a: 1 } },
    );
    expect(error).toBeUndefined();
    const { doors, readable, count } = value as { doors: string[]; readable: [string, string][]; count: number };
    expect(count).toBeGreaterThan(500);
    expect(doors).toEqual([]);
    expect(readable.map(([path]) => path).filter((path) => !READABLE.test(path))).toEqual([]);
    for (const [path, text] of readable)
      expect([path, /deliver|collect|createRuntime|payload|maxCalls|RealmConfig/.test(text)]).toEqual([path, false]);
  });

  it('survives a call of everything in it with junk', async () => {
    const { status, error } = await run(
      `${WALK}
       const junk = [undefined, null, -1, 3, 'x', {}, [], () => 1, Symbol('s'), 1n];
       for (const [value, path] of entries) {
         if (typeof value !== 'function' || /external_|\\.(?:eval|Function|repeat|padStart|padEnd|fill)$|setInterval|setTimeout/.test(path)) continue;
         for (let i = 0; i < 6; i++) {
           const args = [junk[i], junk[(i + 3) % 10], junk[(i + 7) % 10]];
           try { const made = Reflect.apply(value, junk[(i + 5) % 10], args); if (made instanceof Promise) made.catch(() => {}) } catch {}
           try { Reflect.construct(value, args) } catch {}
         }
       }
       return 'alive'`,
      { tools, limits: { wallMs: 20_000 } },
    );
    expect(error).toBeUndefined();
    expect(status).toBe('value');
  });

  it('shows no frame that could hand over a function or receiver of the runtime', async () => {
    const { value } = await run(
      `const got = []; const note = (frame) => got.push([typeof frame.getFunction?.(), typeof frame.getThis?.()]);
       Error.prepareStackTrace = (error, frames) => { for (const frame of frames) note(frame); return 'own' };
       new Error('x').stack; try { setTimeout() } catch (e) { e.stack } try { await external_bad() } catch (e) { e.stack } try { await external_echo(1n) } catch (e) { e.stack }
       try { structuredClone(() => {}) } catch (e) { e.stack } try { new URL('::') } catch (e) { e.stack } console.log(new Error('y')); try { [].reduce(() => {}) } catch (e) { e.stack }
       const o = { get stack() { return 1 } }; Error.captureStackTrace?.(o); o.stack; return got`,
      { tools: { ...tools, external_bad: () => Promise.reject(new Error('bad')) } },
    );
    for (const types of value as string[][]) expect(types).toEqual(['undefined', 'undefined']);
    if (engine === 'vm') expect((value as unknown[]).length).toBeGreaterThan(5);
  });

  it('has no callers and no arguments to look at', async () => {
    const { value } = await run(
      `const probe = (f) => ['caller', 'arguments'].map((key) => { try { return f[key] === null || f[key] === undefined ? 'nothing' : 'something' } catch (e) { return e.name } });
       return [console.log, setTimeout, external_echo, Date, RangeError, crypto.randomUUID, function () {}, (0, eval)('(function sloppy() {})')].flatMap(probe)`,
      { tools },
    );
    expect(value).toSatisfy((found: string[]) => found.every((what) => what === 'TypeError' || what === 'nothing'));
  });

  it('lets code made from text reach nothing more', async () => {
    const { value } = await run(
      `const sloppy = (0, eval)('(function () { return this })'); const made = new Function('return typeof __door + typeof runtime + typeof host + typeof emit');
       return [sloppy() === globalThis, made(), (0, eval)('typeof deliver + typeof program + typeof calls'), (async () => {}).constructor('return typeof process')() instanceof Promise]`,
    );
    expect(value).toEqual([true, 'undefinedundefinedundefinedundefined', 'undefinedundefinedundefined', true]);
  });

  it('keeps nothing for the next program', async () => {
    await run(
      'globalThis.left = 1; Object.prototype.left = 2; Array.prototype.left = 3; Promise.left = 4; console.left = 5; crypto.left = 6; Math.random = () => 7',
    );
    const { value } = await run(
      'return [typeof left, typeof [].left, typeof Promise.left, typeof console.left, typeof crypto.left, Math.random() < 1]',
    );
    expect(value).toEqual(['undefined', 'undefined', 'undefined', 'undefined', 'undefined', true]);
  });

  it('names its functions as every platform does', async () => {
    const { value } = await run(
      `const shape = (f) => [f.name, f.length]; return [Date, RangeError, Date.now, Math.random, console.log, console.table, setTimeout, setInterval, clearTimeout, queueMicrotask, crypto.randomUUID, crypto.getRandomValues, crypto.subtle.digest, performance.now, structuredClone, URL, TextEncoder, atob, AbortController].map(shape)`,
    );
    expect(value).toEqual([
      ['Date', 7],
      ['RangeError', 1],
      ['now', 0],
      ['random', 0],
      ['log', 0],
      ['table', 0],
      ['setTimeout', 1],
      ['setInterval', 1],
      ['clearTimeout', 0],
      ['queueMicrotask', 1],
      ['randomUUID', 0],
      ['getRandomValues', 1],
      ['digest', 2],
      ['now', 0],
      ['structuredClone', expect.any(Number)],
      ['URL', expect.any(Number)],
      ['TextEncoder', 0],
      ['atob', 1],
      ['AbortController', 0],
    ]);
  });

  it('leaves RangeError as it was but for where it came from', async () => {
    const { value } = await run(
      `class Mine extends RangeError {} const made = [new RangeError('m', { cause: 1 }), RangeError('m'), new Mine('m'), Reflect.construct(RangeError, ['m'], Error)];
       let native; try { 'x'.repeat(-1) } catch (e) { native = e }
       return [made.map((e) => [e instanceof RangeError, e.name, e.message, Object.hasOwn(e, 'cause'), Object.keys(e).length]), native instanceof RangeError, native.constructor === RangeError, Object.getPrototypeOf(RangeError) === Error, RangeError.prototype.constructor === RangeError, new RangeError().message, Object.hasOwn(new RangeError(), 'message'), new RangeError(undefined, {}).message]`,
    );
    expect(value).toEqual([
      [
        [true, 'RangeError', 'm', true, 0],
        [true, 'RangeError', 'm', false, 0],
        [true, 'RangeError', 'm', false, 0],
        [false, 'Error', 'm', false, 0],
      ],
      true,
      true,
      true,
      true,
      '',
      false,
      '',
    ]);
  });
});
