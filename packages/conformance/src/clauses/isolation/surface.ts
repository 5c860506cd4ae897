import type { Clause } from '../../clause.ts';

const ECMASCRIPT =
  'AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack Error EvalError ' +
  'Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy ' +
  'RangeError ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array ' +
  'Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt ' +
  'undefined unescape';

/** The portable globals of the contract, and the classes they cannot do without. */
const PORTABLE =
  'console setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone URL URLSearchParams TextEncoder TextDecoder atob btoa crypto ' +
  'performance AbortController AbortSignal';
const THEIR_CLASSES = 'Event EventTarget DOMException';

/** What is on globalThis, and what hangs from it. */
export const guestSurface: readonly Clause[] = [
  {
    id: 'ISO-008',
    level: 'MUST',
    title: 'Nothing is global but ECMAScript, the portable globals and the offered tools',
    refs: ['isolation.nothing-else', 'isolation.runtime'],
    async run(t) {
      const listed = await t.value('return Object.getOwnPropertyNames(globalThis);', {
        tools: { external_a: t.tool(), skill_b: t.tool() },
      });
      const names = t.strings(listed, 'the names on globalThis');
      const known = new Set(`${ECMASCRIPT} ${PORTABLE} ${THEIR_CLASSES} external_a skill_b`.split(' '));
      t.deepEqual(
        names.filter((name) => !known.has(name)),
        [],
        'the other names on globalThis',
      );
      const symbols = await t.value('return Object.getOwnPropertySymbols(globalThis).filter((s) => s !== Symbol.toStringTag).map(String);');
      t.deepEqual(symbols, [], 'the symbols on globalThis');
    },
  },
  {
    id: 'ISO-009',
    level: 'MUST',
    title: "The prototype chain of globalThis holds nothing but the language's own members",
    refs: ['isolation.nothing-else', 'isolation.runtime'],
    async run(t) {
      const names = await t.value(`
        const names = []; const own = Reflect.ownKeys(Object.prototype);
        for (let p = Object.getPrototypeOf(globalThis); p; p = Object.getPrototypeOf(p)) for (const key of Reflect.ownKeys(p)) if (!own.includes(key)) names.push(String(key));
        return names;`);
      t.deepEqual(names, [], 'the other names on the prototypes of globalThis');
    },
  },
  {
    id: 'ISO-010',
    level: 'MUST',
    title: 'SharedArrayBuffer, Atomics.wait, WebAssembly, WeakRef and FinalizationRegistry are absent',
    refs: ['isolation.absent'],
    async run(t) {
      const value = await t.value(`
        return ['SharedArrayBuffer', 'WebAssembly', 'WeakRef', 'FinalizationRegistry'].filter((name) => name in globalThis)
          .concat(typeof Atomics === 'undefined' ? [] : ['wait', 'waitAsync'].filter((name) => name in Atomics));`);
      t.deepEqual(value, [], 'what is there');
    },
  },
  {
    id: 'ISO-011',
    level: 'MUST',
    title: 'A walk over everything reachable from globalThis meets no handle of a host or a runtime',
    refs: ['isolation.runtime', 'isolation.host'],
    async run(t) {
      const value = await t.value(
        `const seen = new Set(); const queue = [[globalThis, 'globalThis', 0], [external_a, 'external_a', 0], [await external_a({}), 'result', 0]];
        const suspicious = [];
        const handles = ['Reference', 'ExternalCopy', 'Isolate', 'Context', 'Callback', 'Script', 'Session', 'MessagePort', 'Worker', 'Socket', 'Process', 'process', 'Buffer', 'Module'];
        for (let at = 0; at < queue.length && at < 20000; at++) {
          const [value, path, depth] = queue[at];
          if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
          seen.add(value);
          const proto = Object.getPrototypeOf(value);
          const maker = proto && Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
          const name = typeof maker === 'function' && Object.getOwnPropertyDescriptor(maker, 'name')?.value;
          if (handles.includes(name)) suspicious.push(path + ' is a ' + name);
          if (typeof value === 'function') for (const key of ['caller', 'arguments']) {
            let got; try { got = value[key]; } catch { continue; }
            if (got !== null && got !== undefined && !Object.hasOwn(Function.prototype, key)) suspicious.push(path + '.' + key);
          }
          if (depth > 12) continue;
          if (proto) queue.push([proto, path + '.__proto__', depth + 1]);
          for (const key of Reflect.ownKeys(value)) {
            const desc = Object.getOwnPropertyDescriptor(value, key);
            const next = path + '.' + String(key);
            if (/isomux|tanstack|__runtime|__host|__bridge|__tool|ivm|quickjs/i.test(String(key))) suspicious.push(next);
            if (desc.get) { queue.push([desc.get, next + '.get', depth + 1]); try { queue.push([value[key], next, depth + 1]); } catch {} }
            if (desc.set) queue.push([desc.set, next + '.set', depth + 1]);
            if ('value' in desc) queue.push([desc.value, next, depth + 1]);
          }
        }
        return [seen.size > 300, suspicious];`,
        { tools: { external_a: t.tool(() => ({ a: [1] })) } },
      );
      t.deepEqual(value, [true, []], 'whether the walk got anywhere, and what it met');
    },
  },
  {
    id: 'ISO-012',
    level: 'MUST',
    title: 'Call sites, where the engine has them, lead to no function and no this of the runtime',
    refs: ['isolation.runtime', 'errors.stack'],
    async run(t) {
      const value = await t.value(
        `const leaks = []; const mine = [];
        Error.prepareStackTrace = (error, sites) => {
          for (const site of sites ?? []) {
            for (const get of ['getFunction', 'getThis', 'getEvalOrigin']) {
              let got; try { got = site[get]?.(); } catch { continue; }
              if (got === undefined || got === null || got === globalThis || mine.includes(got) || typeof got === 'string') continue;
              leaks.push(get + ' of ' + site.getFunctionName?.() + ' gave ' + typeof got);
            }
            const file = String(site.getFileName?.() ?? '') + String(site.getScriptNameOrSourceURL?.() ?? '');
            if (/node:|file:|node_modules|[/]/.test(file)) leaks.push(file);
          }
          return '';
        };
        const look = () => { void new Error('look').stack; }; mine.push(look);
        look(); await external_a({}); look();
        if (globalThis.setTimeout) await new Promise((resolve) => setTimeout(() => { look(); resolve(); }, 1));
        console.log({ toJSON() { look(); } });
        Promise.resolve().then(look); await null;
        try { await external_a({ toJSON() { look(); return 1; } }); } catch {}
        return leaks;`,
        { tools: { external_a: t.tool() } },
      );
      t.deepEqual(value, [], 'what call sites led to');
    },
  },
  {
    id: 'ISO-013',
    level: 'MUST',
    title: 'Built-ins replaced by the guest are handed nothing of the runtime',
    refs: ['isolation.runtime', 'console.patched'],
    async run(t) {
      const value = await t.value(
        `let calls = 0; const spy = (owner, key) => { const real = owner[key]; owner[key] = function () { if (watching) calls++; return Reflect.apply(real, this, arguments); }; };
        let watching = false; const map = new Map([[1, 2]]);
        for (const key of ['push', 'pop', 'shift', 'splice', 'map', 'join', 'forEach', 'slice', 'concat', 'indexOf', 'includes']) spy(Array.prototype, key);
        for (const key of ['get', 'set', 'has', 'delete']) { spy(Map.prototype, key); }
        for (const key of ['call', 'apply', 'bind']) { const real = Function.prototype[key]; Function.prototype[key] = function () { if (watching) calls++; return real; }; }
        for (const key of ['parse', 'stringify']) spy(JSON, key);
        for (const key of ['keys', 'assign', 'defineProperty', 'freeze', 'create', 'entries']) spy(Object, key);
        const then = Promise.prototype.then; Promise.prototype.then = function (a, b) { if (watching) calls++; return Reflect.apply(then, this, [a, b]); };
        watching = true;
        console.log('x', { a: [1, map] }, '%s');
        await external_a({ n: [1, 2] });
        if (globalThis.setTimeout) await new Promise((resolve) => setTimeout(resolve, 1));
        watching = false;
        return calls;`,
        { tools: { external_a: t.tool((args) => args) } },
      );
      t.equal(value, 0, "how often the runtime called the guest's replacements");
    },
  },
  {
    id: 'ISO-014',
    level: 'MUST',
    title: 'Prototype pollution in a run is invisible to the host, its arguments and its results',
    refs: ['isolation.pollution'],
    async run(t) {
      const take = t.tool(() => ({}));
      const result = await t.run(
        `Object.prototype.polluted = 'yes'; Array.prototype.polluted = 'yes'; Object.prototype.toString = () => 'polluted';
        Object.setPrototypeOf(Object.prototype.constructor, { evil: 1 });
        await external_take({ a: [1] }); return { b: [2] };`,
        { tools: { external_take: take } },
      );
      const value = t.succeeds(result);
      for (const [what, object] of [
        ['the host', {}],
        ['an argument', take.received[0]],
        ['the result', value],
      ] as const) {
        t.equal(Reflect.get(t.object(object, what), 'polluted'), undefined, `polluted as seen from ${what}`);
      }
      t.equal(Object.prototype.toString.call({}), '[object Object]', 'how an object reads in the host');
    },
  },
  {
    id: 'ISO-015',
    level: 'MUST',
    title: 'Prototype pollution in a run is invisible to runs beside it and after it',
    refs: ['isolation.pollution', 'life.concurrent'],
    requires: ['isolationOfContexts'],
    async run(t) {
      const look = 'await external_wait({}); return [({}).polluted === undefined, [1].map((x) => x)];';
      const tools = { external_wait: t.tool(() => t.sleep(60)) };
      const context = await t.context({ tools });
      const beside = await t.context({ tools });
      const results = await Promise.all([
        context.execute("Object.prototype.polluted = 'yes'; Array.prototype.map = () => 'polluted'; await external_wait({}); return 1;"),
        context.execute(look),
        beside.execute(look),
      ]);
      results.push(await context.execute(look));
      for (const result of results.slice(1)) t.deepEqual(t.succeeds(result), [true, [1]], 'what another run saw');
    },
  },
];
