import type { Clause } from '../../clause.ts';
import { numberIn } from '../../property.ts';
import { bindTools } from '../../tool-double.ts';

/** Runs that overlap: on one context, on several, and inside one another. */
export const overlappingRuns: readonly Clause[] = [
  {
    id: 'LIFE-008',
    level: 'MUST',
    title: 'Concurrent executes on one context are independent, their values and logs unmixed',
    refs: ['life.concurrent'],
    async run(t) {
      const wait = t.tool((args) => t.sleep(numberIn(args, 'ms')));
      const context = await t.context({ tools: { external_wait: wait } });
      const runs = [0, 1, 2, 3].map((n) =>
        context.execute(`
          globalThis.mine = ${n};
          for (let i = 0; i < 5; i++) { console.log('run ${n} line ' + i); await external_wait({ ms: ${(n * 5) % 7} + i }); }
          if (${n} === 2) throw new Error('two');
          return mine;`),
      );
      for (const [n, result] of (await Promise.all(runs)).entries()) {
        if (n === 2) t.failsWith(result, { message: 'two' });
        else t.equal(t.succeeds(result), n, `the value of run ${n}`);
        t.deepEqual(
          t.logs(result),
          [0, 1, 2, 3, 4].map((i) => `run ${n} line ${i}`),
          `the logs of run ${n}`,
        );
      }
      t.equal(wait.count, 20, 'calls of the tool');
    },
  },
  {
    id: 'LIFE-009',
    level: 'MUST',
    title: 'Concurrent executes on one context wait for their tools together',
    refs: ['life.concurrent', 'life.contexts'],
    async run(t) {
      const both = t.deferred<string>();
      let running = 0;
      const meet = t.tool(() => {
        if (++running === 2) both.resolve('met');
        return both.promise;
      });
      const context = await t.context({ timeout: 5_000, tools: { external_meet: meet } });
      const results = await Promise.all([1, 2].map(() => context.execute('return await external_meet({});')));
      t.deepEqual(
        results.map((result) => t.succeeds(result)),
        ['met', 'met'],
        'the values',
      );
    },
  },
  {
    id: 'LIFE-010',
    level: 'MUST',
    title: 'Contexts run in parallel, each with its own tools',
    refs: ['life.contexts'],
    async run(t) {
      const all = t.deferred();
      let running = 0;
      const contexts = await Promise.all(
        [0, 1, 2, 3].map((n) =>
          t.context({
            timeout: 5_000,
            tools: {
              external_meet: t.tool(async () => {
                if (++running === 4) all.resolve(undefined);
                await all.promise;
                return n;
              }),
            },
          }),
        ),
      );
      const results = await Promise.all(contexts.map((context) => context.execute('return await external_meet({});')));
      t.deepEqual(
        results.map((result) => t.succeeds(result)),
        [0, 1, 2, 3],
        'the values',
      );
    },
  },
  {
    id: 'LIFE-011',
    level: 'MUST',
    title: 'A tool may create, run and dispose a second context while the first is in mid-execution',
    refs: ['life.contexts'],
    async run(t) {
      const skill = t.tool(async (args) => {
        const result = await t.run("console.log('inner'); return (await external_double({ n: 4 })) + 1;", {
          tools: { external_double: t.tool((inner) => numberIn(inner, 'n') * 2) },
        });
        return { args, inner: t.succeeds(result), logs: t.logs(result) };
      });
      const result = await t.run("console.log('outer'); const got = await skill_run({ a: 1 }); console.log('outer again'); return got;", {
        tools: { skill_run: skill },
      });
      t.deepEqual(t.succeeds(result), { args: { a: 1 }, inner: 9, logs: ['inner'] }, 'the value');
      t.deepEqual(t.logs(result), ['outer', 'outer again'], 'the logs');
    },
  },
  {
    id: 'LIFE-012',
    level: 'MUST',
    title: 'Contexts nest four deep, several at a time',
    refs: ['life.contexts'],
    async run(t) {
      const descend = async (depth: number): Promise<unknown> => {
        if (depth === 0) return 'bottom';
        const result = await t.run('return (await Promise.all([skill_down({}), skill_down({})])).join();', {
          tools: { skill_down: t.tool(() => descend(depth - 1)) },
        });
        return t.succeeds(result);
      };
      t.equal(await descend(4), Array(16).fill('bottom').join(), 'the value of the outermost program');
    },
  },
  {
    id: 'LIFE-013',
    level: 'MUST',
    title: 'Changing the bindings object after createContext changes no tool',
    refs: ['life.contexts', 'tools.inherited'],
    async run(t) {
      const bindings = bindTools({ external_a: t.tool(() => 'first') });
      const context = await t.open({ bindings, timeout: 10_000, memoryLimit: 128 });
      Object.assign(bindings, bindTools({ external_a: t.tool(() => 'second'), external_b: t.tool() }));
      const result = await context.execute('return [await external_a({}), typeof external_b];');
      t.deepEqual(t.succeeds(result), ['first', 'undefined'], "the tool's result and the type of the one added later");
    },
  },
];
