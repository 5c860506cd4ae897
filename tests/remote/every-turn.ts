import type { Driver } from '@isomux/driver';
import fc from 'fast-check';
import { expect } from 'vitest';
import { survivalProgram } from '../survival/programs.ts';
import { propertyOptions } from '../survival/seeds.ts';
import { momentsOf, play, type Strike } from '../survival/strikes.ts';
import type { Account } from '../survival/witness.ts';

/** Runs that are killed at a time: each feels the others' killers too. */
const AT_ONCE = 8;

/** The same account without what engines write down each in its own way. */
const withoutStack = ({ error, ...account }: Account): object => ({ ...account, error: { ...error, stack: undefined } });

/**
 * Plays generated programs, killing at two moments of every turn, and expects the end that they have elsewhere, each tool executed once. Gives
 * how often a run was replayed.
 */
export async function playAtEveryTurn(driver: Driver, reference: Driver, kill: () => void): Promise<number> {
  let replays = 0;
  await fc.assert(
    fc.asyncProperty(survivalProgram, async (code) => {
      const whole = await play(driver, code, [], () => undefined);
      expect(whole.faults).toEqual([]);
      const elsewhere = await play(reference, code, [], () => undefined);
      expect(withoutStack(whole.account)).toEqual(withoutStack(elsewhere.account));
      const all: Strike[][] = [];
      for (let turn = 0; turn <= whole.turns; turn++) for (const moment of momentsOf(turn).slice(0, 2)) all.push([{ turn, ...moment }]);
      for (let from = 0; from < all.length; from += AT_ONCE) {
        const some = all.slice(from, from + AT_ONCE);
        const played = await Promise.all(some.map((strikes) => play(driver, code, strikes, kill)));
        for (const [index, one] of played.entries()) {
          const strikes = some[index];
          expect({ strikes, account: one.account, faults: one.faults }).toEqual({ strikes, account: whole.account, faults: [] });
          replays += one.replays;
        }
      }
    }),
    propertyOptions(1),
  );
  return replays;
}
