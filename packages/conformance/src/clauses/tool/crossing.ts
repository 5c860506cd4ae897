import type { Clause } from '../../clause.ts';

/** What arguments and results look like on the other side. */
export const toolCrossings: readonly Clause[] = [
  {
    id: 'TOOL-001',
    level: 'MUST',
    title: 'An argument arrives deep-equal, and its tool is called exactly once for each call',
    refs: ['tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value("await external_take({ a: [1, { b: null }], c: 'ü✓', d: true }); await external_take({ second: 2 });", {
        tools: { external_take: take },
      });
      t.deepEqual(take.received, [{ a: [1, { b: null }], c: 'ü✓', d: true }, { second: 2 }], 'what the tool received');
    },
  },
  {
    id: 'TOOL-002',
    level: 'MUST',
    title: 'A second argument is ignored',
    refs: ['tools.arguments'],
    async run(t) {
      const seen: unknown[] = [];
      const take = t.tool((args, context) => void seen.push(args, JSON.stringify(context ?? {}).includes('smuggled')));
      await t.value("await external_take({ a: 1 }, { smuggled: 'smuggled' }, 3);", { tools: { external_take: take } });
      t.deepEqual(seen, [{ a: 1 }, false], 'the argument, and whether the second one came along');
    },
  },
  {
    id: 'TOOL-003',
    level: 'MUST',
    title: 'A call without an argument, or with undefined, passes {}',
    refs: ['tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value('await external_take(); await external_take(undefined);', { tools: { external_take: take } });
      t.deepEqual(take.received, [{}, {}], 'what the tool received');
    },
  },
  {
    id: 'TOOL-004',
    level: 'MUST',
    title: 'null, text, numbers, booleans and arrays are arguments like any other',
    refs: ['tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value("for (const x of [null, '', 'text', 0, 42.5, false, [], [1]]) await external_take(x);", {
        tools: { external_take: take },
      });
      t.deepEqual(take.received, [null, '', 'text', 0, 42.5, false, [], [1]], 'what the tool received');
    },
  },
  {
    id: 'TOOL-005',
    level: 'MUST',
    title: 'Arguments cross with the semantics of JSON',
    refs: ['tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value(
        'await external_take({ d: new Date(0), u: undefined, n: NaN, z: -0, m: new Map(), j: { toJSON: () => 7 }, f() {}, l: [undefined] });',
        {
          tools: { external_take: take },
        },
      );
      t.deepEqual(take.received, [{ d: '1970-01-01T00:00:00.000Z', n: null, z: 0, m: {}, j: 7, l: [null] }], 'what the tool received');
    },
  },
  {
    id: 'TOOL-006',
    level: 'MUST',
    title: 'An argument is read when the call is made, not later',
    refs: ['tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value('const o = { n: 1 }; const call = external_take(o); o.n = 2; await call;', { tools: { external_take: take } });
      t.deepEqual(take.received, [{ n: 1 }], 'what the tool received');
    },
  },
  {
    id: 'TOOL-007',
    level: 'MUST',
    title: "A result crosses with the semantics of JSON, and is the guest realm's own data",
    refs: ['tools.results'],
    async run(t) {
      class Row {
        id = 1;
        secret(): void {}
      }
      const shared = { list: [1] };
      const tools = {
        external_get: t.tool(() => ({ row: new Row(), d: new Date(0), u: undefined, n: Number.NaN, list: [1, undefined] })),
        external_shared: t.tool(() => shared),
      };
      const value = await t.value(
        `const got = await external_get({});
        const mutated = await external_shared({}); mutated.list.push(2);
        return [got, Object.getPrototypeOf(got) === Object.prototype, got.list instanceof Array, got.row.secret === undefined, await external_shared({})];`,
        { tools },
      );
      t.deepEqual(
        value,
        [{ row: { id: 1 }, d: '1970-01-01T00:00:00.000Z', n: null, list: [1, null] }, true, true, true, { list: [1] }],
        'the result, three facts on it, and a result fetched again after the first was changed',
      );
    },
  },
  {
    id: 'TOOL-008',
    level: 'MUST',
    title: 'An undefined result is undefined, a null one null',
    refs: ['tools.results'],
    async run(t) {
      const tools = {
        external_undefined: t.tool(() => undefined),
        external_null: t.tool(() => null),
        external_function: t.tool(() => () => 1),
      };
      const value = await t.value(
        'return [await external_undefined({}) === undefined, await external_null({}) === null, await external_function({}) === undefined];',
        { tools },
      );
      t.deepEqual(value, [true, true, true], 'whether undefined, null and a function arrived as undefined, null and undefined');
    },
  },
  {
    id: 'TOOL-009',
    level: 'MUST',
    title: 'A tool may answer synchronously, with a promise or with a thenable',
    refs: ['tools.results'],
    async run(t) {
      const tools = {
        external_now: t.tool(() => 'now'),
        external_later: t.tool(() => Promise.resolve('later')),
        // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about.
        external_thenable: t.tool(() => ({ then: (resolve: (value: string) => void) => resolve('then') })),
      };
      const value = await t.value('return [await external_now({}), await external_later({}), await external_thenable({})];', { tools });
      t.deepEqual(value, ['now', 'later', 'then'], 'the results');
    },
  },
  {
    id: 'TOOL-010',
    level: 'MUST',
    title: 'A tool call is a native promise in the guest',
    refs: ['tools.results', 'tools.control-flow'],
    async run(t) {
      const value = await t.value(
        'const call = external_now({}); const kind = [call instanceof Promise, Object.getPrototypeOf(call) === Promise.prototype]; await call; return kind;',
        { tools: { external_now: t.tool() } },
      );
      t.deepEqual(value, [true, true], 'whether it is an instance of Promise and has its prototype');
    },
  },
  {
    id: 'TOOL-011',
    level: 'MUST',
    title: 'A megabyte crosses either way',
    refs: ['tools.arguments', 'tools.results'],
    async run(t) {
      const echo = t.tool((args) => args);
      const value = await t.value("const text = 'ö'.repeat(500000); return (await external_echo({ text })).text === text;", {
        tools: { external_echo: echo },
      });
      t.equal(value, true, 'whether the guest got back what it sent');
    },
  },
  {
    id: 'TOOL-012',
    level: 'MUST',
    title: 'A BigInt or a circle in an argument is a TypeError at the call, and the tool is not called',
    refs: ['tools.unserializable'],
    async run(t) {
      const take = t.tool();
      const value = await t.value(
        `const round = {}; round.round = round; const caught = [];
        for (const bad of [1n, { n: [1n] }, round]) {
          try { await external_take(bad); caught.push('nothing'); } catch (error) { caught.push(error instanceof TypeError && error.code); }
        }
        return caught;`,
        { tools: { external_take: take } },
      );
      t.deepEqual(value, Array(3).fill('ARGUMENT_NOT_SERIALIZABLE'), 'the codes of the caught TypeErrors');
      t.equal(take.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-013',
    level: 'MUST',
    title: 'A BigInt or a circle in a result is a TypeError at the call',
    refs: ['tools.unserializable'],
    async run(t) {
      const round: Record<string, unknown> = {};
      round.round = round;
      const tools = { external_bigint: t.tool(() => ({ n: 10n })), external_round: t.tool(() => round) };
      const value = await t.value(
        `const caught = [];
        for (const call of [external_bigint, external_round]) {
          try { await call({}); caught.push('nothing'); } catch (error) { caught.push(error instanceof TypeError && error.code); }
        }
        return caught;`,
        { tools },
      );
      t.deepEqual(value, Array(2).fill('TOOL_RESULT_NOT_SERIALIZABLE'), 'the codes of the caught TypeErrors');
    },
  },
];
