import type { Clause } from '../../clause.ts';
import { numberIn } from '../../property.ts';
import type { Measurement } from '../../subject.ts';
import type { Trial, TrialContext } from '../../trial.ts';

const CYCLES = 200;
const WARM_UP = 20;
/** How long what is on its way out may take to be gone. */
const PATIENCE_MS = 4_000;
/** How much a driver may have kept ready. */
const READY_AT_MOST = 4;

async function cycle(t: Trial): Promise<void> {
  const context = await t.context({ tools: { external_add: t.tool((args) => numberIn(args, 'n') + 1) } });
  t.equal(
    t.succeeds(await context.execute('globalThis.setTimeout?.(() => {}, 1000); return await external_add({ n: 1 });')),
    2,
    'the returned value',
  );
  await context.dispose();
}

/** What has grown beyond its tolerance, as sentences. */
function growth(before: Measurement, after: Measurement): string[] {
  return Object.entries(after).flatMap(([name, { value, tolerance }]) => {
    const start = before[name]?.value ?? 0;
    return value - start > tolerance ? [`${name} grew from ${start} to ${value}`] : [];
  });
}

/** Programs run again. The crash may have hit what was kept ready for the next ones, too: those fail by name. */
async function goesOn(t: Trial, context: TrialContext): Promise<void> {
  for (let left = READY_AT_MOST; ; left--) {
    const result = await context.execute('return 1;');
    if (result.success || left === 0) return t.equal(t.succeeds(result), 1, 'the value of a program after the crash');
    t.ok(t.failsWith(result).code !== undefined, 'the failure must have a code');
  }
}

/** What many cycles leave behind, and what a crash does. */
export const leaksAndCrashes: readonly Clause[] = [
  {
    id: 'LIFE-023',
    level: 'MUST',
    title: '200 create/execute/dispose cycles leave no growth in what the subject measures',
    refs: ['life.leaks'],
    async run(t) {
      for (let n = 0; n < WARM_UP; n++) await cycle(t);
      const before = (await t.measure()) ?? t.fail('the subject offers no measure() to test this with');
      for (let n = 0; n < CYCLES; n++) await cycle(t);
      let grown: string[] = [];
      for (let waited = 0; waited <= PATIENCE_MS; waited += 200) {
        grown = growth(before, (await t.measure()) ?? {});
        if (grown.length === 0) break;
        await t.sleep(200);
      }
      t.deepEqual(grown, [], `what grew over ${CYCLES} cycles`);
    },
  },
  {
    id: 'LIFE-024',
    level: 'MUST',
    title: 'A crash of the engine ends its runs by name, and the driver goes on',
    refs: ['life.crash', 'errors.resolves'],
    requires: ['crashIsolation'],
    async run(t) {
      const context = await t.context({ timeout: 20_000, tools: { external_wait: t.tool(() => t.sleep(300)) } });
      const running = context.execute('await external_wait({}); return "survived";');
      await t.sleep(100);
      await t.crash();
      const result = await running;
      if (result.success) t.equal(result.value, 'survived', 'the value of the run that crashed');
      else t.ok(t.failsWith(result).code !== undefined, 'the failure must have a code');
      await goesOn(t, context);
    },
  },
  {
    id: 'LIFE-025',
    level: 'MUST',
    title: 'A run whose engine crashes is replayed: same value, each tool called once, each line logged once',
    refs: ['life.crash', 'console.order', 'tools.stable-reads'],
    requires: ['replay'],
    async run(t) {
      const step = t.tool(async (args) => {
        await t.sleep(20);
        return numberIn(args, 'n') + 1;
      });
      const tell = t.tool();
      const context = await t.context({ timeout: 20_000, tools: { external_step: step, external_tell: tell } });
      const running = context.execute(`
        const chance = Math.random(), start = Date.now(), id = crypto.randomUUID();
        await external_tell({ chance, start, id });
        let n = 0;
        while (n < 20) { n = await external_step({ n }); console.log('step ' + n); if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); }
        return { n, chance, start, id };`);
      for (const calls of [8, 14]) {
        await t.until(() => step.count >= calls, `call ${calls} of the tool`);
        await t.crash();
      }
      const result = await running;
      t.deepEqual(t.succeeds(result), { n: 20, ...t.object(tell.received[0], 'what the other tool received') }, 'the returned value');
      t.deepEqual(
        step.received,
        Array.from({ length: 20 }, (_, n) => ({ n })),
        'what the tool received',
      );
      t.equal(tell.count, 1, 'calls of the other tool');
      t.deepEqual(
        t.logs(result),
        Array.from({ length: 20 }, (_, n) => `step ${n + 1}`),
        'the logs',
      );
    },
  },
];
