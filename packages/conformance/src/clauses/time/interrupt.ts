import type { Capability } from '@isomux/protocol';
import type { Clause } from '../../clause.ts';
import type { Trial } from '../../trial.ts';

const BUDGET_MS = 300;
/** A small margin, with room for a busy machine. */
const MARGIN_MS = 1_500;

/** The program times out within its budget and the margin, and the context goes on. */
async function timesOut(t: Trial, code: string): Promise<void> {
  const context = await t.context({ timeout: BUDGET_MS, tools: { external_wait: t.tool() } });
  const { result, ms } = await t.timed(() => context.execute(code));
  t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
  t.atMost(ms, BUDGET_MS + MARGIN_MS, 'milliseconds until the outcome');
  t.atLeast(ms, BUDGET_MS * 0.8, 'milliseconds until the outcome');
  t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the value of the next program');
}

function interruptClause(id: string, title: string, code: string, requires: readonly Capability[] = ['interrupt']): Clause {
  return {
    id,
    level: 'MUST',
    title,
    refs: ['time.interrupts'],
    requires,
    run: (t) => timesOut(t, code),
  };
}

/** Programs that never yield, in each place where guest code runs. */
export const interrupts: readonly Clause[] = [
  interruptClause('TIME-001', 'An endless loop times out within the budget', 'while (true) {}'),
  interruptClause('TIME-002', 'An endless loop after an await times out within the budget', 'await external_wait({}); for (;;) {}'),
  interruptClause(
    'TIME-003',
    'An endless loop in a catch or finally block times out within the budget',
    'try { throw 1; } catch { try { for (;;) {} } finally { for (;;) {} } }',
  ),
  interruptClause('TIME-004', 'An endless loop in toJSON times out within the budget', 'return { toJSON() { for (;;) {} } };'),
  interruptClause(
    'TIME-005',
    'An endless loop in a getter of the returned value times out within the budget',
    'return { get a() { for (;;) {} } };',
  ),
  interruptClause(
    'TIME-006',
    'An endless loop in a trap of a returned Proxy times out within the budget',
    'return new Proxy({}, { ownKeys() { for (;;) {} } });',
  ),
  interruptClause(
    'TIME-007',
    'An endless loop in a getter of a thrown error times out within the budget',
    'throw { get message() { for (;;) {} } };',
  ),
  interruptClause(
    'TIME-008',
    'An endless loop in a tool argument times out within the budget',
    'await external_wait({ toJSON() { for (;;) {} } });',
  ),
  interruptClause(
    'TIME-009',
    'An endless loop in what is logged times out within the budget',
    'console.log({ toJSON() { for (;;) {} } });',
  ),
  interruptClause(
    'TIME-010',
    'An endless chain of microtasks times out within the budget',
    'const again = () => Promise.resolve().then(again); await again();',
  ),
  interruptClause(
    'TIME-011',
    'An endless loop in a timer callback times out within the budget',
    'await new Promise(() => setTimeout(() => { for (;;) {} }, 1));',
    ['interrupt', 'portableGlobals'],
  ),
  interruptClause(
    'TIME-012',
    'An endless loop in a then of a returned thenable times out within the budget',
    'return { then() { for (;;) {} } };',
  ),
  interruptClause(
    'TIME-013',
    'A catastrophic regular expression times out within the budget',
    "return /^(a+)+$/.test('a'.repeat(40) + '!');",
    ['interrupt', 'regexInterrupt'],
  ),
  interruptClause(
    'TIME-014',
    'A long loop inside a built-in times out within the budget',
    'return Array.prototype.indexOf.call(new Proxy({ length: 80000000 }, {}), 1);',
  ),
  {
    id: 'TIME-015',
    level: 'MUST',
    title: 'An interrupted program cannot catch its interruption and go on',
    refs: ['time.interrupts', 'time.left-overs'],
    requires: ['interrupt'],
    async run(t) {
      const touch = t.tool();
      const context = await t.context({ timeout: BUDGET_MS, tools: { external_touch: touch } });
      const result = await context.execute(
        "try { for (;;) {} } catch { external_touch({}); } finally { external_touch({}); console.log('went on'); }",
      );
      t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
      await t.sleep(50);
      t.equal(touch.count, 0, 'calls made after the interruption');
      t.deepEqual(t.logs(result), [], 'the logs');
    },
  },
  {
    id: 'TIME-016',
    level: 'MUST',
    title: "The host's event loop stays responsive while a program spins",
    refs: ['time.responsive'],
    requires: ['interrupt', 'responsive'],
    async run(t) {
      const context = await t.context({ timeout: 1_500 });
      const watch = t.watchEventLoop();
      t.failsWith(await context.execute('for (;;) {}'), { name: 'TimeoutError' });
      t.atMost(watch.stop(), 700, "the event loop's longest pause in milliseconds");
    },
  },
  {
    id: 'TIME-017',
    level: 'MUST',
    title: 'Other programs run while one spins',
    refs: ['time.responsive', 'life.contexts'],
    requires: ['interrupt', 'responsive'],
    async run(t) {
      const spinning = await t.context({ timeout: 1_500 });
      const other = await t.context();
      const spin = t.timed(() => spinning.execute('for (;;) {}'));
      const quick = await t.timed(() => other.execute('return 2;'));
      t.equal(t.succeeds(quick.result), 2, 'the value of the other program');
      const { result, ms } = await spin;
      t.failsWith(result, { name: 'TimeoutError' });
      t.ok(quick.ms < ms, 'the other program must finish before the spinning one times out');
    },
  },
];
