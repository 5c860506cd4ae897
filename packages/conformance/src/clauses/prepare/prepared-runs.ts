import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';
import { bindTools } from '../../tool-double.ts';

/** What programs find in a realm with prepared code. */
export const preparedRuns: readonly Clause[] = [
  {
    id: 'PREPARE-001',
    level: 'MUST',
    title: 'Programs see the names that prepared code declares, of every kind, and may declare them again',
    refs: ['extensions.prepare'],
    requires: ['prepare'],
    async run(t) {
      const code = 'const a = 1; let b = 2; var c = 3; function d() { return b } class E { static f = 5 }';
      const context = await t.open(t.config(), await t.prepare({ code }));
      const value = t.succeeds(await context.execute('b = 4; return [a, b, c, d(), E.f];'));
      t.deepEqual(value, [1, 4, 3, 4, 5], 'the values of a constant, a variable that was set, a var, a function and a class');
      t.equal(t.succeeds(await context.execute('const a = 7; return a;')), 7, 'the value of a name declared again');
    },
  },
  {
    id: 'PREPARE-002',
    level: 'MUST',
    title: 'What a program changes of prepared code no other program sees',
    refs: ['extensions.prepare', 'life.fresh'],
    requires: ['prepare'],
    async run(t) {
      const context = await t.open(t.config(), await t.prepare({ code: 'const list = []; let count = 0; globalThis.mark = {};' }));
      const program = 'list.push(1); mark.left = mark.left === undefined ? 1 : 2; return [list.length, ++count, mark.left];';
      for (let i = 0; i < 4; i++) t.deepEqual(t.succeeds(await context.execute(program)), [1, 1, 1], `what run ${i} finds`);
    },
  },
  {
    id: 'PREPARE-003',
    level: 'MUST',
    title: 'Functions of prepared code call the tools that it declares, also ones they kept before there was a run',
    refs: ['extensions.prepare-tools'],
    requires: ['prepare'],
    async run(t) {
      const code =
        'const kept = external_get; const byName = async (id) => (await external_get({ id })).name; const byKept = (id) => kept({ id });';
      const prepared = await t.prepare({ code, tools: ['external_get'] });
      const get = t.tool((args) => ({ name: `user ${String(property(args, 'id'))}` }));
      const context = await t.open(t.config({ tools: { external_get: get } }), prepared);
      const value = t.succeeds(await context.execute('return [await byName(1), await byKept(2), await external_get({ id: 3 })];'));
      t.deepEqual(value, ['user 1', { name: 'user 2' }, { name: 'user 3' }], 'the results');
      t.deepEqual(get.received, [{ id: 1 }, { id: 2 }, { id: 3 }], 'the arguments');
    },
  },
  {
    id: 'PREPARE-004',
    level: 'MUST',
    title: 'A context without a tool that was declared is refused with INVALID_OPTION, which names it',
    refs: ['extensions.prepare-tools'],
    requires: ['prepare'],
    async run(t) {
      const prepared = await t.prepare({ code: '', tools: ['external_first', 'external_second'] });
      const config = t.config({ tools: { external_first: t.tool() } });
      await t.rejects(() => prepared.createContext(config), 'INVALID_OPTION', 'createContext', 'external_second');
    },
  },
  {
    id: 'PREPARE-005',
    level: 'MUST',
    title: 'An execute can rebind a declared tool for itself, and no other',
    refs: ['extensions.prepare-tools'],
    requires: ['prepare'],
    async run(t) {
      const prepared = await t.prepare({ code: 'const ask = () => external_who({});', tools: ['external_who'] });
      const context = await t.open(t.config({ tools: { external_who: () => 'context', external_other: () => 'other' } }), prepared);
      const rebound = await context.execute('return ask();', { bindings: bindTools({ external_who: () => 'execute' }) });
      t.equal(t.succeeds(rebound), 'execute', 'the answer of the tool that was rebound');
      t.equal(t.succeeds(await context.execute('return ask();')), 'context', 'the answer in the next execute');
      const refused = await context.execute('return ask();', { bindings: bindTools({ external_other: () => 'execute' }) });
      t.failsWith(refused, { code: 'INVALID_OPTION' });
    },
  },
  {
    id: 'PREPARE-006',
    level: 'MUST',
    title: 'Time and chance of the preparation are the same in every run, and those of the run its own',
    refs: ['extensions.prepare', 'time.chance'],
    requires: ['prepare', 'logicalClock'],
    async run(t) {
      const code = 'const at = Date.now(); const drawn = Math.random(); const draw = Math.random; const now = () => Date.now();';
      const prepared = await t.prepare({ code });
      const contexts = [await t.open(t.config(), prepared), await t.open(t.config(), prepared)];
      const seen: (readonly unknown[])[] = [];
      for (const context of [...contexts, ...contexts])
        seen.push(t.list(t.succeeds(await context.execute('return [at, drawn, draw(), now() === Date.now()];')), 'the value'));
      const of = (index: number): number => new Set(seen.map((values) => values[index])).size;
      t.deepEqual([of(0), of(1)], [1, 1], 'how many times, and how many numbers, the preparation had over four runs');
      t.equal(of(2), 4, 'how many numbers four runs drew with a function of the preparation');
      t.deepEqual(
        seen.map((values) => values[3]),
        [true, true, true, true],
        "whether a function of the preparation has the run's time",
      );
    },
  },
  {
    id: 'PREPARE-007',
    level: 'MUST',
    title: 'Stacks tell frames of prepared code from those of the program, each with its own line',
    refs: ['extensions.prepare', 'errors.stack'],
    requires: ['prepare', 'errorPositions'],
    async run(t) {
      const prepared = await t.prepare({ code: '\nfunction check() {\n  throw new RangeError("no");\n}' });
      const context = await t.open(t.config(), prepared);
      const { stack } = t.failsWith(await context.execute('\nconst go = () =>\n  check();\ngo();'), { name: 'RangeError' });
      t.matches(stack, /check \(prepared\.js:3:\d+\)\n\s+at go \(program\.js:3:\d+\)/, 'the stack');
    },
  },
  {
    id: 'PREPARE-008',
    level: 'MUST',
    title: 'Console lines of the preparation are no lines of a run',
    refs: ['extensions.prepare', 'console.order'],
    requires: ['prepare'],
    async run(t) {
      const prepared = await t.prepare({ code: 'console.log("preparing"); const say = console.log;' });
      const context = await t.open(t.config(), prepared);
      for (let i = 0; i < 2; i++) t.deepEqual(t.logs(await context.execute('say("running");')), ['running'], 'the lines');
    },
  },
];
