import type { Clause } from '../../clause.ts';

/** Returned values that have no JSON form: nothing at all, or a failure that says where. */
export const valuesWithoutJsonForm: readonly Clause[] = [
  {
    id: 'VALUE-013',
    level: 'MUST',
    title: 'Returning undefined succeeds with value undefined',
    refs: ['values.undefined'],
    async run(t) {
      t.equal(await t.value('return undefined;'), undefined, 'what undefined arrives as');
      t.equal(await t.value('return;'), undefined, 'what an empty return arrives as');
    },
  },
  {
    id: 'VALUE-014',
    level: 'MUST',
    title: 'A program without a return succeeds with value undefined',
    refs: ['values.undefined'],
    async run(t) {
      for (const code of ['', '1 + 1', 'const x = { a: 1 };', '"a string expression"']) {
        t.equal(await t.value(code), undefined, `the value of ${JSON.stringify(code)}`);
      }
    },
  },
  {
    id: 'VALUE-015',
    level: 'MUST',
    title: 'Returning a function or a symbol succeeds with value undefined',
    refs: ['values.undefined'],
    async run(t) {
      t.equal(await t.value('return () => 1;'), undefined, 'what a function arrives as');
      t.equal(await t.value('return class A {};'), undefined, 'what a class arrives as');
      t.equal(await t.value("return Symbol('s');"), undefined, 'what a symbol arrives as');
    },
  },
  {
    id: 'VALUE-016',
    level: 'MUST',
    title: 'A toJSON that answers undefined succeeds with value undefined',
    refs: ['values.undefined', 'values.json'],
    async run(t) {
      t.equal(await t.value('return { toJSON() {} };'), undefined, 'the returned value');
    },
  },
  {
    id: 'VALUE-017',
    level: 'MUST',
    title: 'A BigInt in the value fails with RESULT_NOT_SERIALIZABLE',
    refs: ['values.unserializable', 'errors.names'],
    async run(t) {
      await t.error('return 10n;', { name: 'SerializationError', code: 'RESULT_NOT_SERIALIZABLE' });
      await t.error('return { a: [1n] };', { name: 'SerializationError', code: 'RESULT_NOT_SERIALIZABLE' });
    },
  },
  {
    id: 'VALUE-018',
    level: 'MUST',
    title: 'A circle in the value fails with RESULT_NOT_SERIALIZABLE',
    refs: ['values.unserializable', 'errors.names'],
    async run(t) {
      await t.error('const a = { b: [] }; a.b.push(a); return a;', { name: 'SerializationError', code: 'RESULT_NOT_SERIALIZABLE' });
    },
  },
  {
    id: 'VALUE-019',
    level: 'MUST',
    title: 'The failure names the path of the BigInt',
    refs: ['values.unserializable'],
    async run(t) {
      const error = await t.error('return { items: [{ id: 1 }, 2, 3, { id: 10n }] };', { code: 'RESULT_NOT_SERIALIZABLE' });
      t.includes(error.message, '$.items[3].id', 'error.message');
    },
  },
  {
    id: 'VALUE-020',
    level: 'MUST',
    title: 'The failure names the path at which the circle closes',
    refs: ['values.unserializable'],
    async run(t) {
      const error = await t.error('const a = { self: {} }; a.self.back = [a]; return a;', { code: 'RESULT_NOT_SERIALIZABLE' });
      t.includes(error.message, '$.self.back[0]', 'error.message');
    },
  },
  {
    id: 'VALUE-021',
    level: 'MUST',
    title: 'Logs are kept when the value has no JSON form',
    refs: ['values.unserializable', 'console.kept'],
    async run(t) {
      const result = await t.run("console.log('before'); return { n: 1n };");
      t.failsWith(result, { code: 'RESULT_NOT_SERIALIZABLE' });
      t.deepEqual(t.logs(result), ['before'], 'the logs');
    },
  },
  {
    id: 'VALUE-022',
    level: 'MUST',
    title: 'The same object twice in a value is no circle',
    refs: ['values.unserializable', 'values.json'],
    async run(t) {
      t.deepEqual(await t.value('const o = { x: 1 }; return [o, { o }];'), [{ x: 1 }, { o: { x: 1 } }], 'the returned value');
    },
  },
];
