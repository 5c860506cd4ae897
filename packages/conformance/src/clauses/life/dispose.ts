import type { Clause } from '../../clause.ts';

const PROMPT_MS = 2_500;

/** The end of a context, in every state it can be in. */
export const disposal: readonly Clause[] = [
  {
    id: 'LIFE-014',
    level: 'MUST',
    title: 'dispose may be called twice, concurrently, and on a context that never ran',
    refs: ['life.dispose'],
    async run(t) {
      const context = await t.context();
      await Promise.all([context.dispose(), context.dispose()]);
      await context.dispose();
    },
  },
  {
    id: 'LIFE-015',
    level: 'MUST',
    title: 'dispose does not throw after failures and a timeout',
    refs: ['life.dispose'],
    async run(t) {
      for (const code of ['const = 1;', 'throw null;', 'await new Promise(() => {});', 'await external_never({});']) {
        const context = await t.context({ timeout: 200, tools: { external_never: t.tool(() => new Promise(() => {})) } });
        t.failsWith(await context.execute(code));
        await context.dispose();
      }
    },
  },
  {
    id: 'LIFE-016',
    level: 'MUST',
    title: 'dispose does not throw after an interrupted loop and exhausted memory',
    refs: ['life.dispose', 'time.memory'],
    requires: ['interrupt', 'memoryLimit'],
    async run(t) {
      for (const code of ['for (;;) {}', 'const keep = []; for (let i = 0; i < 6000; i++) keep.push(new Array(13107).fill(i));']) {
        const context = await t.context({ timeout: 1_000, memoryLimit: 32 });
        t.failsWith(await context.execute(code));
        await context.dispose();
      }
    },
  },
  {
    id: 'LIFE-017',
    level: 'MUST',
    title: 'dispose settles a run that waits for a tool promptly with DisposedError, its logs kept',
    refs: ['life.dispose-running', 'errors.names', 'console.kept'],
    async run(t) {
      const called = t.deferred();
      const never = t.tool(() => (called.resolve(undefined), new Promise(() => {})));
      const context = await t.context({ tools: { external_never: never } });
      const running = context.execute("console.log('waiting'); await external_never({});");
      await t.within(15_000, called.promise, 'the call of the tool');
      const { result, ms } = await t.timed(async () => {
        await context.dispose();
        return running;
      });
      t.failsWith(result, { name: 'DisposedError', code: 'DISPOSED' });
      t.deepEqual(t.logs(result), ['waiting'], 'the logs');
      t.atMost(ms, PROMPT_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'LIFE-018',
    level: 'MUST',
    title: 'dispose settles a run that spins promptly with DisposedError',
    refs: ['life.dispose-running'],
    requires: ['interrupt', 'responsive'],
    async run(t) {
      const context = await t.context();
      const running = context.execute('for (;;) {}');
      await t.sleep(150);
      const { result, ms } = await t.timed(async () => {
        await context.dispose();
        return running;
      });
      t.failsWith(result, { name: 'DisposedError', code: 'DISPOSED' });
      t.atMost(ms, PROMPT_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'LIFE-019',
    level: 'MUST',
    title: 'dispose right after execute, before the run could begin, settles it with DisposedError',
    refs: ['life.dispose-running', 'errors.resolves'],
    async run(t) {
      const touch = t.tool();
      const context = await t.context({ tools: { external_touch: touch, external_wait: t.tool(() => t.sleep(500)) } });
      const running = [1, 2, 3].map(() => context.execute('await external_wait({}); await external_touch({});'));
      await context.dispose();
      for (const result of await Promise.all(running)) t.failsWith(result, { name: 'DisposedError', code: 'DISPOSED' });
      t.equal(touch.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'LIFE-020',
    level: 'MUST',
    title: 'execute after dispose resolves to a DisposedError and runs nothing',
    refs: ['life.dispose-running', 'errors.resolves'],
    async run(t) {
      const touch = t.tool();
      const context = await t.context({ tools: { external_touch: touch } });
      t.succeeds(await context.execute('return 1;'));
      await context.dispose();
      t.failsWith(await context.execute('await external_touch({});'), { name: 'DisposedError', code: 'DISPOSED' });
      t.equal(touch.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'LIFE-021',
    level: 'MUST',
    title: 'Disposing one context does not touch the runs of another',
    refs: ['life.dispose', 'life.contexts'],
    async run(t) {
      const open = t.deferred<string>();
      const called = t.deferred();
      const staying = await t.context({ tools: { external_wait: t.tool(() => (called.resolve(undefined), open.promise)) } });
      const going = await t.context();
      const running = staying.execute('return await external_wait({});');
      await t.within(15_000, called.promise, 'the call of the tool');
      t.succeeds(await going.execute('return 1;'));
      await going.dispose();
      open.resolve('still here');
      t.equal(t.succeeds(await running), 'still here', 'the value of the other run');
    },
  },
  {
    id: 'LIFE-022',
    level: 'MAY',
    title: 'A context has Symbol.asyncDispose, which disposes it',
    refs: ['extensions.async-dispose', 'life.dispose'],
    async run(t) {
      const context = await t.context();
      const dispose: unknown = Reflect.get(context.raw, Symbol.asyncDispose);
      t.equal(typeof dispose, 'function', "the type of the context's Symbol.asyncDispose");
      if (typeof dispose === 'function') await dispose.call(context.raw);
      t.failsWith(await context.execute('return 1;'), { code: 'DISPOSED' });
    },
  },
];
