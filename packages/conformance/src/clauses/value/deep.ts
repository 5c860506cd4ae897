import type { Clause } from '../../clause.ts';
import type { Trial } from '../../trial.ts';

const LEVELS = 50_000;
const DEEP = `let deep = 1; for (let i = 0; i < ${LEVELS}; i++) deep = [deep];`;

/** The backend still serves programs. */
async function healthy(t: Trial): Promise<void> {
  t.deepEqual(await t.value('return [[1]];'), [[1]], 'the value of the next program');
}

/** Values nested beyond any stack, and values whose serialization runs guest code. */
export const deepValues: readonly Clause[] = [
  {
    id: 'VALUE-030',
    level: 'MUST',
    title: 'A value 50,000 levels deep is returned whole or fails by name, and the next program runs',
    refs: ['values.deep'],
    async run(t) {
      const result = await t.run(`${DEEP} return deep;`);
      if (result.success) {
        let depth = 0;
        let value: unknown = result.value;
        for (; Array.isArray(value); value = value[0]) depth += 1;
        t.equal(depth, LEVELS, 'how deep the value arrived');
      } else {
        t.ok(t.failsWith(result).name !== '', 'the failure must have a name');
      }
      await healthy(t);
    },
  },
  {
    id: 'VALUE-031',
    level: 'MUST',
    title: 'An argument 50,000 levels deep arrives or is an error the program can catch, and the next program runs',
    refs: ['values.deep'],
    async run(t) {
      const take = t.tool(() => 'taken');
      const value = await t.value(
        `${DEEP} try { return await external_take({ deep }); } catch (error) { return error instanceof Error; }`,
        { tools: { external_take: take } },
      );
      t.ok(
        value === 'taken' ? take.count === 1 : value === true && take.count === 0,
        'the call must either reach its tool or throw an Error',
      );
      await healthy(t);
    },
  },
  {
    id: 'VALUE-032',
    level: 'MUST',
    title: 'A tool result 50,000 levels deep arrives or is an error the program can catch, and the next program runs',
    refs: ['values.deep'],
    async run(t) {
      let deep: unknown = 1;
      for (let i = 0; i < LEVELS; i++) deep = [deep];
      const value = await t.value(
        `let got;
        try { got = await external_give({}); } catch (error) { return error instanceof Error ? ${LEVELS} : 'not an Error'; }
        let depth = 0; while (Array.isArray(got)) { got = got[0]; depth++; }
        return depth;`,
        { tools: { external_give: t.tool(() => deep) } },
      );
      t.equal(value, LEVELS, 'how deep the result arrived (or as much for a caught Error)');
      await healthy(t);
    },
  },
  {
    id: 'VALUE-033',
    level: 'MUST',
    title: 'Logging and throwing something 50,000 levels deep leaves the backend healthy',
    refs: ['values.deep', 'console.never-throws'],
    async run(t) {
      const result = await t.run(`${DEEP} console.log(deep); throw Object.assign(new Error('thrown'), { deep });`);
      t.failsWith(result, { name: 'Error', message: 'thrown' });
      t.equal(t.logs(result).length, 1, 'how many lines were logged');
      await healthy(t);
    },
  },
  {
    id: 'VALUE-034',
    level: 'MUST',
    title: 'Getters and Proxies in the returned value are read like any others',
    refs: ['values.guest-code'],
    async run(t) {
      const value = await t.value(`
        const proxy = new Proxy({ a: 1 }, { get: (target, key) => (key === 'a' ? 'trapped' : target[key]) });
        return { get now() { return 7; }, proxy, list: new Proxy([1, 2], {}) };`);
      t.deepEqual(value, { now: 7, proxy: { a: 'trapped' }, list: [1, 2] }, 'the returned value');
    },
  },
  {
    id: 'VALUE-035',
    level: 'MUST',
    title: 'A getter, a Proxy or a toJSON that throws fails the run and keeps its logs',
    refs: ['values.guest-code', 'errors.hostile'],
    async run(t) {
      const thrower = "() => { throw new Error('from within'); }";
      for (const value of [
        "{ get a() { throw new Error('from within'); } }",
        `new Proxy({}, { ownKeys: ${thrower} })`,
        `new Proxy([1], { get: ${thrower} })`,
        `{ toJSON: ${thrower} }`,
      ]) {
        const result = await t.run(`console.log('kept'); const value = ${value}; return { value };`);
        t.failsWith(result);
        t.deepEqual(t.logs(result), ['kept'], `the logs with ${value}`);
      }
    },
  },
];
