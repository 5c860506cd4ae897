import type { Clause } from '../../clause.ts';

/** What a failure and a success look like as data. */
export const outcomeShapes: readonly Clause[] = [
  {
    id: 'ERROR-001',
    level: 'MUST',
    title: 'A failure has success false, an error of strings, and no value key',
    refs: ['errors.shape'],
    async run(t) {
      const result = await t.run("throw new Error('no');");
      const error = t.failsWith(result, { name: 'Error', message: 'no' });
      t.equal(Object.hasOwn(result, 'value'), false, 'whether the failure has a value key');
      for (const [key, field] of Object.entries(error)) t.equal(typeof field, 'string', `the type of error.${key}`);
    },
  },
  {
    id: 'ERROR-002',
    level: 'MUST',
    title: 'A success has success true and no error',
    refs: ['errors.shape'],
    async run(t) {
      const result = await t.run('return 1;');
      t.equal(result.success, true, 'result.success');
      t.equal(result.error, undefined, 'result.error');
    },
  },
  {
    id: 'ERROR-003',
    level: 'MUST',
    title: 'Logs written before a throw are kept',
    refs: ['errors.shape', 'console.kept'],
    async run(t) {
      const result = await t.run("console.log('one'); console.warn('two'); throw new Error('no');");
      t.failsWith(result);
      t.deepEqual(t.logs(result), ['one', 'WARN: two'], 'the logs');
    },
  },
  {
    id: 'ERROR-004',
    level: 'MUST',
    title: 'execute resolves for every kind of failing program',
    refs: ['errors.resolves'],
    async run(t) {
      const context = await t.context();
      for (const code of [
        'throw 1;',
        'syntax error here',
        'return 1n;',
        'null.x;',
        'await Promise.reject();',
        '}',
        '\0',
        'throw undefined;',
      ]) {
        t.failsWith(await context.execute(code));
      }
    },
  },
  {
    id: 'ERROR-005',
    level: 'MUST',
    title: 'A rejected promise that is awaited or returned fails the run like a throw',
    refs: ['errors.thrown-error'],
    async run(t) {
      const rejected = "Promise.reject(new RangeError('far'))";
      await t.error(`await ${rejected};`, { name: 'RangeError', message: 'far' });
      await t.error(`return ${rejected};`, { name: 'RangeError', message: 'far' });
      await t.error(`return { then(_, reject) { reject(new RangeError('far')); } };`, { name: 'RangeError', message: 'far' });
    },
  },
  {
    id: 'ERROR-006',
    level: 'MUST',
    title: 'A returned Error is a value, not a failure',
    refs: ['errors.shape', 'values.json'],
    async run(t) {
      t.deepEqual(await t.value("return new Error('just data');"), {}, 'the returned value');
    },
  },
];
