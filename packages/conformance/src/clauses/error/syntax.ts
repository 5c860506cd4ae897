import type { Clause } from '../../clause.ts';

/** Programs that do not parse, and rejections nobody handles. */
export const syntaxErrors: readonly Clause[] = [
  {
    id: 'ERROR-024',
    level: 'MUST',
    title: 'A program that does not parse fails with SyntaxError and GUEST_SYNTAX_ERROR',
    refs: ['errors.syntax', 'errors.names'],
    async run(t) {
      for (const code of [
        'const = 1;',
        'return (',
        'let a; let a;',
        'const s = "open',
        'a b',
        'if (',
        'return `open',
        'class { }',
        '/(/;',
      ]) {
        await t.error(code, { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      }
    },
  },
  {
    id: 'ERROR-025',
    level: 'MUST',
    title: "A syntax error tells its line and column in the guest's source",
    refs: ['errors.syntax'],
    requires: ['errorPositions'],
    async run(t) {
      const error = await t.error('const a = 1;\nconst b = 2;\nconst c = = 3;\nreturn a;', { code: 'GUEST_SYNTAX_ERROR' });
      t.matches(error.message, / \(3:\d+\)$/, 'error.message');
      t.matches(error.stack, /program\.js:3:\d+/, 'error.stack');
      t.matches((await t.error('const = 1;')).message, / \(1:\d+\)$/, 'the message of an error on line 1');
    },
  },
  {
    id: 'ERROR-026',
    level: 'MUST',
    title: 'Nothing of a program that does not parse runs',
    refs: ['errors.syntax'],
    async run(t) {
      const touch = t.tool();
      const result = await t.run("console.log('ran'); external_touch({});\nconst = 1;", { tools: { external_touch: touch } });
      t.failsWith(result, { code: 'GUEST_SYNTAX_ERROR' });
      t.deepEqual(t.logs(result), [], 'the logs');
      t.equal(touch.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'ERROR-027',
    level: 'MUST',
    title: 'A SyntaxError thrown at run time is an ordinary error without the code',
    refs: ['errors.syntax', 'errors.names'],
    async run(t) {
      const error = await t.error("JSON.parse('{');", { name: 'SyntaxError' });
      t.equal(error.code, undefined, 'error.code');
    },
  },
  {
    id: 'ERROR-028',
    level: 'MUST',
    title: 'A body that closes its own function is a syntax error and nothing outside it runs',
    refs: ['errors.closed-wrapper', 'tools.injection'],
    async run(t) {
      const touch = t.tool();
      for (const code of [
        'return 1 }); (async()=>{',
        'return 1 })(); (async () => {',
        '}); external_touch({}); (async () => {',
        '} external_touch({}); {',
        '}; external_touch({}); async function x() {',
        '})(), external_touch({}), (async () => {',
        '*/ } external_touch({}) {',
        'return 1; //\n} external_touch({}); async () => {',
      ]) {
        const result = await t.run(code, { tools: { external_touch: touch } });
        t.failsWith(result, { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      }
      t.equal(touch.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'ERROR-029',
    level: 'MUST',
    title: 'An open template, comment or parenthesis does not swallow the wrapper',
    refs: ['errors.closed-wrapper'],
    async run(t) {
      for (const code of ['return `', 'return 1 /*', 'return (1', 'return [1', 'return {']) {
        await t.error(code, { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      }
    },
  },
  {
    id: 'ERROR-030',
    level: 'MUST',
    title: 'An unhandled rejection logs one line and does not fail the run',
    refs: ['errors.unhandled'],
    requires: ['unhandledRejections'],
    async run(t) {
      const result = await t.run("Promise.reject(new Error('nobody')); await external_wait({}); return 'fine';", {
        tools: { external_wait: t.tool() },
      });
      t.equal(t.succeeds(result), 'fine', 'the returned value');
      t.deepEqual(t.logs(result), ['WARN: Unhandled promise rejection: Error: nobody'], 'the logs');
    },
  },
  {
    id: 'ERROR-031',
    level: 'MUST',
    title: 'A rejection handled before its turn ends logs nothing',
    refs: ['errors.unhandled'],
    async run(t) {
      const lines = await t.lines(
        "const p = Promise.reject(new Error('later')); await null; await null; p.catch(() => {}); await external_wait({});",
        {
          tools: { external_wait: t.tool() },
        },
      );
      t.deepEqual(lines, [], 'the logs');
    },
  },
  {
    id: 'ERROR-032',
    level: 'MUST',
    title: 'A rejection left behind when the program returns does not fail it',
    refs: ['errors.unhandled'],
    async run(t) {
      t.equal(await t.value("Promise.reject(new Error('left')); return 1;"), 1, 'the returned value');
    },
  },
  {
    id: 'ERROR-033',
    level: 'MUST',
    title: "Every code of the error table comes with the table's name",
    refs: ['errors.names'],
    async run(t) {
      await t.error('const = 1;', { name: 'SyntaxError', code: 'GUEST_SYNTAX_ERROR' });
      await t.error('return 1n;', { name: 'SerializationError', code: 'RESULT_NOT_SERIALIZABLE' });
      await t.error('await new Promise(() => {});', { name: 'StalledError', code: 'STALLED' });
      const never = t.tool(() => new Promise(() => {}));
      await t.error(
        'await external_never({});',
        { name: 'TimeoutError', code: 'TIMEOUT' },
        { timeout: 200, tools: { external_never: never } },
      );
      const context = await t.context();
      await context.dispose();
      t.failsWith(await context.execute('return 1;'), { name: 'DisposedError', code: 'DISPOSED' });
    },
  },
];
