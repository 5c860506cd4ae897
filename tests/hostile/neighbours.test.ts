import type { Driver } from '@isomux/driver';
import { describe, expect, it } from 'vitest';
import { settledWithin } from './deadline.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS } from './subjects.ts';

expectQuietHost();

/** Guests whose process or thread has to go with them, where they have one that can. */
const HARMFUL: readonly string[] = [
  'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'const all = []; for (;;) all.push(new Array(1000).fill(1))',
  '/^(a+)+$/.test("a".repeat(40) + "b")',
  'return new Uint8Array(2 ** 30).fill(1).length',
  'for (;;) {}',
];
const WAVES = 6;
const GUARD_MS = 60_000;

/** Sums what a tool gives it, one call after the other, until it is told to stop. */
const INNOCENT =
  'let sum = 0, calls = 0; for (;;) { const given = await next({ calls }); if (given === null) return [calls, sum]; calls++; sum += given; console.log(calls); }';

/** Runs an innocent guest until `stop`, and checks that it came to its end with every tool called once. */
async function runInnocent(driver: Driver, stopped: () => boolean): Promise<void> {
  const asked: unknown[] = [];
  const next = {
    execute: async (args: unknown): Promise<number | null> => {
      asked.push(args);
      await new Promise((resolve) => setTimeout(resolve, 15));
      return stopped() ? null : asked.length;
    },
  };
  await using context = await driver.createContext({ bindings: { next }, timeout: GUARD_MS });
  const result = await context.execute(INNOCENT);
  const calls = asked.length - 1;
  expect(result.error).toBeUndefined();
  expect(result.value).toEqual([calls, (calls * (calls + 1)) / 2]);
  expect(result.logs).toEqual(Array.from({ length: calls }, (_, i) => String(i + 1)));
  expect(asked).toEqual(Array.from({ length: calls + 1 }, (_, i) => ({ calls: i })));
}

describe.each(SUBJECTS.filter(({ guestRunsIn }) => guestRunsIn !== 'host'))('guests on $name beside harmful ones', (subject) => {
  it('come to their end, and call every tool once', { timeout: 2 * GUARD_MS }, async () => {
    await using driver = subject.create({ memoryLimit: 32 });
    let stopped = false;
    const innocents = Promise.all(Array.from({ length: 3 }, () => runInnocent(driver, () => stopped)));
    // In process V8 keeps an endless native call on a core for good: one wave of them is enough.
    const waves = subject.name === 'isolated-vm-in-process' ? 1 : WAVES;
    for (let wave = 0; wave < waves; wave++) {
      const ends = await Promise.all(
        HARMFUL.map(async (code) => {
          await using context = await driver.createContext({ bindings: {}, timeout: 400 });
          return (await settledWithin(context.execute(code), GUARD_MS)) === 'still pending' ? 'pending' : 'ended';
        }),
      );
      expect(ends).toEqual(HARMFUL.map(() => 'ended'));
    }
    stopped = true;
    await innocents;
  });
});
