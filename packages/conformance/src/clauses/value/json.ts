import type { Clause } from '../../clause.ts';

/** Returned values that have a JSON form. */
export const jsonValues: readonly Clause[] = [
  {
    id: 'VALUE-001',
    level: 'MUST',
    title: 'Numbers, strings, booleans and null are returned as they are',
    refs: ['values.json'],
    async run(t) {
      for (const value of [0, 1.5, -7, 1e300, '', 'text', true, false, null]) {
        t.equal(await t.value(`return ${JSON.stringify(value)};`), value, `what ${JSON.stringify(value)} arrives as`);
      }
    },
  },
  {
    id: 'VALUE-002',
    level: 'MUST',
    title: 'Nested objects and arrays are returned deep-equal',
    refs: ['values.json'],
    async run(t) {
      const value = { a: [1, [2, { b: null, c: 'x' }]], 'odd key ✓': { '': [] }, d: {} };
      t.deepEqual(await t.value(`return ${JSON.stringify(value)};`), value, 'the returned value');
    },
  },
  {
    id: 'VALUE-003',
    level: 'MUST',
    title: 'NaN and the infinities become null',
    refs: ['values.json'],
    async run(t) {
      t.equal(await t.value('return NaN;'), null, 'what NaN arrives as');
      t.deepEqual(await t.value('return [Infinity, -Infinity, { n: NaN }];'), [null, null, { n: null }], 'the returned value');
    },
  },
  {
    id: 'VALUE-004',
    level: 'MUST',
    title: 'Negative zero becomes zero',
    refs: ['values.json'],
    async run(t) {
      t.equal(await t.value('return -0;'), 0, 'what -0 arrives as');
      t.deepEqual(await t.value('return [-0];'), [0], 'what [-0] arrives as');
    },
  },
  {
    id: 'VALUE-005',
    level: 'MUST',
    title: 'A Date becomes its ISO string',
    refs: ['values.json'],
    async run(t) {
      const value = await t.value('return { at: new Date(86400000), list: [new Date(0)], bad: new Date(NaN) };');
      t.deepEqual(value, { at: '1970-01-02T00:00:00.000Z', list: ['1970-01-01T00:00:00.000Z'], bad: null }, 'the returned value');
    },
  },
  {
    id: 'VALUE-006',
    level: 'MUST',
    title: 'A Map, a Set, a RegExp and an Error become {}',
    refs: ['values.json'],
    async run(t) {
      t.deepEqual(await t.value("return new Map([['a', 1]]);"), {}, 'what a Map arrives as');
      t.deepEqual(await t.value("return [new Set([1]), /x/, new Error('e')];"), [{}, {}, {}], 'the returned value');
    },
  },
  {
    id: 'VALUE-007',
    level: 'MUST',
    title: 'A toJSON method decides what crosses',
    refs: ['values.json'],
    async run(t) {
      const value = await t.value("return { price: { toJSON: (key) => 'as ' + key }, list: [{ toJSON: () => undefined }] };");
      t.deepEqual(value, { price: 'as price', list: [null] }, 'the returned value');
    },
  },
  {
    id: 'VALUE-008',
    level: 'MUST',
    title: 'Undefined, function and symbol members are dropped from objects and null in arrays',
    refs: ['values.json'],
    async run(t) {
      const value = await t.value("return { a: undefined, f() {}, s: Symbol('s'), b: [undefined, () => 1, Symbol('t')], c: 1 };");
      t.deepEqual(value, { b: [null, null, null], c: 1 }, 'the returned value');
    },
  },
  {
    id: 'VALUE-009',
    level: 'MUST',
    title: 'Only own enumerable string keys cross; boxed primitives are unboxed and holes are null',
    refs: ['values.json'],
    async run(t) {
      const value = await t.value(`
        const hidden = Object.defineProperty({ [Symbol('s')]: 1, own: 1 }, 'hidden', { value: 1, enumerable: false });
        return { hidden, child: Object.create({ inherited: 1 }), boxed: [Object(1), Object('s'), Object(true)], holes: [, 1] };`);
      t.deepEqual(value, { hidden: { own: 1 }, child: {}, boxed: [1, 's', true], holes: [null, 1] }, 'the returned value');
    },
  },
  {
    id: 'VALUE-010',
    level: 'MUST',
    title: 'A typed array becomes an object of its elements',
    refs: ['values.json'],
    async run(t) {
      t.deepEqual(await t.value('return new Uint8Array([7, 8]);'), { 0: 7, 1: 8 }, 'the returned value');
    },
  },
  {
    id: 'VALUE-011',
    level: 'MUST',
    title: 'A returned promise or thenable is awaited',
    refs: ['values.json', 'values.body'],
    async run(t) {
      t.equal(await t.value('return Promise.resolve(4);'), 4, 'what a promise of 4 arrives as');
      t.equal(await t.value('return { then(resolve) { resolve(5); } };'), 5, 'what a thenable of 5 arrives as');
    },
  },
  {
    id: 'VALUE-012',
    level: 'MUST',
    title: 'A megabyte of text and 10,000 records arrive whole',
    refs: ['values.json'],
    async run(t) {
      t.equal(await t.value("return 'é'.repeat(500000);"), 'é'.repeat(500_000), 'the returned text');
      const value = await t.value('return Array.from({ length: 10000 }, (_, id) => ({ id, name: `row ${id}` }));');
      const expected = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `row ${id}` }));
      t.deepEqual(value, expected, 'the returned records');
    },
  },
];
