import type { Clause } from '../../clause.ts';
import { property } from '../../property.ts';
import type { RunEvent } from '../../isolate-driver.ts';

const CLOCKS = ['cpuMs', 'wallMs', 'toolWaitMs', 'queueWaitMs', 'heapBytes', 'turns'] as const;

/** Events, stats and the call timeline. */
export const runReports: readonly Clause[] = [
  {
    id: 'EXT-007',
    level: 'MUST',
    title: 'onEvent hears of start, lines, calls, results, turns and the end, in order',
    refs: ['extensions.events', 'console.live'],
    requires: ['events'],
    async run(t) {
      const events: RunEvent[] = [];
      const fail = t.tool(() => {
        throw new Error('down');
      });
      const context = await t.context({ tools: { external_ok: t.tool(() => 'r'), external_fail: fail } });
      const result = await context.execute(
        "console.log('a'); await external_ok({ n: 1 }); try { await external_fail({}); } catch {} console.error('b'); return 1;",
        {
          onEvent: (event) => void events.push(event),
        },
      );
      t.succeeds(result);
      const told = events.filter((event) =>
        ['started', 'console', 'tool-call', 'tool-result', 'tool-error', 'finished'].includes(event.type),
      );
      t.deepEqual(
        told.map((event) => event.type),
        ['started', 'console', 'tool-call', 'tool-result', 'tool-call', 'tool-error', 'console', 'finished'],
        'the types of the events',
      );
      t.deepEqual(
        [told[1]?.line, told[1]?.level, told[6]?.line, told[6]?.level],
        ['a', 'log', 'ERROR: b', 'error'],
        'lines and levels of the console events',
      );
      t.deepEqual(
        [told[2]?.tool, told[2]?.args, told[3]?.tool, told[5]?.tool],
        ['external_ok', { n: 1 }, 'external_ok', 'external_fail'],
        'tools and an argument',
      );
      t.atLeast(events.filter((event) => event.type === 'turn').length, 2, 'events of type turn');
    },
  },
  {
    id: 'EXT-008',
    level: 'MUST',
    title: 'An observer that throws disturbs neither the run nor later events',
    refs: ['extensions.events'],
    requires: ['events'],
    async run(t) {
      let heard = 0;
      const context = await t.context();
      const result = await context.execute("console.log('a'); console.log('b'); return 1;", {
        onEvent: (event) => {
          if (event.type === 'console') heard++;
          throw new Error('observer');
        },
      });
      t.equal(t.succeeds(result), 1, 'the returned value');
      t.equal(heard, 2, 'lines the observer heard of');
    },
  },
  {
    id: 'EXT-009',
    level: 'MUST',
    title: 'A run that fails or times out also ends its events with finished',
    refs: ['extensions.events'],
    requires: ['events'],
    async run(t) {
      for (const code of ["throw new Error('no');", 'const = 1;', 'await external_never({});']) {
        const types: string[] = [];
        const context = await t.context({
          timeout: 300,
          tools: { external_never: t.tool(() => new Promise(() => {})) },
          onEvent: (event) => void types.push(event.type),
        });
        t.failsWith(await context.execute(code));
        t.equal(types.at(-1), 'finished', `the last event of ${code}`);
        t.equal(types.filter((type) => type === 'finished').length, 1, 'events of type finished');
      }
    },
  },
  {
    id: 'EXT-010',
    level: 'MUST',
    title: 'Every result carries the four clocks, heap and turns as numbers that are not negative',
    refs: ['extensions.stats'],
    requires: ['stats'],
    async run(t) {
      const context = await t.context();
      for (const code of ['return 1;', "throw new Error('no');", 'const = 1;', 'await new Promise(() => {});']) {
        const { stats } = await context.execute(code);
        for (const key of CLOCKS)
          t.ok(
            Number.isFinite(stats?.[key]) && Number(stats?.[key]) >= 0,
            `stats.${key} of ${code} must be a number from 0 up, got ${stats?.[key]}`,
          );
      }
    },
  },
  {
    id: 'EXT-011',
    level: 'MUST',
    title: 'toolWaitMs counts waiting for tools, cpuMs guest execution, and wallMs holds both',
    refs: ['extensions.stats'],
    requires: ['stats'],
    async run(t) {
      const tools = { external_slow: t.tool(() => t.sleep(150)) };
      const waiting = (await t.run('await external_slow({}); return 1;', { tools })).stats;
      t.atLeast(waiting?.toolWaitMs ?? 0, 120, 'toolWaitMs of a run that waits 150 ms for a tool');
      t.atLeast(waiting?.wallMs ?? 0, waiting?.toolWaitMs ?? 0, 'wallMs of that run');
      t.atMost(waiting?.cpuMs ?? Number.NaN, 120, 'cpuMs of that run');
      t.atLeast(waiting?.turns ?? 0, 2, 'turns of that run');
      const busy = (await t.run('let x = 0; for (let i = 0; i < 5000000; i++) x += i; return x;', { tools })).stats;
      t.atLeast(busy?.cpuMs ?? 0, 1, 'cpuMs of a run that computes');
      t.equal(busy?.toolWaitMs, 0, 'toolWaitMs of a run without calls');
    },
  },
  {
    id: 'EXT-012',
    level: 'MUST',
    title: 'calls lists each tool call with its name, in order, with whether it was fulfilled',
    refs: ['extensions.stats'],
    requires: ['stats'],
    async run(t) {
      const fail = t.tool(() => {
        throw new Error('down');
      });
      const { calls } = await t.run('await external_ok({}); try { await external_fail({}); } catch {} await external_ok({});', {
        tools: { external_ok: t.tool(), external_fail: fail },
      });
      const seen = (calls ?? []).map((call) => [property(call, 'tool'), property(call, 'ok')]);
      t.deepEqual(
        seen,
        [
          ['external_ok', true],
          ['external_fail', false],
          ['external_ok', true],
        ],
        'tools and outcomes of result.calls',
      );
    },
  },
];
