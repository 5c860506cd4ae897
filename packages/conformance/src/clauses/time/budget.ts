import type { Clause } from '../../clause.ts';

const MARGIN_MS = 1_500;

/** The wall budget: over tool waits, over nothing at all, and after the end. */
export const budgets: readonly Clause[] = [
  {
    id: 'TIME-018',
    level: 'MUST',
    title: 'A program that waits for nothing fails with STALLED at once, not at its deadline',
    refs: ['time.stall', 'errors.names'],
    async run(t) {
      const context = await t.context({ timeout: 8_000 });
      const { result, ms } = await t.timed(() => context.execute("console.log('here'); await new Promise(() => {});"));
      t.failsWith(result, { name: 'StalledError', code: 'STALLED' });
      t.deepEqual(t.logs(result), ['here'], 'the logs');
      t.atMost(ms, 4_000, 'milliseconds until the outcome');
    },
  },
  {
    id: 'TIME-019',
    level: 'MUST',
    title: 'A program that stalls after a tool call or a timer fails with STALLED too',
    refs: ['time.stall'],
    async run(t) {
      await t.error('await external_wait({}); await new Promise(() => {});', { code: 'STALLED' }, { tools: { external_wait: t.tool() } });
      await t.error('globalThis.setTimeout?.(() => {}, 5); await new Promise(() => {});', { code: 'STALLED' });
      await t.error('return new Promise(() => {});', { code: 'STALLED' });
      await t.error('return { then() {} };', { code: 'STALLED' });
    },
  },
  {
    id: 'TIME-020',
    level: 'MUST',
    title: 'A program with a timer or a call pending has not stalled',
    refs: ['time.stall'],
    requires: ['portableGlobals'],
    async run(t) {
      t.equal(await t.value('return await new Promise((resolve) => setTimeout(resolve, 60, 7));'), 7, 'the value after a timer');
      const slow = t.tool(() => t.sleep(60).then(() => 8));
      t.equal(await t.value('return await external_slow({});', { tools: { external_slow: slow } }), 8, 'the value after a call');
    },
  },
  {
    id: 'TIME-021',
    level: 'MUST',
    title: 'A tool that never settles ends the run at its budget',
    refs: ['time.tool-waits', 'errors.names'],
    async run(t) {
      const context = await t.context({ timeout: 300, tools: { external_never: t.tool(() => new Promise(() => {})) } });
      const { result, ms } = await t.timed(() => context.execute('await external_never({}); return 1;'));
      t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
      t.atLeast(ms, 240, 'milliseconds until the outcome');
      t.atMost(ms, 300 + MARGIN_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'TIME-022',
    level: 'MUST',
    title: 'A tool slower than the budget ends the run at its budget, not at its own end',
    refs: ['time.tool-waits'],
    async run(t) {
      const context = await t.context({ timeout: 300, tools: { external_slow: t.tool(() => t.sleep(4_000)) } });
      const { result, ms } = await t.timed(() => context.execute('return await external_slow({});'));
      t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
      t.atMost(ms, 300 + MARGIN_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'TIME-023',
    level: 'MUST',
    title: 'The budget is total over all tool waits, not per wait',
    refs: ['time.tool-waits'],
    async run(t) {
      const slow = t.tool(() => t.sleep(150));
      const context = await t.context({ timeout: 500, tools: { external_slow: slow } });
      const { result, ms } = await t.timed(() => context.execute('for (let i = 0; i < 20; i++) await external_slow({}); return 1;'));
      t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
      t.atMost(ms, 500 + MARGIN_MS, 'milliseconds until the outcome');
      t.atMost(slow.count, 5, 'calls made within the budget');
    },
  },
  {
    id: 'TIME-024',
    level: 'MUST',
    title: 'Tool waits before an endless loop count towards its budget',
    refs: ['time.tool-waits', 'time.interrupts'],
    requires: ['interrupt'],
    async run(t) {
      const context = await t.context({ timeout: 1_200, tools: { external_slow: t.tool(() => t.sleep(1_000)) } });
      const { result, ms } = await t.timed(() => context.execute('await external_slow({}); for (;;) {}'));
      t.failsWith(result, { name: 'TimeoutError' });
      t.atMost(ms, 2_100, 'milliseconds until the outcome');
    },
  },
  {
    id: 'TIME-025',
    level: 'MUST',
    title: 'A timer beyond the budget ends the run at its budget',
    refs: ['time.tool-waits'],
    requires: ['portableGlobals'],
    async run(t) {
      const context = await t.context({ timeout: 300 });
      const { result, ms } = await t.timed(() => context.execute('await new Promise((resolve) => setTimeout(resolve, 5000));'));
      t.failsWith(result, { name: 'TimeoutError', code: 'TIMEOUT' });
      t.atMost(ms, 300 + MARGIN_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'TIME-026',
    level: 'MUST',
    title: 'A tool that settles after the run has ended has no effect and causes no unhandled rejection',
    refs: ['time.late-settle'],
    async run(t) {
      const watch = t.watchRejections();
      const late = [t.deferred(), t.deferred()];
      const pending = [...late];
      const context = await t.context({ timeout: 200, tools: { external_late: t.tool(() => rejecting(pending.shift()?.promise)) } });
      const result = await context.execute(
        "const calls = [external_late({}), external_late({})]; await Promise.race(calls); console.log('went on');",
      );
      t.failsWith(result, { code: 'TIMEOUT' });
      late[0]?.reject(new Error('too late'));
      late[1]?.resolve('too late');
      await t.sleep(50);
      t.deepEqual(t.logs(result), [], 'the logs');
      t.deepEqual(watch.stop(), [], 'unhandled rejections in the host');
      t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the value of the next program');
    },
  },
  {
    id: 'TIME-027',
    level: 'MUST',
    title: 'A timer, an interval or a call left over from a run does not run in, or log into, the next',
    refs: ['time.left-overs'],
    requires: ['portableGlobals'],
    async run(t) {
      const touch = t.tool();
      const late = t.deferred();
      const tools = { external_touch: touch, external_late: t.tool(() => late.promise), external_wait: t.tool(() => t.sleep(80)) };
      const context = await t.context({ tools });
      const first = await context.execute(`
        setTimeout(() => { console.log('left-over timer'); external_touch({}); }, 20);
        setInterval(() => { console.log('left-over interval'); external_touch({}); }, 10);
        external_late({}).then(() => { console.log('left-over call'); external_touch({}); });
        return 'over';`);
      t.equal(t.succeeds(first), 'over', 'the value of the first program');
      late.resolve(1);
      const second = await context.execute(
        "await external_wait({}); await new Promise((resolve) => setTimeout(resolve, 30)); console.log('mine');",
      );
      t.succeeds(second);
      t.deepEqual(t.logs(second), ['mine'], 'the logs of the second program');
      t.equal(touch.count, 0, 'calls made by what was left over');
    },
  },
  {
    id: 'TIME-028',
    level: 'MUST',
    title: 'A timeout that is no positive finite number is refused with INVALID_OPTION',
    refs: ['time.invalid-timeout'],
    async run(t) {
      for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        await t.refuses({ timeout }, 'INVALID_OPTION', 'timeout');
      }
    },
  },
  {
    id: 'TIME-029',
    level: 'MUST',
    title: 'A context that names neither timeout nor memoryLimit works',
    refs: ['time.defaults'],
    async run(t) {
      const context = await t.open({ bindings: {} });
      t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the returned value');
    },
  },
  {
    id: 'TIME-030',
    level: 'MUST',
    title: "A context that names no timeout gets its driver's",
    refs: ['time.defaults'],
    async run(t) {
      const { driver } = await t.create({ timeout: 300 });
      const { bindings } = t.config({ tools: { external_never: t.tool(() => new Promise(() => {})) } });
      const context = await t.open({ bindings }, driver);
      const { result, ms } = await t.timed(() => context.execute('await external_never({});'));
      t.failsWith(result, { code: 'TIMEOUT' });
      t.atMost(ms, 300 + MARGIN_MS, 'milliseconds until the outcome');
    },
  },
];

/** The promise with nobody listening to it but the driver. */
function rejecting(promise: Promise<unknown> | undefined): Promise<unknown> | undefined {
  return promise?.then((value) => value);
}
