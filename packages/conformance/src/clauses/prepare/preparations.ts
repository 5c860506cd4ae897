import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';

const DEADLINE_MS = 300;

/** What preparing code may do, and how it fails. */
export const preparations: readonly Clause[] = [
  {
    id: 'PREPARE-009',
    level: 'MUST',
    title: 'Code that throws, or is no script, rejects with PREPARATION_FAILED, the error as its cause',
    refs: ['extensions.prepare-fails'],
    requires: ['prepare'],
    async run(t) {
      const thrown = await t.failsToPrepare({ code: 'const a = 1;\nthrow Object.assign(new EvalError("no"), { code: "E_NO" });' });
      t.deepEqual(
        [property(thrown, 'name'), property(thrown, 'message'), property(thrown, 'code')],
        ['EvalError', 'no', 'E_NO'],
        'name, message and code of the cause',
      );
      for (const code of ['const = 1;', 'return 1;', 'await 1;', 'export const a = 1;', '}), (() => {']) {
        t.equal(property(await t.failsToPrepare({ code }), 'name'), 'SyntaxError', `the name of the cause for ${code}`);
      }
    },
  },
  {
    id: 'PREPARE-010',
    level: 'MUST',
    title: 'The cause says where in prepared code it came about',
    refs: ['extensions.prepare-fails', 'errors.stack'],
    requires: ['prepare', 'errorPositions'],
    async run(t) {
      for (const code of ['\n\nnull.x;', '\n\nconst = 1;'])
        t.matches(
          property(await t.failsToPrepare({ code }), 'stack'),
          /prepared\.js:3:\d+/,
          `the stack of the cause for ${JSON.stringify(code)}`,
        );
    },
  },
  {
    id: 'PREPARE-011',
    level: 'MUST',
    title: 'Prepared code can call no tool and set no timer, not even when it catches the error',
    refs: ['extensions.prepare-fails'],
    requires: ['prepare'],
    async run(t) {
      for (const code of [
        'const user = external_get({});',
        'try { external_get({}); } catch {}',
        '(async () => { await external_get({}); })();',
        'setTimeout(() => {}, 1);',
      ]) {
        const cause = await t.failsToPrepare({ code, tools: ['external_get'] });
        t.equal(property(cause, 'code'), 'NOT_IN_PREPARATION', `the code of the cause for ${code}`);
      }
    },
  },
  {
    id: 'PREPARE-012',
    level: 'MUST',
    title: "Code that does not end fails at the preparation's own limit, and the driver goes on",
    refs: ['extensions.prepare-fails'],
    requires: ['prepare', 'interrupt'],
    async run(t) {
      for (const code of ['for (;;) {}', '(async () => { for (;;) await 0; })();']) {
        const cause = await t.failsToPrepare({ code, limits: { wallMs: DEADLINE_MS } });
        t.equal(property(cause, 'code'), 'TIMEOUT', `the code of the cause for ${code}`);
      }
      t.equal(await t.value('return 1;'), 1, 'the value of the next program');
    },
  },
  {
    id: 'PREPARE-013',
    level: 'MUST',
    title: 'env of prepare is there while the code is evaluated and when programs run, and a context cannot give another',
    refs: ['extensions.prepare', 'presets.env'],
    requires: ['prepare', 'env'],
    async run(t) {
      const prepared = await t.prepare({ code: 'const seen = env.list.length;', env: { list: [1, 2] } });
      const context = await t.open(t.config(), prepared);
      t.deepEqual(t.succeeds(await context.execute('return [seen, env.list];')), [2, [1, 2]], 'what the code and the program see');
      await t.rejects(() => prepared.createContext(t.config({ env: { list: [] } })), 'INVALID_OPTION', 'createContext', 'env');
    },
  },
  {
    id: 'PREPARE-014',
    level: 'MUST',
    title: 'A prepared driver that was closed refuses contexts with DRIVER_CLOSED, and the driver that made it goes on',
    refs: ['extensions.prepare'],
    requires: ['prepare'],
    async run(t) {
      const prepared = await t.prepare({ code: 'const a = 1;' });
      await t.within(10_000, prepared.close(), 'close');
      await t.rejects(() => prepared.createContext(t.config()), 'DRIVER_CLOSED', 'createContext');
      t.equal(await t.value('return typeof a;'), 'undefined', 'what a program of the driver sees of the code');
    },
  },
  {
    id: 'PREPARE-015',
    level: 'MUST',
    title: 'A prepared run whose engine crashes is replayed in a realm prepared in the same way',
    refs: ['extensions.prepare', 'life.crash'],
    requires: ['prepare', 'replay'],
    async run(t) {
      const code = 'const drawn = Math.random(); let asked = 0; const ask = () => { asked++; return external_ask({ drawn, asked }); };';
      const prepared = await t.prepare({ code, tools: ['external_ask'] });
      const ask = t.tool(async (args) => {
        if (ask.count === 3) await t.crash();
        return args;
      });
      const context = await t.open(t.config({ tools: { external_ask: ask } }), prepared);
      const value = t.succeeds(await context.execute('const all = []; while (asked < 5) all.push(await ask()); return [all, drawn];'));
      const [all, drawn] = t.list(value, 'the value');
      const expected = [1, 2, 3, 4, 5].map((asked) => ({ drawn, asked }));
      t.deepEqual(all, expected, 'what the tool answered');
      t.deepEqual(ask.received, expected, 'what the tool received');
    },
  },
];
