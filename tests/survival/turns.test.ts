import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { survivalProgram } from './programs.ts';
import { propertyOptions } from './seeds.ts';
import { MOMENTS, momentsOf, play, type Played, type Strike } from './strikes.ts';
import type { Account } from './witness.ts';
import { DENO_PROCESSES, PROCESSES, THREADS, type Victims } from './workers.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 60_000 };
/** Runs that are killed at a time: each feels the others' killers too. */
const AT_ONCE = 10;

const withoutStack = ({ error, ...account }: Account): object => ({ ...account, error: { ...error, stack: undefined } });

describe.runIf(process.platform === 'linux').each([PROCESSES, DENO_PROCESSES, THREADS])(
  'a run whose $name are killed',
  (victims: Victims) => {
    const driver = victims.create(2, OPTIONS, 2);
    const reference = createQuickJSIsolateDriver({ ...OPTIONS, thread: 'inline' });
    afterAll(() => Promise.all([driver.close(), reference.close()]));

    async function expectTheSame(code: string, all: readonly (readonly Strike[])[], whole: Played): Promise<number> {
      let replays = 0;
      for (let from = 0; from < all.length; from += AT_ONCE) {
        const some = all.slice(from, from + AT_ONCE);
        const played = await Promise.all(some.map((strikes) => play(driver, code, strikes, () => victims.killAll())));
        for (const [index, one] of played.entries()) {
          const strikes = some[index];
          expect({ strikes, account: one.account, faults: one.faults }).toEqual({ strikes, account: whole.account, faults: [] });
          replays += one.replays;
        }
      }
      return replays;
    }

    it('at every moment of every turn comes to the end of one left in peace, each tool executed once', { timeout: 240_000 }, async () => {
      let replays = 0;
      await fc.assert(
        fc.asyncProperty(survivalProgram, async (code) => {
          const whole = await play(driver, code, [], () => undefined);
          // A late strike of the program before may have hit it, which changes nothing either.
          expect(whole.faults).toEqual([]);
          const elsewhere = await play(reference, code, [], () => undefined);
          expect(withoutStack(whole.account)).toEqual(withoutStack(elsewhere.account));
          const strikes: Strike[][] = [];
          for (let turn = 0; turn <= whole.turns; turn++) for (const moment of momentsOf(turn)) strikes.push([{ turn, ...moment }]);
          replays += await expectTheSame(code, strikes, whole);
        }),
        propertyOptions(2),
      );
      expect(replays).toBeGreaterThan(10);
    });

    it('before it begins, and at each turn anew, comes to the same end', { timeout: 240_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(survivalProgram, async (code) => {
          const whole = await play(driver, code, [], () => undefined);
          const atEach = MOMENTS.map((moment) =>
            Array.from({ length: Math.min(8, whole.turns) }, (_, turn) => ({ turn: turn + 1, ...moment })),
          );
          const atOnce = play(driver, code, [], () => undefined);
          victims.killAll();
          expect((await atOnce).account).toEqual(whole.account);
          await expectTheSame(code, atEach, whole);
        }),
        propertyOptions(1),
      );
    });
  },
);
