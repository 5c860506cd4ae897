import type { Clause } from '../../clause.ts';
import { numberIn } from '../../property.ts';

/** Calls that overlap, and many of them. */
export const toolConcurrency: readonly Clause[] = [
  {
    id: 'TOOL-031',
    level: 'MUST',
    title: 'Four calls made together are all running before any has settled',
    refs: ['tools.parallel'],
    requires: ['parallelTools'],
    async run(t) {
      const allRunning = t.deferred<string>();
      let running = 0;
      const meet = t.tool(() => {
        if (++running === 4) allRunning.resolve('met');
        return allRunning.promise;
      });
      const value = await t.value('return await Promise.all([1, 2, 3, 4].map((n) => external_meet({ n })));', {
        timeout: 3_000,
        tools: { external_meet: meet },
      });
      t.deepEqual(value, ['met', 'met', 'met', 'met'], 'the results');
    },
  },
  {
    id: 'TOOL-032',
    level: 'MUST',
    title: 'Promise.all of four 150 ms tools takes about 150 ms',
    refs: ['tools.parallel'],
    requires: ['parallelTools'],
    async run(t) {
      let startedMs = 0;
      const slow = t.tool(() => {
        // From the first call on: how long a run takes to begin is no matter of this clause.
        startedMs ||= performance.now();
        return t.sleep(150);
      });
      const result = await t.run('await Promise.all([1, 2, 3, 4].map(() => external_slow({})));', { tools: { external_slow: slow } });
      const ms = performance.now() - startedMs;
      t.succeeds(result);
      t.atMost(ms, 450, 'milliseconds for four tools of 150 each');
    },
  },
  {
    id: 'TOOL-033',
    level: 'MUST',
    title: 'Tools are started in the order of their calls',
    refs: ['tools.parallel', 'tools.correlation'],
    async run(t) {
      const take = t.tool();
      await t.value('await Promise.all([0, 1, 2, 3, 4].map((n) => external_take({ n })));', { tools: { external_take: take } });
      t.deepEqual(
        take.received,
        [0, 1, 2, 3, 4].map((n) => ({ n })),
        'what the tool received',
      );
    },
  },
  {
    id: 'TOOL-034',
    level: 'MUST',
    title: 'Promise.race returns the fast result while the slow tool is still running',
    refs: ['tools.race'],
    async run(t) {
      const slow = t.deferred();
      const tools = { external_slow: t.tool(() => slow.promise), external_fast: t.tool(() => 'fast') };
      const { result, ms } = await t.timed(() =>
        t.run('return await Promise.race([external_slow({}), external_fast({})]);', { timeout: 5_000, tools }),
      );
      t.equal(t.succeeds(result), 'fast', 'the returned value');
      t.atMost(ms, 4_000, 'milliseconds until the outcome');
      slow.resolve(1);
    },
  },
  {
    id: 'TOOL-035',
    level: 'MUST',
    title: 'A timer wins a race against a slow tool',
    refs: ['tools.race'],
    requires: ['portableGlobals'],
    async run(t) {
      const slow = t.deferred();
      const value = await t.value(
        "return await Promise.race([external_slow({}), new Promise((resolve) => setTimeout(resolve, 20, 'gave up'))]);",
        { timeout: 5_000, tools: { external_slow: t.tool(() => slow.promise) } },
      );
      t.equal(value, 'gave up', 'the returned value');
      slow.resolve(1);
    },
  },
  {
    id: 'TOOL-036',
    level: 'MUST',
    title: 'Each call gets its own result when tools settle in the opposite order',
    refs: ['tools.correlation'],
    async run(t) {
      const delayed = t.tool(async (args) => {
        const n = numberIn(args, 'n');
        await t.sleep((5 - n) * 15);
        if (n === 3) throw new Error('three');
        return n * 10;
      });
      const value = await t.value(
        'return await Promise.all([0, 1, 2, 3, 4].map((n) => external_delayed({ n }).catch((error) => error.message)));',
        {
          tools: { external_delayed: delayed },
        },
      );
      t.deepEqual(value, [0, 10, 20, 'three', 40], 'the results in the order of the calls');
    },
  },
  {
    id: 'TOOL-037',
    level: 'MUST',
    title: 'Chains of different depth run side by side, each with its own results',
    refs: ['tools.correlation', 'tools.parallel'],
    async run(t) {
      const step = t.tool(async (args) => {
        const chain = numberIn(args, 'chain');
        const n = numberIn(args, 'n');
        await t.sleep((chain * 7 + n * 3) % 11);
        return { chain, n: n + 1 };
      });
      const value = await t.value(
        `async function walk(chain, depth) { let at = { chain, n: 0 }; for (let i = 0; i < depth; i++) at = await external_step(at); return at; }
        return await Promise.all([1, 5, 2, 8, 0, 3].map((depth, chain) => walk(chain, depth)));`,
        { tools: { external_step: step } },
      );
      t.deepEqual(
        value,
        [1, 5, 2, 8, 0, 3].map((n, chain) => ({ chain, n })),
        'where each chain ended',
      );
      t.equal(step.count, 19, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-038',
    level: 'MUST',
    title: '1,000 sequential calls work',
    refs: ['tools.many'],
    async run(t) {
      const next = t.tool((args) => numberIn(args, 'n') + 1);
      const value = await t.value('let n = 0; while (n < 1000) n = await external_next({ n }); return n;', {
        timeout: 30_000,
        tools: { external_next: next },
      });
      t.equal(value, 1_000, 'the returned value');
      t.equal(next.count, 1_000, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-039',
    level: 'MUST',
    title: '500 calls made at once all get their results',
    refs: ['tools.many', 'tools.correlation'],
    async run(t) {
      const double = t.tool((args) => numberIn(args, 'n') * 2);
      const value = await t.value(
        'const all = await Promise.all(Array.from({ length: 500 }, (_, n) => external_double({ n }))); return all.every((v, n) => v === 2 * n);',
        {
          timeout: 30_000,
          tools: { external_double: double },
        },
      );
      t.equal(value, true, 'whether each call got its own result');
      t.equal(double.count, 500, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-040',
    level: 'MUST',
    title: 'A call that is not awaited starts once; the run does not wait for it and says so in one line',
    refs: ['tools.unawaited'],
    async run(t) {
      const slow = t.deferred();
      const start = t.tool(() => slow.promise);
      const { result, ms } = await t.timed(() =>
        t.run("external_start({ n: 1 }); return 'done';", { timeout: 6_000, tools: { external_start: start } }),
      );
      t.equal(t.succeeds(result), 'done', 'the returned value');
      t.atMost(ms, 4_000, 'milliseconds until the outcome');
      t.deepEqual(start.received, [{ n: 1 }], 'what the tool received');
      t.deepEqual(t.logs(result), ['WARN: Tool call external_start was still running when the program ended'], 'the logs');
      slow.resolve(1);
    },
  },
  {
    id: 'TOOL-041',
    level: 'MUST',
    title: 'Several calls left running are told of in one line that names each',
    refs: ['tools.unawaited'],
    async run(t) {
      const slow = t.deferred();
      const [first, second] = [t.tool(() => slow.promise), t.tool(() => slow.promise)];
      const lines = await t.lines("external_first({}); external_second({}); console.log('mine');", {
        tools: { external_first: first, external_second: second },
      });
      t.equal(lines.length, 2, 'how many lines there are');
      t.equal(lines[0], 'mine', 'the first line');
      t.matches(lines[1], /^WARN: .*\bexternal_first\b.*\bexternal_second\b/, 'the last line');
      t.deepEqual([first.count, second.count], [1, 1], 'calls of the tools');
      slow.resolve(1);
    },
  },
  {
    id: 'TOOL-042',
    level: 'MUST',
    title: 'A call whose result came before the end is not told of, awaited or not',
    refs: ['tools.unawaited'],
    async run(t) {
      const lines = await t.lines('external_quick({}); await external_quick({}); await external_wait({});', {
        tools: { external_quick: t.tool(), external_wait: t.tool(() => t.sleep(30)) },
      });
      t.deepEqual(lines, [], 'the logs');
    },
  },
  {
    id: 'TOOL-043',
    level: 'MUST',
    title: 'The call beyond maxCalls throws a ToolLimitError that the program can catch',
    refs: ['tools.limits', 'extensions.limits', 'errors.names'],
    requires: ['limits'],
    async run(t) {
      const take = t.tool(() => 1);
      const value = await t.value(
        'let made = 0; try { for (;;) { await external_take({}); made++; } } catch (error) { return [made, error instanceof Error, error.name, error.code]; }',
        { limits: { maxCalls: 3 }, tools: { external_take: take } },
      );
      t.deepEqual(value, [3, true, 'ToolLimitError', 'TOOL_CALL_LIMIT'], 'calls made and what was caught');
      t.equal(take.count, 3, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-044',
    level: 'MUST',
    title: 'Calls beyond maxCallsInFlight wait for their turn, and all are made',
    refs: ['tools.limits', 'extensions.limits'],
    requires: ['limits'],
    async run(t) {
      let running = 0;
      let most = 0;
      const take = t.tool(async (args) => {
        most = Math.max(most, ++running);
        await t.sleep(5);
        running--;
        return args;
      });
      const value = await t.value(
        'const all = await Promise.all(Array.from({ length: 12 }, (_, n) => external_take({ n }))); return all.map((v) => v.n);',
        {
          limits: { maxCallsInFlight: 3 },
          tools: { external_take: take },
        },
      );
      t.deepEqual(
        value,
        Array.from({ length: 12 }, (_, n) => n),
        'the results',
      );
      t.atMost(most, 3, 'calls running at once');
    },
  },
];
