import type { Clause } from '../../clause.ts';
import { numberIn } from '../../property.ts';

/** Presets and env: how much a program sees, and what it is given. */
export const presets: readonly Clause[] = [
  {
    id: 'PRESET-001',
    level: 'MUST',
    title: 'minimal has the language and its tools, without Date, Math.random and the other globals',
    refs: ['presets.minimal'],
    requires: ['presets'],
    async run(t) {
      const value = await t.value(
        `return [['Date', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'crypto', 'structuredClone', 'performance', 'fetch'].filter((name) => name in globalThis),
          typeof Math.random, [1, 2].map((x) => x + 1), JSON.stringify({ a: new Map([[1, 2]]).size }), await external_add({ n: 1 })];`,
        { globals: 'minimal', tools: { external_add: t.tool((args) => numberIn(args, 'n') + 1) } },
      );
      t.deepEqual(
        value,
        [[], 'undefined', [2, 3], '{"a":1}', 2],
        'the globals that are there, Math.random, three results of the language, and one of a tool',
      );
    },
  },
  {
    id: 'PRESET-002',
    level: 'MUST',
    title: 'compute adds the standard built-ins and no encoding',
    refs: ['presets.compute'],
    requires: ['presets'],
    async run(t) {
      const value = await t.value(
        "return [typeof Date.now(), typeof Math.random(), new Date(0).toISOString(), ['TextEncoder', 'TextDecoder', 'atob', 'btoa', 'crypto', 'fetch'].filter((name) => name in globalThis)];",
        { globals: 'compute' },
      );
      t.deepEqual(value, ['number', 'number', '1970-01-01T00:00:00.000Z', []], 'time, chance, a date, and the globals that are there');
    },
  },
  {
    id: 'PRESET-003',
    level: 'MUST',
    title: 'data adds encoding, base64 and crypto.subtle.digest',
    refs: ['presets.data'],
    requires: ['presets'],
    async run(t) {
      const value = await t.value(
        "const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc')); return [new Uint8Array(hash)[0], new TextDecoder().decode(new Uint8Array([104, 105])), btoa('hi'), typeof fetch];",
        { globals: 'data' },
      );
      t.deepEqual(value, [0xba, 'hi', 'aGk=', 'undefined'], "a hash's first byte, two conversions, and typeof fetch");
    },
  },
  {
    id: 'PRESET-004',
    level: 'MUST',
    title: 'minimal, compute and data write no console output; agent does',
    refs: ['presets.minimal', 'presets.compute', 'presets.data', 'presets.agent'],
    requires: ['presets'],
    async run(t) {
      for (const globals of ['minimal', 'compute', 'data', 'agent']) {
        const lines = await t.lines("if (typeof console !== 'undefined') { console.log('out'); console.error('out'); }", { globals });
        t.deepEqual(lines, globals === 'agent' ? ['out', 'ERROR: out'] : [], `the logs with globals: '${globals}'`);
      }
    },
  },
  {
    id: 'PRESET-005',
    level: 'MUST',
    title: 'Without a preset a program sees what agent gives',
    refs: ['presets.agent'],
    requires: ['presets'],
    async run(t) {
      const code = 'return Object.getOwnPropertyNames(globalThis).sort();';
      t.deepEqual(await t.value(code), await t.value(code, { globals: 'agent' }), 'the globals without a preset');
    },
  },
  {
    id: 'PRESET-006',
    level: 'MUST',
    title: 'An unknown preset is refused with INVALID_OPTION',
    refs: ['presets.agent'],
    requires: ['presets'],
    run: (t) => t.refuses({ globals: 'everything' }, 'INVALID_OPTION', 'globals'),
  },
  {
    id: 'PRESET-007',
    level: 'MUST',
    title: 'env is a frozen global with the data it was given, all the way down',
    refs: ['presets.env'],
    requires: ['env'],
    async run(t) {
      const env = { region: 'eu', nested: { list: [1, { deep: true }] }, __proto__key: null };
      const value = await t.value(
        `const tries = [() => { env.region = 'x'; }, () => { env.nested.list.push(1); }, () => { env.nested.list[1].deep = 0; }, () => { delete env.region; }, () => { env = 1; }];
        let refused = 0; for (const attempt of tries) { try { attempt(); } catch { refused++; } }
        return [refused, env, Object.isFrozen(env.nested.list[1])];`,
        { env },
      );
      t.deepEqual(value, [5, env, true], 'how many changes were refused, env after them, and whether it is frozen');
    },
  },
  {
    id: 'PRESET-008',
    level: 'MUST',
    title: 'env is copied when the context is created, and each execute sees it whole',
    refs: ['presets.env', 'life.fresh'],
    requires: ['env'],
    async run(t) {
      const env = { n: 1 };
      const context = await t.context({ env });
      env.n = 2;
      for (let i = 0; i < 2; i++) t.deepEqual(t.succeeds(await context.execute('return env;')), { n: 1 }, 'env');
    },
  },
  {
    id: 'PRESET-009',
    level: 'MUST',
    title: 'Without env there is no such global, and what is no JSON is refused with INVALID_OPTION',
    refs: ['presets.env'],
    requires: ['env'],
    async run(t) {
      t.equal(await t.value('return typeof env;'), 'undefined', 'typeof env');
      const round: Record<string, unknown> = {};
      round.round = round;
      for (const env of [round, { n: 1n }, () => {}]) await t.refuses({ env }, 'INVALID_OPTION', 'env');
    },
  },
];
