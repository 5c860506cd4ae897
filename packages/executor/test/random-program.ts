import fc from 'fast-check';

/**
 * Programs of the kinds that models write, and worse, as text: what they log and return tells every difference in order,
 * time, chance or tool results. `say` logs and remembers; the remembered is returned.
 */
export const randomProgram: fc.Arbitrary<string> = fc.letrec<{
  program: string;
  statement: string;
  block: string;
  call: string;
  expression: string;
}>((tie) => ({
  program: fc
    .array(tie('statement'), { minLength: 2, maxLength: 8 })
    .map(
      (statements) =>
        `const said = []; const say = (...values) => { said.push(values); console.log(...values); return values; }; const tell = (e) => say("failed", e.name, e.message, e.code);\n${statements.join('\n')}\nreturn said;`,
    ),
  expression: fc.oneof(
    fc.integer({ min: -9, max: 9 }).map(String),
    fc.constantFrom(
      'Math.random()',
      'Date.now()',
      'performance.now()',
      'crypto.randomUUID()',
      'new Date().toISOString()',
      'said.length',
      '"text"',
      'null',
      '{ a: [1, { b: said.length }] }',
    ),
  ),
  call: fc
    .tuple(fc.constantFrom('external_echo', 'external_echo', 'external_other', 'external_fail'), tie('expression'))
    .map(([tool, argument]) => `${tool}(${argument})`),
  block: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }).map((statements) => `{ ${statements.join(' ')} }`),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('expression').map((expression) => `say(${expression});`),
    tie('call').map((call) => `say(await ${call}.catch(tell));`),
    tie('call').map((call) => `${call};`),
    tie('call').map((call) => `${call}.then(say, tell);`),
    tie('call').map((call) => `await ${call};`),
    fc
      .tuple(fc.constantFrom('all', 'allSettled', 'race', 'any'), fc.array(tie('call'), { minLength: 1, maxLength: 4 }))
      .map(([how, calls]) => `say(await Promise.${how}([${calls.join(', ')}]).catch(tell));`),
    fc
      .tuple(tie('block'), tie('block'), tie('block'))
      .map(([tried, caught, last]) => `try ${tried} catch (e) { say(e.name, e.code); ${caught} } finally ${last}`),
    fc.nat(40).map((ms) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`),
    fc.tuple(fc.nat(40), tie('block')).map(([ms, block]) => `setTimeout(async () => ${block}, ${ms});`),
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(15), tie('expression'))
      .map(
        ([times, ms, expression]) =>
          `await new Promise((resolve) => { let n = 0; const id = setInterval(() => { say(n, ${expression}); if (++n >= ${times}) { clearInterval(id); resolve(); } }, ${ms}); });`,
      ),
    fc
      .tuple(tie('call'), fc.nat(20))
      .map(
        ([call, ms]) =>
          `{ let id; say(await Promise.race([${call}.catch(tell), new Promise((resolve) => { id = setTimeout(() => resolve("late"), ${ms}); })])); clearTimeout(id); }`,
      ),
    fc.tuple(fc.integer({ min: 1, max: 3 }), tie('block')).map(([times, block]) => `for (let i = 0; i < ${times}; i++) ${block}`),
    tie('block').map((block) => `await (async function nested() ${block})();`),
    tie('block').map((block) => `(async () => ${block})();`),
    fc.tuple(tie('block'), tie('block')).map(([yes, no]) => `if (Math.random() < 0.5) ${yes} else ${no}`),
    fc.constantFrom(
      'await null;',
      'Promise.resolve(1).then(say);',
      'queueMicrotask(() => say("micro"));',
      'Promise.reject(new RangeError("left"));',
      'console.warn("careful");',
    ),
  ),
})).program;
