import fc from 'fast-check';

/**
 * Programs whose end does not depend on when anything happens: what they log, return and throw, and what they call with
 * which arguments in which order, is a function of the seed alone. Only so can a run whose executor was killed be held
 * against one that was left in peace.
 *
 * So a race always has the same winner, only one of several branches calls tools, and times go nowhere but to `stamp`, which
 * `witness.ts` checks on its own. Logged and returned is all that was said.
 */
export const survivalProgram: fc.Arbitrary<string> = fc
  .tuple(fc.array(statement(), { minLength: 2, maxLength: 7 }), ending())
  .map(([statements, end]) => `${PRELUDE}\n${statements.join('\n')}\n${end}`);

const PRELUDE = `
const said = [];
const say = (...values) => { said.push(values); console.log(JSON.stringify(values)); return values[0]; };
const tell = (e) => say('failed', e.name, e.message, e.code ?? null);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const helper = async (n) => { const inner = async () => { say('inner', n); return await echo({ n }); }; return (await inner()).n + 1; };
`;

function ending(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant('return said;') },
    { weight: 1, arbitrary: fc.constant("await echo('last'); throw Object.assign(new TypeError('mine'), { code: 'E_MINE' });") },
    // Left running, and never heard of again.
    { weight: 1, arbitrary: fc.constant("never('left'); echo('also left').then(say, tell); await echo(1); return said;") },
    { weight: 1, arbitrary: fc.constant('await sleep(2); return;') },
  );
}

function expression(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.integer({ min: -9, max: 9 }).map(String),
    fc.constantFrom(
      'Math.random()',
      'crypto.randomUUID()',
      '[...crypto.getRandomValues(new Uint8Array(3))]',
      'said.length',
      "{ a: [1, { b: said.length }], s: 'Füße 😀' }",
      'null',
    ),
  );
}

function statement(): fc.Arbitrary<string> {
  const { program } = fc.letrec<{ program: string; block: string; call: string }>((tie) => ({
    call: fc
      .tuple(fc.constantFrom('echo', 'echo', 'late', 'sync', 'fail', 'boom', 'nothing'), expression())
      .map(([tool, argument]) => `${tool}(${argument})`),
    block: fc.array(tie('program'), { minLength: 1, maxLength: 2 }).map((statements) => `{ ${statements.join(' ')} }`),
    program: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      expression().map((value) => `say(${value});`),
      tie('call').map((call) => `say(await ${call}.catch(tell));`),
      fc.tuple(tie('call'), tie('call')).map(([one, two]) => `say(await ${one}.catch(tell), await ${two}.catch(tell));`),
      fc
        .array(tie('call'), { minLength: 2, maxLength: 5 })
        .map(
          (calls) =>
            `say((await Promise.allSettled([${calls.join(', ')}])).map((r) => r.status + JSON.stringify(r.value ?? r.reason?.code)));`,
        ),
      fc
        .array(expression(), { minLength: 1, maxLength: 4 })
        .map((list) => `say(await Promise.all([${list.join(', ')}].map((x) => late(x))));`),
      expression().map((value) => `say(await Promise.race([never(1), echo(${value}), sleep(60_000).then(() => 'late')]));`),
      expression().map((value) => `say(await Promise.any([boom(1), never(2), echo(${value})]).catch(tell));`),
      expression().map((value) => `say(await Promise.race([never(${value}), sleep(3).then(() => 'slept')]));`),
      fc
        .tuple(tie('call'), tie('block'), tie('block'))
        .map(([call, caught, last]) => `try { say(await ${call}); } catch (e) { tell(e); ${caught} } finally ${last}`),
      fc.integer({ min: 1, max: 4 }).map((times) => `{ let n = ${times}; while (n > 0) n -= say((await echo({ take: 1, n })).take); }`),
      fc.tuple(fc.integer({ min: 1, max: 3 }), tie('block')).map(([times, block]) => `for (let i = 0; i < ${times}; i++) ${block}`),
      fc.nat(6).map((ms) => `await sleep(${ms}); say('slept');`),
      fc
        .integer({ min: 1, max: 3 })
        .map(
          (times) =>
            `await new Promise((resolve) => { let n = 0; const id = setInterval(() => { say('tick', n); if (++n >= ${times}) { clearInterval(id); resolve(); } }, 2); });`,
        ),
      fc.constant(
        '{ const t = Date.now(), p = performance.now(); const back = await stamp({ t, p }); say(back.t === t, back.p === p, Date.now() >= t); }',
      ),
      fc.constantFrom(1, 70, 300).map((kib) => `say((await echo('x'.repeat(${kib} * 1024))).length, (await large(${kib})).length);`),
      fc.nat(9).map((n) => `say(await helper(${n}));`),
      tie('block').map((block) => `await (async function nested() ${block})();`),
      fc.tuple(tie('block'), tie('block')).map(([yes, no]) => `if (Math.random() < 0.5) ${yes} else ${no}`),
      fc.constant("try { null.x; } catch (e) { say(e.constructor.name); console.warn('careful', e.name); }"),
    ),
  }));
  return program;
}
