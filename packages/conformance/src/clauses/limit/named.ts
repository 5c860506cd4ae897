import type { Clause } from '../../clause.ts';

/** The limits that no other family covers. */
export const namedLimits: readonly Clause[] = [
  {
    id: 'LIMIT-001',
    level: 'MUST',
    title: 'A program over maxCodeBytes fails with CODE_TOO_LARGE and runs nothing',
    refs: ['extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const touch = t.tool();
      const options = { limits: { maxCodeBytes: 100 }, tools: { external_touch: touch } };
      await t.error(`external_touch({}); // ${'é'.repeat(60)}`, { code: 'CODE_TOO_LARGE' }, options);
      t.equal(touch.count, 0, 'calls of the tool');
      t.equal(await t.value('return 1;', options), 1, 'the value of a program within the limit');
    },
  },
  {
    id: 'LIMIT-002',
    level: 'MUST',
    title: 'A value over maxReturnBytes fails with RETURN_TOO_LARGE, its logs kept',
    refs: ['extensions.limits', 'console.kept'],
    requires: ['limits'],
    async run(t) {
      const result = await t.run("console.log('kept'); return 'é'.repeat(600);", { limits: { maxReturnBytes: 1_000 } });
      t.failsWith(result, { name: 'SerializationError', code: 'RETURN_TOO_LARGE' });
      t.deepEqual(t.logs(result), ['kept'], 'the logs');
      t.equal(await t.value("return 'x'.repeat(900);", { limits: { maxReturnBytes: 1_000 } }), 'x'.repeat(900), 'a value within the limit');
    },
  },
  {
    id: 'LIMIT-003',
    level: 'MUST',
    title: 'An argument over maxArgumentBytes is an error the program can catch, and its tool is not called',
    refs: ['extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const take = t.tool(() => 'taken');
      const value = await t.value(
        "let caught; try { await external_take({ text: 'x'.repeat(2000) }); } catch (error) { caught = [error.name, error.code]; } return [caught, await external_take({ small: 1 })];",
        { limits: { maxArgumentBytes: 1_000 }, tools: { external_take: take } },
      );
      t.deepEqual(value, [['ToolLimitError', 'ARGUMENT_TOO_LARGE'], 'taken'], 'what was caught, and the result of a smaller call');
      t.equal(take.count, 1, 'calls of the tool');
    },
  },
  {
    id: 'LIMIT-004',
    level: 'MUST',
    title: 'A tool result over maxResultBytes is an error the program can catch',
    refs: ['extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const value = await t.value(
        'try { await external_give({}); return "nothing caught"; } catch (error) { return [error.name, error.code]; }',
        {
          limits: { maxResultBytes: 1_000 },
          tools: { external_give: t.tool(() => 'x'.repeat(2_000)) },
        },
      );
      t.deepEqual(value, ['ToolLimitError', 'TOOL_RESULT_TOO_LARGE'], 'what was caught');
    },
  },
  {
    id: 'LIMIT-005',
    level: 'MUST',
    title: 'The timer beyond maxTimers throws a TimerLimitError that the program can catch',
    refs: ['extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const value = await t.value(
        'let made = 0; try { for (;;) { setTimeout(() => {}, 50); made++; } } catch (error) { return [made, error instanceof Error, error.name, error.code]; }',
        {
          limits: { maxTimers: 5 },
        },
      );
      t.deepEqual(value, [5, true, 'TimerLimitError', 'TIMER_LIMIT'], 'timers made and what was caught');
    },
  },
  {
    id: 'LIMIT-006',
    level: 'MUST',
    title: 'cpuMs ends a program that computes, and not one that waits',
    refs: ['extensions.limits'],
    requires: ['limits', 'interrupt'],
    async run(t) {
      const options = { limits: { cpuMs: 300 }, tools: { external_slow: t.tool(() => t.sleep(700)) } };
      await t.error('for (;;) {}', { name: 'TimeoutError', code: 'CPU_TIMEOUT' }, options);
      t.equal(await t.value('await external_slow({}); return 1;', options), 1, 'the value of a program that waits');
    },
  },
  {
    id: 'LIMIT-007',
    level: 'MUST',
    title: 'limits of an execute are its own',
    refs: ['extensions.limits'],
    requires: ['limits'],
    async run(t) {
      const context = await t.context();
      t.failsWith(await context.execute("return 'x'.repeat(2000);", { limits: { maxReturnBytes: 1_000 } }), { code: 'RETURN_TOO_LARGE' });
      t.equal(t.succeeds(await context.execute("return 'x'.repeat(2000);")), 'x'.repeat(2_000), 'the value of the next program');
    },
  },
  {
    id: 'LIMIT-008',
    level: 'MUST',
    title: 'wallMs and memoryBytes are the timeout and memoryLimit by their other names',
    refs: ['extensions.limits'],
    requires: ['limits', 'memoryLimit'],
    async run(t) {
      const never = t.tool(() => new Promise(() => {}));
      await t.error('await external_never({});', { code: 'TIMEOUT' }, { limits: { wallMs: 200 }, tools: { external_never: never } });
      await t.error(
        'const keep = []; for (let i = 0; i < 400; i++) keep.push(new Array(131072).fill(i)); return keep.length;',
        { code: 'MEMORY_LIMIT' },
        {
          limits: { memoryBytes: 32 * 1024 * 1024 },
          timeout: 30_000,
        },
      );
    },
  },
  {
    id: 'LIMIT-009',
    level: 'MUST',
    title: 'A limit of an unknown name or with no sensible value is refused with INVALID_OPTION',
    refs: ['extensions.limits', 'extensions.refused'],
    requires: ['limits'],
    async run(t) {
      await t.refuses({ limits: { maxCallz: 1 } }, 'INVALID_OPTION', 'maxCallz');
      for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY])
        await t.refuses({ limits: { maxCalls: value } }, 'INVALID_OPTION', 'maxCalls');
    },
  },
];
