import type { Clause } from '../../clause.ts';

/** What becomes of what a program throws. */
export const thrownValues: readonly Clause[] = [
  {
    id: 'ERROR-007',
    level: 'MUST',
    title: 'A thrown Error keeps its name and message',
    refs: ['errors.thrown-error'],
    async run(t) {
      await t.error("throw new Error('plain');", { name: 'Error', message: 'plain' });
      await t.error("throw new TypeError('typed');", { name: 'TypeError', message: 'typed' });
      await t.error("const e = new Error('renamed'); e.name = 'Custom'; throw e;", { name: 'Custom', message: 'renamed' });
      await t.error("class Mine extends Error { get name() { return 'Mine'; } } throw new Mine('classy');", {
        name: 'Mine',
        message: 'classy',
      });
      await t.error("throw new Error('');", { name: 'Error', message: '' });
    },
  },
  {
    id: 'ERROR-008',
    level: 'MUST',
    title: "A thrown Error keeps its own code, and without one the failure's code is absent",
    refs: ['errors.thrown-error'],
    async run(t) {
      await t.error("throw Object.assign(new Error('no'), { code: 'E_MINE' });", { name: 'Error', message: 'no', code: 'E_MINE' });
      const error = await t.error("throw new Error('no');");
      t.equal(error.code, undefined, 'error.code');
    },
  },
  {
    id: 'ERROR-009',
    level: 'MUST',
    title: "An engine's own errors have their standard names",
    refs: ['errors.thrown-error'],
    async run(t) {
      await t.error('null.x;', { name: 'TypeError' });
      await t.error('missing;', { name: 'ReferenceError' });
      await t.error('new Array(-1);', { name: 'RangeError' });
      await t.error("JSON.parse('{');", { name: 'SyntaxError' });
      await t.error("decodeURIComponent('%');", { name: 'URIError' });
    },
  },
  {
    id: 'ERROR-010',
    level: 'MUST',
    title: 'A thrown string becomes an Error with that message',
    refs: ['errors.thrown-values'],
    async run(t) {
      await t.error("throw 'just text';", { name: 'Error', message: 'just text' });
      await t.error("throw '';", { name: 'Error', message: '' });
    },
  },
  {
    id: 'ERROR-011',
    level: 'MUST',
    title: 'A thrown number, boolean, null, undefined, BigInt or symbol becomes an Error with its text',
    refs: ['errors.thrown-values'],
    async run(t) {
      for (const [source, message] of [
        ['42', '42'],
        ['NaN', 'NaN'],
        ['false', 'false'],
        ['null', 'null'],
        ['undefined', 'undefined'],
        ['7n', '7'],
        ["Symbol('s')", 'Symbol(s)'],
      ]) {
        await t.error(`throw ${source};`, { name: 'Error', message: message ?? '' });
      }
    },
  },
  {
    id: 'ERROR-012',
    level: 'MUST',
    title: 'A thrown object keeps its own string fields name, message and code',
    refs: ['errors.thrown-objects'],
    async run(t) {
      await t.error("throw { name: 'HttpError', message: 'gone', code: 'E410' };", { name: 'HttpError', message: 'gone', code: 'E410' });
      await t.error("throw { message: 'only this' };", { name: 'Error', message: 'only this' });
    },
  },
  {
    id: 'ERROR-013',
    level: 'MUST',
    title: 'Fields of a thrown object that are no strings do not reach the failure as they are',
    refs: ['errors.thrown-objects', 'errors.hostile'],
    async run(t) {
      const error = await t.error('throw { name: { evil: 1 }, message: [1], code: { x: 1 }, stack: 5 };');
      for (const key of ['name', 'message'] as const) t.equal(typeof error[key], 'string', `the type of error.${key}`);
      for (const key of ['stack', 'code'] as const)
        t.ok(error[key] === undefined || typeof error[key] === 'string', `error.${key} must be text or absent`);
    },
  },
  {
    id: 'ERROR-014',
    level: 'MUST',
    title: 'Throwing getters, Proxies and a hostile toString end as an ordinary failure, with the logs',
    refs: ['errors.hostile', 'errors.resolves'],
    async run(t) {
      const trap =
        "{ get() { throw new Error('trap'); }, getPrototypeOf() { throw 1; }, has() { throw 1; }, ownKeys() { throw 1; }, getOwnPropertyDescriptor() { throw 1; } }";
      for (const thrown of [
        '{ get name() { throw 1; }, get message() { throw 2; }, get code() { throw 3; }, get stack() { throw 4; } }',
        `new Proxy({}, ${trap})`,
        `new Proxy(new Error('e'), ${trap})`,
        `new Proxy(function () {}, ${trap})`,
        '{ toString() { throw 1; }, [Symbol.toPrimitive]() { throw 2; } }',
        'Object.create(null)',
        "Object.defineProperty(new Error('e'), 'message', { get() { throw 1; } })",
        '{ message: { toString() { throw 1; } } }',
        'Proxy.revocable({}, {}).proxy',
        '(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy; })()',
        "Object.assign(new Error('c'), { cause: new Proxy({}, { get() { throw 1; } }) })",
      ]) {
        const result = await t.run(`console.log('kept'); throw ${thrown};`);
        t.failsWith(result);
        t.deepEqual(t.logs(result), ['kept'], `the logs of throw ${thrown}`);
      }
    },
  },
  {
    id: 'ERROR-015',
    level: 'MUST',
    title: "An error that only uses a limit's words is that error and no limit",
    refs: ['errors.names'],
    async run(t) {
      for (const [name, message] of [
        ['Error', 'out of memory'],
        ['RangeError', 'Maximum call stack size exceeded'],
        ['InternalError', 'stack overflow'],
        ['Error', 'Script execution timed out.'],
        ['Error', 'interrupted'],
        ['Error', 'Isolate was disposed during execution due to memory limit'],
      ]) {
        const code = `const e = new Error(${JSON.stringify(message)}); e.name = ${JSON.stringify(name)}; throw e;`;
        const error = await t.error(code, { name: name ?? '', message: message ?? '' });
        t.equal(error.code, undefined, `the code of "${message}"`);
      }
      await t.error("throw new RangeError('Maximum call stack size exceeded');", { name: 'RangeError' });
    },
  },
];
