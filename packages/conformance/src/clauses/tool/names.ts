import type { Clause } from '../../clause.ts';
import { bindTools } from '../../tool-double.ts';
import type { Trial } from '../../trial.ts';

async function refusesNames(t: Trial, names: readonly string[]): Promise<void> {
  for (const name of names) await t.refuses({ tools: { [name]: t.tool() } }, 'TOOL_NAME_INVALID', name);
}

/** Which tools a guest can call, by which names. */
export const toolNames: readonly Clause[] = [
  {
    id: 'TOOL-045',
    level: 'MUST',
    title: 'An unknown tool is a ReferenceError that names it and the tools that exist',
    refs: ['tools.unknown'],
    async run(t) {
      const tools = { external_alpha: t.tool(), external_beta: t.tool() };
      const error = await t.error('await external_missing({});', { name: 'ReferenceError' }, { tools });
      t.includes(error.message, 'external_missing', 'error.message');
      t.includes(error.message, 'Tools that exist: external_alpha, external_beta', 'error.message');
    },
  },
  {
    id: 'TOOL-046',
    level: 'MUST',
    title: 'The ReferenceError of an unknown tool can be caught, and typeof finds no such tool',
    refs: ['tools.unknown'],
    async run(t) {
      const value = await t.value(
        'try { await external_missing({}); } catch (error) { return [error instanceof ReferenceError, error.name]; }',
      );
      t.deepEqual(value, [true, 'ReferenceError'], 'what was caught');
      t.equal(
        await t.value("return typeof external_absent === 'undefined' ? 'no such tool' : external_absent;"),
        'no such tool',
        'what typeof found',
      );
    },
  },
  {
    id: 'TOOL-047',
    level: 'MUST',
    title: 'Any identifier works as a name: external_, skill_, $, _, Unicode letters',
    refs: ['tools.names'],
    async run(t) {
      for (const name of ['external_a', 'skill_b', 'plain', '$', '_x9', 'größe', '名前']) {
        t.equal(
          await t.value(`return await ${name}({});`, { tools: { [name]: t.tool(() => name) } }),
          name,
          `the result of the tool ${name}`,
        );
      }
    },
  },
  {
    id: 'TOOL-048',
    level: 'MUST',
    title: 'A name that is no identifier is refused with TOOL_NAME_INVALID',
    refs: ['tools.names'],
    run: (t) => refusesNames(t, ['my-tool', 'a.b', '1st', 'a b', 'tool()', 'ünï-cödé']),
  },
  {
    id: 'TOOL-049',
    level: 'MUST',
    title: 'An empty name is refused with TOOL_NAME_INVALID',
    refs: ['tools.names'],
    run: (t) => refusesNames(t, ['']),
  },
  {
    id: 'TOOL-050',
    level: 'MUST',
    title: 'A reserved word is refused with TOOL_NAME_INVALID',
    refs: ['tools.names'],
    run: (t) => refusesNames(t, ['class', 'return', 'await', 'yield', 'let', 'static', 'enum', 'null', 'this', 'eval', 'arguments']),
  },
  {
    id: 'TOOL-051',
    level: 'MUST',
    title: 'The name of a global that the language or the runtime provides is refused with TOOL_NAME_INVALID',
    refs: ['tools.names'],
    run: (t) =>
      refusesNames(t, [
        'console',
        'JSON',
        'Promise',
        'Object',
        'undefined',
        'NaN',
        'globalThis',
        'setTimeout',
        'URL',
        'Math',
        'Date',
        'crypto',
        'fetch',
      ]),
  },
  {
    id: 'TOOL-052',
    level: 'MUST',
    title: '__proto__ is refused with TOOL_NAME_INVALID',
    refs: ['tools.names', 'isolation.pollution'],
    run: (t) => refusesNames(t, ['__proto__']),
  },
  {
    id: 'TOOL-053',
    level: 'MUST',
    title: 'A name made of code is refused and runs nothing',
    refs: ['tools.injection', 'tools.names'],
    async run(t) {
      const before = Object.keys(globalThis).length;
      for (const name of [
        'x(){}; globalThis.pwned = 1; function y',
        'x\nglobalThis.pwned = 1\n',
        "x'];globalThis.pwned=1;['",
        'x`${globalThis.pwned = 1}`',
        'x*/globalThis.pwned=1/*',
        'x\u2028globalThis.pwned=1',
      ]) {
        await t.refuses({ tools: { [name]: t.tool() } }, 'TOOL_NAME_INVALID');
      }
      t.equal(Object.keys(globalThis).length, before, 'how many globals the host has');
    },
  },
  {
    id: 'TOOL-054',
    level: 'MUST',
    title: "Text in a tool's description and schema is no code",
    refs: ['tools.injection'],
    async run(t) {
      const config = t.config({ tools: { external_a: t.tool(() => 'fine') } });
      const text = '`${globalThis.pwned = 1}` */ globalThis.pwned = 1; /* \'"\n</script>';
      const [binding] = Object.values(config.bindings);
      if (binding === undefined) throw new Error('the tool was not bound');
      const inputSchema = { type: 'object', description: text, properties: { [text]: { type: 'string' } } };
      const context = await t.open({ ...config, bindings: { external_a: { ...binding, description: text, inputSchema } } });
      const result = await context.execute('return [await external_a({}), typeof pwned];');
      t.deepEqual(t.succeeds(result), ['fine', 'undefined'], "the tool's result and the type of the injected global");
    },
  },
  {
    id: 'TOOL-055',
    level: 'MUST',
    title: 'constructor, toString and valueOf are no tools unless offered',
    refs: ['tools.inherited'],
    async run(t) {
      const take = t.tool(() => 'called');
      const quiet = await t.value(
        `const results = [];
        for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty']) {
          try { results.push(await globalThis[name]({})); } catch { results.push('threw'); }
        }
        return results.includes('called');`,
        { tools: { external_take: take } },
      );
      t.equal(quiet, false, 'whether one of them reached a tool');
      t.equal(take.count, 0, 'calls of the tool');
    },
  },
  {
    id: 'TOOL-056',
    level: 'MUST',
    title: 'A tool offered as toString or constructor is called like any other',
    refs: ['tools.inherited'],
    async run(t) {
      for (const name of ['toString', 'constructor', 'valueOf']) {
        const take = t.tool((args) => args);
        t.deepEqual(
          await t.value(`return await ${name}({ n: 1 });`, { tools: { [name]: take } }),
          { n: 1 },
          `the result of the tool ${name}`,
        );
        t.deepEqual(take.received, [{ n: 1 }], 'what the tool received');
      }
    },
  },
  {
    id: 'TOOL-057',
    level: 'MUST',
    title: 'Bindings that are inherited are no tools',
    refs: ['tools.inherited'],
    async run(t) {
      const inherited = t.tool();
      const bindings = Object.assign(
        Object.create(bindTools({ external_inherited: inherited })),
        bindTools({ external_own: t.tool(() => 'own') }),
      );
      const context = await t.open({ bindings, timeout: 10_000, memoryLimit: 128 });
      const result = await context.execute('return [await external_own({}), typeof external_inherited];');
      t.deepEqual(t.succeeds(result), ['own', 'undefined'], 'the own tool and the type of the inherited one');
      t.equal(inherited.count, 0, 'calls of the inherited tool');
    },
  },
];
