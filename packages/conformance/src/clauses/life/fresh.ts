import type { Clause } from '../../clause.ts';

/** One context, many runs. */
export const freshRealms: readonly Clause[] = [
  {
    id: 'LIFE-001',
    level: 'MUST',
    title: 'Globals set by one execute are gone in the next on the same context',
    refs: ['life.fresh'],
    requires: ['isolationOfContexts'],
    async run(t) {
      const context = await t.context();
      t.succeeds(
        await context.execute(
          "globalThis.left = 1; globalThis.console.left = 1; Object.defineProperty(globalThis, 'hidden', { value: 1 });",
        ),
      );
      const result = await context.execute('return [typeof left, typeof hidden, console.left === undefined];');
      t.deepEqual(t.succeeds(result), ['undefined', 'undefined', true], 'the types of the globals that were left');
    },
  },
  {
    id: 'LIFE-002',
    level: 'MUST',
    title: 'Built-ins patched by one execute are whole in the next on the same context',
    refs: ['life.fresh', 'isolation.pollution'],
    requires: ['isolationOfContexts'],
    async run(t) {
      const context = await t.context({ tools: { external_echo: t.tool((args) => args) } });
      t.succeeds(
        await context.execute(`
          Array.prototype.map = () => 'patched'; Object.prototype.polluted = 1; JSON.stringify = () => 'patched'; Promise.prototype.then = null;
          console.log = () => {}; globalThis.external_echo = () => 'patched'; Object.freeze(Math);`),
      );
      const result = await context.execute(`
        console.log('heard');
        Math.own = 1;
        return [[1].map((x) => x + 1), ({}).polluted === undefined, JSON.stringify({}), await Promise.resolve(5).then((x) => x), await external_echo({ n: 1 })];`);
      t.deepEqual(t.succeeds(result), [[2], true, '{}', 5, { n: 1 }], 'what the built-ins gave');
      t.deepEqual(t.logs(result), ['heard'], 'the logs');
    },
  },
  {
    id: 'LIFE-003',
    level: 'MUST',
    title: 'Each execute has its own logs, counts and results',
    refs: ['life.fresh', 'console.order'],
    async run(t) {
      const context = await t.context();
      for (let n = 1; n <= 3; n++) {
        const result = await context.execute(`console.log('run ${n}'); console.count('c'); return ${n};`);
        t.equal(t.succeeds(result), n, 'the returned value');
        t.deepEqual(t.logs(result), [`run ${n}`, 'c: 1'], 'the logs');
      }
    },
  },
  {
    id: 'LIFE-004',
    level: 'MUST',
    title: 'The same program may declare the same names again and again',
    refs: ['life.fresh'],
    async run(t) {
      const context = await t.context();
      for (let n = 0; n < 3; n++) {
        const value = t.succeeds(await context.execute('const a = 1; let b = 2; class C {} function d() {} var e = 5; return a + b + e;'));
        t.equal(value, 8, 'the returned value');
      }
    },
  },
  {
    id: 'LIFE-005',
    level: 'MUST',
    title: 'After a syntax error, a throw, a stall and a value without JSON form the context executes again',
    refs: ['life.again'],
    async run(t) {
      const context = await t.context();
      for (const code of ['const = 1;', "throw new Error('x');", 'await new Promise(() => {});', 'return 1n;', 'null.x;']) {
        t.failsWith(await context.execute(code));
        t.equal(t.succeeds(await context.execute('return 1;')), 1, `the value of the program after ${code}`);
      }
    },
  },
  {
    id: 'LIFE-006',
    level: 'MUST',
    title: 'After a timeout in a tool the context executes and calls tools again',
    refs: ['life.again', 'time.tool-waits'],
    async run(t) {
      const context = await t.context({
        timeout: 300,
        tools: { external_never: t.tool(() => new Promise(() => {})), external_echo: t.tool((args) => args) },
      });
      for (let n = 0; n < 2; n++) {
        t.failsWith(await context.execute('await external_never({});'), { code: 'TIMEOUT' });
        t.deepEqual(t.succeeds(await context.execute('return await external_echo({ n: 1 });')), { n: 1 }, 'the value of the next program');
      }
    },
  },
  {
    id: 'LIFE-007',
    level: 'MUST',
    title: 'Ten runs in a row that exhaust their memory, each leave the context able to execute',
    refs: ['life.again', 'time.memory'],
    requires: ['memoryLimit'],
    async run(t) {
      const context = await t.context({ memoryLimit: 32, timeout: 30_000 });
      for (let n = 0; n < 10; n++) {
        t.failsWith(
          await context.execute('const keep = []; for (let i = 0; i < 400; i++) keep.push(new Array(131072).fill(i)); return keep.length;'),
          { code: 'MEMORY_LIMIT' },
        );
        t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the value of the next program');
      }
    },
  },
];
