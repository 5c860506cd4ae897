import type { Clause } from '../../clause.ts';

/** Time and chance as a program sees them. */
export const clocks: readonly Clause[] = [
  {
    id: 'TIME-043',
    level: 'MUST',
    title: 'Date.now, new Date and performance.now stand still within a turn',
    refs: ['time.clock'],
    requires: ['logicalClock'],
    async run(t) {
      const value = await t.value(`
        const start = [Date.now(), performance.now(), +new Date()];
        for (let i = 0, x = 0; i < 3000000; i++) x += i;
        await null;
        return [Date.now() - start[0], performance.now() - start[1], new Date() - start[2], start[0] - start[2]];`);
      t.deepEqual(value, [0, 0, 0, 0], 'how much time passed within the turn');
    },
  },
  {
    id: 'TIME-044',
    level: 'MUST',
    title: 'Time advances across an awaited tool call',
    refs: ['time.clock'],
    async run(t) {
      const value = await t.value(
        'const performance = globalThis.performance ?? Date, d = Date.now(), p = performance.now(); await external_slow({}); return [Date.now() - d, performance.now() - p];',
        {
          tools: { external_slow: t.tool(() => t.sleep(60)) },
        },
      );
      for (const passed of t.numbers(value, 'what passed')) {
        t.atLeast(passed, 50, 'milliseconds that passed across the call');
        t.atMost(passed, 5_000, 'milliseconds that passed across the call');
      }
    },
  },
  {
    id: 'TIME-045',
    level: 'MUST',
    title: 'Time advances across a timer by at least its delay',
    refs: ['time.clock'],
    requires: ['portableGlobals'],
    async run(t) {
      const value = await t.value(
        'const d = Date.now(), p = performance.now(); await new Promise((resolve) => setTimeout(resolve, 40)); return [Date.now() - d, performance.now() - p];',
      );
      for (const passed of t.numbers(value, 'what passed')) {
        // A timer's delay and Date both count whole milliseconds.
        t.atLeast(passed, 39, 'milliseconds that passed across the timer');
        t.atMost(passed, 5_000, 'milliseconds that passed across the timer');
      }
    },
  },
  {
    id: 'TIME-046',
    level: 'MUST',
    title: "The clock starts at the host's time and never goes back",
    refs: ['time.clock'],
    async run(t) {
      const before = Date.now();
      const value = await t.value(
        'const times = []; for (let i = 0; i < 5; i++) { times.push(Date.now()); await external_wait({}); } return times;',
        {
          tools: { external_wait: t.tool() },
        },
      );
      const [first = Number.NaN, ...later] = t.numbers(value, 'the readings');
      t.atLeast(first, before - 5_000, 'the first reading');
      t.atMost(first, Date.now() + 5_000, 'the first reading');
      t.deepEqual(
        [first, ...later],
        [first, ...later].toSorted((a, b) => a - b),
        'the readings in order of time',
      );
    },
  },
  {
    id: 'TIME-047',
    level: 'MUST',
    title: 'Random numbers and UUIDs differ within a run and from run to run',
    refs: ['time.chance'],
    async run(t) {
      const code = 'return [Math.random(), Math.random(), Math.random()];';
      const context = await t.context();
      const draws = [t.succeeds(await context.execute(code)), t.succeeds(await context.execute(code)), await t.value(code)];
      const all = draws.flatMap((drawn) => t.numbers(drawn, 'the random numbers'));
      t.equal(new Set(all).size, 9, 'how many different random numbers nine draws gave');
      for (const n of all) t.ok(n >= 0 && n < 1, 'Math.random must be from 0 up to, not including, 1');
    },
  },
  {
    id: 'TIME-048',
    level: 'MUST',
    title: 'crypto gives different UUIDs and bytes from run to run',
    refs: ['time.chance', 'isolation.portable'],
    requires: ['portableGlobals'],
    async run(t) {
      const code = 'return [crypto.randomUUID(), crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(16)).join()];';
      const all = [await t.value(code), await t.value(code)].flatMap((drawn) => t.strings(drawn, 'what was drawn'));
      t.equal(new Set(all).size, 6, 'how many different values six draws gave');
    },
  },
];
