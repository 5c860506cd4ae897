import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';

const PROMPT_MS = 2_500;

/** AbortSignals of contexts and executes. */
export const aborts: readonly Clause[] = [
  {
    id: 'EXT-001',
    level: 'MUST',
    title: "Aborting an execute's signal ends a run that waits for a tool promptly with AbortError",
    refs: ['extensions.abort', 'errors.names'],
    requires: ['abort'],
    async run(t) {
      const abort = new AbortController();
      const called = t.deferred();
      const context = await t.context({ tools: { external_never: t.tool(() => (called.resolve(undefined), new Promise(() => {}))) } });
      const running = context.execute('await external_never({});', { signal: abort.signal });
      await t.within(15_000, called.promise, 'the call of the tool');
      const { result, ms } = await t.timed(() => (abort.abort(), running));
      t.failsWith(result, { name: 'AbortError', code: 'ABORTED' });
      t.atMost(ms, PROMPT_MS, 'milliseconds until the outcome');
      t.equal(t.succeeds(await context.execute('return 1;')), 1, 'the value of the next program');
    },
  },
  {
    id: 'EXT-002',
    level: 'MUST',
    title: 'Aborting ends a run that spins',
    refs: ['extensions.abort'],
    requires: ['abort', 'interrupt', 'responsive'],
    async run(t) {
      const abort = new AbortController();
      const context = await t.context();
      const running = context.execute('for (;;) {}', { signal: abort.signal });
      await t.sleep(150);
      const { result, ms } = await t.timed(() => (abort.abort(), running));
      t.failsWith(result, { name: 'AbortError', code: 'ABORTED' });
      t.atMost(ms, PROMPT_MS, 'milliseconds until the outcome');
    },
  },
  {
    id: 'EXT-003',
    level: 'MUST',
    title: "Aborting a context's signal ends every one of its runs, and later ones do not begin",
    refs: ['extensions.abort'],
    requires: ['abort'],
    async run(t) {
      const abort = new AbortController();
      const both = t.deferred();
      const never = t.tool(() => {
        if (never.count === 2) both.resolve(undefined);
        return new Promise(() => {});
      });
      const context = await t.context({ signal: abort.signal, tools: { external_never: never } });
      const running = [1, 2].map(() => context.execute('await external_never({});'));
      await t.within(15_000, both.promise, 'the calls of the tool');
      abort.abort();
      for (const result of await Promise.all(running)) t.failsWith(result, { code: 'ABORTED' });
      t.failsWith(await context.execute('await external_never({});'), { code: 'ABORTED' });
      t.equal(never.count, 2, 'calls of the tool');
    },
  },
  {
    id: 'EXT-004',
    level: 'MUST',
    title: 'With a signal that has already fired nothing runs',
    refs: ['extensions.abort'],
    requires: ['abort'],
    async run(t) {
      const touch = t.tool();
      const context = await t.context({ tools: { external_touch: touch } });
      t.failsWith(await context.execute('await external_touch({});', { signal: AbortSignal.abort() }), {
        name: 'AbortError',
        code: 'ABORTED',
      });
      t.equal(touch.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'EXT-005',
    level: 'MUST',
    title: 'Aborting after the end changes nothing and ends no other run',
    refs: ['extensions.abort', 'time.left-overs'],
    requires: ['abort'],
    async run(t) {
      const abort = new AbortController();
      const context = await t.context({ tools: { external_wait: t.tool(() => t.sleep(50)) } });
      const first = await context.execute('return 1;', { signal: abort.signal });
      const other = context.execute('await external_wait({}); return 2;');
      abort.abort();
      t.equal(t.succeeds(first), 1, 'the value of the run that had ended');
      t.equal(t.succeeds(await other), 2, 'the value of the other run');
    },
  },
  {
    id: 'EXT-006',
    level: 'MUST',
    title: "A tool's abortSignal fires when its run is aborted",
    refs: ['extensions.abort', 'tools.signal'],
    requires: ['abort'],
    async run(t) {
      const abort = new AbortController();
      const heard = t.deferred<boolean>();
      const slow = t.tool((_, context) => {
        const signal = property(context, 'abortSignal');
        if (signal instanceof AbortSignal) signal.addEventListener('abort', () => heard.resolve(true));
        else heard.resolve(false);
        abort.abort();
        return new Promise(() => {});
      });
      const context = await t.context({ tools: { external_slow: slow } });
      t.failsWith(await context.execute('await external_slow({});', { signal: abort.signal }), { code: 'ABORTED' });
      t.equal(await t.within(2_000, heard.promise, "the tool's abortSignal"), true, "whether the tool's signal fired");
    },
  },
];
