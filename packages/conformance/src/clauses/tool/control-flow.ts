import type { Clause } from '../../clause.ts';
import type { Trial } from '../../trial.ts';
import type { ToolDouble } from '../../tool-double.ts';

function failing(t: Trial): ToolDouble {
  return t.tool(() => {
    throw new Error('down');
  });
}

/** Control flow around calls: nothing but outcomes is to be seen. */
export const toolControlFlow: readonly Clause[] = [
  {
    id: 'TOOL-021',
    level: 'MUST',
    title: 'try/catch with a fallback sees the failure and runs each tool once',
    refs: ['tools.control-flow'],
    async run(t) {
      const [primary, backup] = [failing(t), t.tool(() => 'backup')];
      const value = await t.value(
        'let from; try { from = await external_primary({}); } catch (error) { from = await external_backup({ why: error.message }); } return from;',
        { tools: { external_primary: primary, external_backup: backup } },
      );
      t.equal(value, 'backup', 'the returned value');
      t.deepEqual([primary.count, backup.received], [1, [{ why: 'down' }]], "the first tool's calls and what the second received");
    },
  },
  {
    id: 'TOOL-022',
    level: 'MUST',
    title: '.then, .catch and .finally see real outcomes, each once',
    refs: ['tools.control-flow'],
    async run(t) {
      const [ok, fail] = [t.tool(() => 1), failing(t)];
      const lines = await t.lines(
        `await external_ok({}).finally(() => console.log('finally 1')).then((v) => console.log('then ' + v));
        await external_fail({}).finally(() => console.log('finally 2')).catch((e) => console.log('catch ' + e.message));
        await external_fail({}).then(() => console.log('no'), (e) => console.log('rejected ' + e.message));`,
        { tools: { external_ok: ok, external_fail: fail } },
      );
      t.deepEqual(lines, ['finally 1', 'then 1', 'finally 2', 'catch down', 'rejected down'], 'the logs');
      t.deepEqual([ok.count, fail.count], [1, 2], 'calls of the tools');
    },
  },
  {
    id: 'TOOL-023',
    level: 'MUST',
    title: 'A finally block around a call runs once, after the call has settled',
    refs: ['tools.control-flow'],
    async run(t) {
      const lines = await t.lines(
        `async function step() { try { console.log('before'); const v = await external_ok({}); console.log('after ' + v); } finally { console.log('finally'); } }
        await step(); await step();`,
        { tools: { external_ok: t.tool(() => 1) } },
      );
      t.deepEqual(lines, ['before', 'after 1', 'finally', 'before', 'after 1', 'finally'], 'the logs');
    },
  },
  {
    id: 'TOOL-024',
    level: 'MUST',
    title: 'A catch-all around a call that succeeds catches nothing',
    refs: ['tools.control-flow'],
    async run(t) {
      const value = await t.value(
        `let caught = 0; for (let i = 0; i < 5; i++) { try { await external_ok({}); } catch { caught++; } }
        await external_ok({}).catch(() => { caught++; });
        return caught;`,
        { tools: { external_ok: t.tool(() => 1) } },
      );
      t.equal(value, 0, 'how many times something was caught');
    },
  },
  {
    id: 'TOOL-025',
    level: 'MUST',
    title: 'Promise.allSettled tells which calls failed, each tool run once',
    refs: ['tools.control-flow'],
    async run(t) {
      const [ok, fail] = [t.tool((args) => args), failing(t)];
      const value = await t.value(
        `const all = await Promise.allSettled([external_ok({ n: 1 }), external_fail({}), external_ok({ n: 2 })]);
        return all.map((one) => one.status === 'fulfilled' ? one.value.n : one.reason.message);`,
        { tools: { external_ok: ok, external_fail: fail } },
      );
      t.deepEqual(value, [1, 'down', 2], 'the outcomes');
      t.deepEqual([ok.count, fail.count], [2, 1], 'calls of the tools');
    },
  },
  {
    id: 'TOOL-026',
    level: 'MUST',
    title: 'Promise.any gives the first success, Promise.all the first failure',
    refs: ['tools.control-flow'],
    async run(t) {
      const [ok, fail] = [t.tool(() => 'fine'), failing(t)];
      const value = await t.value(
        `const any = await Promise.any([external_fail({}), external_ok({})]);
        let all; try { await Promise.all([external_ok({}), external_fail({})]); } catch (error) { all = error.message; }
        let none; try { await Promise.any([external_fail({}), external_fail({})]); } catch (error) { none = [error.name, error.errors.length]; }
        return [any, all, none];`,
        { tools: { external_ok: ok, external_fail: fail } },
      );
      t.deepEqual(value, ['fine', 'down', ['AggregateError', 2]], 'the outcomes');
      t.deepEqual([ok.count, fail.count], [2, 4], 'calls of the tools');
    },
  },
  {
    id: 'TOOL-027',
    level: 'MUST',
    title: 'A loop of retries calls its tool as often as it tries',
    refs: ['tools.control-flow'],
    async run(t) {
      let left = 2;
      const flaky = t.tool(() => {
        if (left-- > 0) throw new Error('not yet');
        return 'at last';
      });
      const value = await t.value(
        "for (let i = 0; i < 5; i++) { try { return await external_flaky({ i }); } catch (error) { if (error.message !== 'not yet') throw error; } }",
        { tools: { external_flaky: flaky } },
      );
      t.equal(value, 'at last', 'the returned value');
      t.deepEqual(flaky.received, [{ i: 0 }, { i: 1 }, { i: 2 }], 'what the tool received');
    },
  },
  {
    id: 'TOOL-028',
    level: 'MUST',
    title: 'Code before a call runs once, and local state lives on across it',
    refs: ['tools.control-flow', 'tools.stable-reads'],
    async run(t) {
      const value = await t.value(
        `let before = 0; const marks = []; const map = new Map(); class Box { #v = 0; add() { return ++this.#v; } } const box = new Box();
        before++; box.add(); map.set('k', box);
        for (let i = 0; i < 5; i++) { marks.push(i); await external_ok({}); }
        return [before, marks, map.get('k').add()];`,
        { tools: { external_ok: t.tool(() => 1) } },
      );
      t.deepEqual(value, [1, [0, 1, 2, 3, 4], 2], 'the state after the calls');
    },
  },
  {
    id: 'TOOL-029',
    level: 'MUST',
    title: 'A random number and a time read once keep their values across calls',
    refs: ['tools.stable-reads'],
    async run(t) {
      const value = await t.value(
        `const r = Math.random(), d = Date.now(), seen = new Set();
        for (let i = 0; i < 3; i++) { seen.add(r + ' ' + d); await external_tell({ r, d }); }
        return [seen.size, r, d];`,
        { tools: { external_tell: t.tool(() => t.sleep(5)) } },
      );
      t.ok(
        Array.isArray(value) && value[0] === 1 && typeof value[1] === 'number',
        `the readings must not change; got ${JSON.stringify(value)}`,
      );
    },
  },
  {
    id: 'TOOL-030',
    level: 'MUST',
    title: 'A tool was told the same random number before and after a later call',
    refs: ['tools.stable-reads', 'tools.arguments'],
    async run(t) {
      const tell = t.tool();
      await t.value('const r = Math.random(); await external_tell({ r }); await external_tell({ r }); await external_tell({ r });', {
        tools: { external_tell: tell },
      });
      t.equal(tell.count, 3, 'calls of the tool');
      t.equal(new Set(tell.received.map((args) => JSON.stringify(args))).size, 1, 'how many different numbers the tool was told');
    },
  },
];
