import type { Clause } from '../../clause.ts';

const ODD = String.raw`'\ud800 \udfff \u2028\u2029 \0 \u007f \ufeff'`;
const ODD_TEXT = '\ud800 \udfff \u2028\u2029 \0 \u007f \ufeff';
const PROTO_SOURCE = String.raw`JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')`;

function ownPrototypeKey(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, '__proto__')?.value : undefined;
}

function protoData(): unknown {
  return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
}

/** Strings and keys that a careless crossing damages. */
export const textValues: readonly Clause[] = [
  {
    id: 'VALUE-023',
    level: 'MUST',
    title: 'A returned string that looks like JSON stays a string',
    refs: ['values.text'],
    async run(t) {
      for (const text of ['{"a":1}', '[1]', '"quoted"', 'null', 'true', '42', 'undefined', '']) {
        t.equal(await t.value(`return ${JSON.stringify(text)};`), text, `what the string ${JSON.stringify(text)} arrives as`);
      }
    },
  },
  {
    id: 'VALUE-024',
    level: 'MUST',
    title: 'Lone surrogates, line separators and NUL survive in a returned string',
    refs: ['values.text'],
    async run(t) {
      t.equal(await t.value(`return ${ODD};`), ODD_TEXT, 'the returned string');
      t.deepEqual(await t.value(`return { [${ODD}]: 1 };`), { [ODD_TEXT]: 1 }, 'the returned object');
    },
  },
  {
    id: 'VALUE-025',
    level: 'MUST',
    title: 'Lone surrogates, line separators and NUL survive in arguments and tool results',
    refs: ['values.text', 'tools.arguments', 'tools.results'],
    async run(t) {
      const echo = t.tool((args) => args);
      const same = await t.value(`const text = ${ODD}; return (await external_echo({ text })).text === text;`, {
        tools: { external_echo: echo },
      });
      t.deepEqual(echo.received, [{ text: ODD_TEXT }], 'what the tool received');
      t.equal(same, true, 'whether the guest got back what it sent');
    },
  },
  {
    id: 'VALUE-026',
    level: 'MUST',
    title: 'Quotes, backslashes, backticks and ${ in program text survive as the program means them',
    refs: ['values.text', 'values.source-text'],
    async run(t) {
      const text = '\'"`${x}\\ \\n \\u0041 </script> $& $1';
      t.equal(await t.value(`return ${JSON.stringify(text)};`), text, 'the returned string');
    },
  },
  {
    id: 'VALUE-027',
    level: 'MUST',
    title: 'An own __proto__ key survives as data in a returned value',
    refs: ['values.proto'],
    async run(t) {
      const value = await t.value(`return ${PROTO_SOURCE};`);
      t.deepEqual(ownPrototypeKey(value), { polluted: true }, 'the own __proto__ key');
      t.deepEqual(value, protoData(), 'the returned value');
      t.equal(Object.getPrototypeOf(value), Object.prototype, 'the prototype of the returned value');
    },
  },
  {
    id: 'VALUE-028',
    level: 'MUST',
    title: 'An own __proto__ key survives as data in a tool argument',
    refs: ['values.proto', 'tools.arguments'],
    async run(t) {
      const take = t.tool();
      await t.value(`await external_take(${PROTO_SOURCE});`, { tools: { external_take: take } });
      t.equal(take.count, 1, 'calls of the tool');
      t.deepEqual(take.received[0], protoData(), 'what the tool received');
      t.deepEqual(ownPrototypeKey(take.received[0]), { polluted: true }, 'the own __proto__ key');
    },
  },
  {
    id: 'VALUE-029',
    level: 'MUST',
    title: 'An own __proto__ key survives as data in a tool result',
    refs: ['values.proto', 'tools.results'],
    async run(t) {
      const give = t.tool(() => protoData());
      const value = await t.value(
        `const got = await external_give({});
        return [Object.hasOwn(got, '__proto__'), got.polluted === undefined, Object.getPrototypeOf(got) === Object.prototype, JSON.stringify(got)];`,
        { tools: { external_give: give } },
      );
      t.deepEqual(value, [true, true, true, JSON.stringify(protoData())], 'own key, no pollution, plain prototype, JSON');
    },
  },
];
