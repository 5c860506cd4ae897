import type { Clause } from '../../clause.ts';
import { numberIn } from '../../property.ts';

const TRUNCATED = /^\[log truncated: over (maxLogLines|maxLogBytes) \d+\]$/;

function numbered(count: number, prefix = 'line '): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Lines arrive once, in order, and whatever happens to the run. */
export const consoleDelivery: readonly Clause[] = [
  {
    id: 'CONSOLE-024',
    level: 'MUST',
    title: 'Lines appear exactly once and in order across 50 tool calls',
    refs: ['console.order'],
    async run(t) {
      const lines = await t.lines(
        'for (let i = 0; i < 50; i++) { console.log(`line ${2 * i}`); await external_wait({}); console.log(`line ${2 * i + 1}`); }',
        {
          tools: { external_wait: t.tool() },
        },
      );
      t.deepEqual(lines, numbered(100), 'the logs');
    },
  },
  {
    id: 'CONSOLE-025',
    level: 'MUST',
    title: 'Levels and asynchronous parts keep the order in which they were written',
    refs: ['console.order'],
    async run(t) {
      const lines = await t.lines(
        `console.log('1'); console.error('2'); console.log('3');
        const call = external_wait({}).then(() => console.warn('6'));
        Promise.resolve().then(() => console.info('5'));
        console.debug('4');
        await call;
        if (globalThis.setTimeout) await new Promise((resolve) => setTimeout(resolve, 1));
        console.log('7');`,
        { tools: { external_wait: t.tool() } },
      );
      t.deepEqual(lines, ['1', 'ERROR: 2', '3', '4', 'INFO: 5', 'WARN: 6', '7'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-026',
    level: 'MUST',
    title: '5,000 lines of one turn arrive complete',
    refs: ['console.order'],
    async run(t) {
      t.deepEqual(await t.lines('for (let i = 0; i < 5000; i++) console.log(`line ${i}`);'), numbered(5_000), 'the logs');
    },
  },
  {
    id: 'CONSOLE-027',
    level: 'MUST',
    title: 'Lines written before an endless loop are kept when it times out',
    refs: ['console.kept'],
    requires: ['interrupt'],
    async run(t) {
      const result = await t.run("console.log('one'); await external_wait({}); console.log('two'); while (true) {}", {
        timeout: 300,
        tools: { external_wait: t.tool() },
      });
      t.failsWith(result, { name: 'TimeoutError' });
      t.deepEqual(t.logs(result), ['one', 'two'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-028',
    level: 'MUST',
    title: 'Lines written before a tool that is too slow are kept when the run times out',
    refs: ['console.kept'],
    async run(t) {
      const never = t.tool(() => new Promise(() => {}));
      const result = await t.run("console.log('one'); await external_never({}); console.log('two');", {
        timeout: 200,
        tools: { external_never: never },
      });
      t.failsWith(result, { name: 'TimeoutError' });
      t.deepEqual(t.logs(result), ['one'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-029',
    level: 'MUST',
    title: 'Lines written before memory runs out are kept',
    refs: ['console.kept'],
    requires: ['memoryLimit'],
    async run(t) {
      const result = await t.run(
        "console.log('one'); const keep = []; for (let i = 0; i < 6000; i++) keep.push(new Array(13107).fill(i)); return keep.length;",
        {
          memoryLimit: 32,
        },
      );
      t.failsWith(result, { name: 'MemoryLimitError' });
      t.deepEqual(t.logs(result), ['one'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-030',
    level: 'MUST',
    title: 'Lines written before an abort are kept',
    refs: ['console.kept', 'extensions.abort'],
    requires: ['abort'],
    async run(t) {
      const abort = new AbortController();
      const context = await t.context({ tools: { external_abort: t.tool(() => (abort.abort(), new Promise(() => {}))) } });
      const result = await context.execute("console.log('one'); await external_abort({});", { signal: abort.signal });
      t.failsWith(result, { name: 'AbortError' });
      t.deepEqual(t.logs(result), ['one'], 'the logs');
    },
  },
  {
    id: 'CONSOLE-031',
    level: 'MUST',
    title: 'A flood of lines is cut with one marker at the end, and the run succeeds',
    refs: ['console.caps'],
    async run(t) {
      const result = await t.run("for (let i = 0; i < 60000; i++) console.log('x'.repeat(100)); return 'done';", { timeout: 30_000 });
      t.equal(t.succeeds(result), 'done', 'the returned value');
      const lines = t.logs(result);
      t.atMost(lines.length, 59_999, 'how many lines were kept');
      t.matches(lines.at(-1), TRUNCATED, 'the last line');
      t.equal(lines.filter((line) => TRUNCATED.test(line)).length, 1, 'how many markers there are');
    },
  },
  {
    id: 'CONSOLE-032',
    level: 'MUST',
    title: 'One line of many megabytes is cut with a marker, and the run succeeds',
    refs: ['console.caps'],
    async run(t) {
      const result = await t.run("console.log('small'); console.log('x'.repeat(8000000)); console.log('after'); return 'done';", {
        timeout: 30_000,
      });
      t.equal(t.succeeds(result), 'done', 'the returned value');
      const lines = t.logs(result);
      t.equal(lines[0], 'small', 'the first line');
      t.matches(lines.at(-1), TRUNCATED, 'the last line');
      t.atMost(
        lines.reduce((sum, line) => sum + line.length, 0),
        4_000_000,
        'how much was kept',
      );
    },
  },
  {
    id: 'CONSOLE-033',
    level: 'MUST',
    title: 'maxLogLines keeps that many lines and then the marker that names it',
    refs: ['console.caps', 'extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const lines = await t.lines('for (let i = 0; i < 9; i++) console.log(`line ${i}`);', { limits: { maxLogLines: 5 } });
      t.deepEqual(lines, [...numbered(5), '[log truncated: over maxLogLines 5]'], 'the logs');
      t.deepEqual(
        await t.lines('for (let i = 0; i < 5; i++) console.log(`line ${i}`);', { limits: { maxLogLines: 5 } }),
        numbered(5),
        'logs within the limit',
      );
    },
  },
  {
    id: 'CONSOLE-034',
    level: 'MUST',
    title: 'maxLogBytes keeps no more bytes and then the marker that names it',
    refs: ['console.caps', 'extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const lines = await t.lines("for (let i = 0; i < 9; i++) console.log('é'.repeat(15));", { limits: { maxLogBytes: 100 } });
      t.equal(lines.at(-1), '[log truncated: over maxLogBytes 100]', 'the last line');
      const kept = lines.slice(0, -1).join('');
      t.matches(kept, /^é+$/, 'the kept lines');
      t.atMost(kept.length * 2, 100, 'kept bytes');
      t.atLeast(kept.length * 2, 60, 'kept bytes');
    },
  },
  {
    id: 'CONSOLE-035',
    level: 'MUST',
    title: 'Lines are delivered as events while the run is going, and the result has the same ones',
    refs: ['console.live', 'extensions.events'],
    requires: ['events'],
    async run(t) {
      const live: unknown[] = [];
      let whenCalled: unknown[] = [];
      const result = await t.run("console.log('one'); console.warn('two'); await external_look({}); console.log('three');", {
        onEvent: (event) => void (event.type === 'console' && live.push(event.line)),
        tools: {
          external_look: t.tool(() => {
            whenCalled = [...live];
          }),
        },
      });
      t.deepEqual(whenCalled, ['one', 'WARN: two'], 'the lines delivered before the tool was called');
      t.deepEqual(live, ['one', 'WARN: two', 'three'], 'the lines delivered live');
      t.deepEqual(t.logs(result), live, 'the logs');
    },
  },
  {
    id: 'CONSOLE-036',
    level: 'MUST',
    title: 'A program that patches the built-ins changes neither its logs, its calls nor its result',
    refs: ['console.patched'],
    async run(t) {
      const add = t.tool((args) => numberIn(args, 'n') + 1);
      const result = await t.run(
        `const hijack = () => { throw new Error('hijacked'); };
        for (const name of ['charCodeAt', 'slice', 'replace', 'split', 'startsWith', 'toString']) String.prototype[name] = hijack;
        for (const name of ['then', 'catch', 'finally']) Promise.prototype[name] = hijack;
        for (const name of ['call', 'apply', 'bind']) Function.prototype[name] = hijack;
        for (const name of ['get', 'set', 'has', 'add', 'delete', 'forEach']) Map.prototype[name] = Set.prototype[name] = hijack;
        for (const name of ['get', 'set', 'has']) WeakMap.prototype[name] = hijack;
        JSON.stringify = JSON.parse = hijack;
        Object.keys = Object.defineProperty = Object.getOwnPropertyDescriptor = Object.assign = Object.create = Object.entries = hijack;
        Reflect.apply = Reflect.ownKeys = Reflect.get = hijack;
        Math.random = Date.now = Number.isInteger = Array.isArray = String.fromCharCode = hijack;
        for (const name of ['push', 'pop', 'shift', 'slice', 'map', 'forEach', 'join', 'concat', 'filter', 'indexOf', Symbol.iterator]) Array.prototype[name] = hijack;
        console.log('one', { a: [1] });
        const n = await external_add({ n: 1 });
        console.log('two', n);
        return { n, list: [1, 2] };`,
        { tools: { external_add: add } },
      );
      t.deepEqual(t.succeeds(result), { n: 2, list: [1, 2] }, 'the returned value');
      t.deepEqual(t.logs(result), ['one {"a":[1]}', 'two 2'], 'the logs');
      t.deepEqual(add.received, [{ n: 1 }], 'what the tool received');
    },
  },
  accessorsOnObjectPrototype(
    'CONSOLE-037',
    'Setters and getters of ordinary names on Object.prototype neither see nor change results, logs and errors',
    ['success', 'error', 'logs', 'name', 'code', 'id', 'type', 'resolve', 'reject', 'text', 'length', 'd', 'c', 'n', 'i', 'value'],
  ),
  accessorsOnObjectPrototype(
    'CONSOLE-038',
    'Setters and getters of indexes on Object.prototype neither see nor change results, logs and errors',
    ['0', '1', '2'],
  ),
];

function accessorsOnObjectPrototype(id: string, title: string, names: readonly string[]): Clause {
  return {
    id,
    level: 'MUST',
    title,
    refs: ['console.patched', 'isolation.runtime'],
    async run(t) {
      // `value` comes last: from then on no descriptor of an accessor can be written down any more.
      const result = await t.run(
        `let seen = 0;
        for (const name of ${JSON.stringify(names)}) {
          Object.defineProperty(Object.prototype, name, { configurable: true, get() { return undefined; }, set(v) { seen++; } });
        }
        console.log('line', { a: 1 });
        await external_wait({ a: [1] });
        console.log('seen ' + seen);
        throw new TypeError('mine');`,
        { tools: { external_wait: t.tool() } },
      );
      t.failsWith(result, { name: 'TypeError', message: 'mine' });
      t.deepEqual(t.logs(result), ['line {"a":1}', 'seen 0'], 'the logs');
    },
  };
}
