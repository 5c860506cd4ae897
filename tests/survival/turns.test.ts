import type { Driver } from '@isomux/driver';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { survivalProgram } from './programs.ts';
import { EFFORT, propertyOptions } from './seeds.ts';
import { type Account, accountOf, createWitness, findFaults, type Moment } from './witness.ts';
import { PROCESSES, THREADS, type Victims } from './workers.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 60_000 };
/** Runs that are killed at a time: each feels the others' killers too. */
const AT_ONCE = 10;

interface Strike {
  readonly turn: number;
  readonly moment: Moment;
  /** Not in the moment itself, but when what it caused has been sent. */
  readonly soon: boolean;
}

/** Every moment of a turn: its report, the calls it makes, those under way, the settlements on their way to the next one. */
const MOMENTS: readonly Pick<Strike, 'moment' | 'soon'>[] = [
  { moment: 'turn', soon: false },
  { moment: 'turn', soon: true },
  { moment: 'tool-call', soon: false },
  { moment: 'in-tool', soon: true },
  { moment: 'tool-result', soon: false },
  { moment: 'tool-result', soon: true },
  { moment: 'console', soon: false },
];

/** Processes take a while to start: each turn meets some of its moments, and each moment some of the turns. */
const AT_A_TURN = 3;
const momentsOf = (turn: number): readonly Pick<Strike, 'moment' | 'soon'>[] =>
  EFFORT > 1 ? MOMENTS : MOMENTS.filter((_, index) => (index + turn * AT_A_TURN) % MOMENTS.length < AT_A_TURN);

interface Played {
  readonly account: Account;
  readonly faults: readonly string[];
  readonly turns: number;
  readonly replays: number;
}

/** Runs a program; everything dies at the strikes. */
async function play(driver: Driver, code: string, strikes: readonly Strike[], kill: () => void): Promise<Played> {
  const left = [...strikes];
  const witness = createWitness((moment, turn) => {
    const due = left.findIndex((strike) => strike.moment === moment && turn >= strike.turn);
    if (due === -1) return;
    const [strike] = left.splice(due, 1);
    if (strike?.soon === true) setImmediate(kill);
    else kill();
  });
  await using context = await driver.createContext({ bindings: witness.bindings, onEvent: witness.onEvent });
  const result = await context.execute(code);
  const replays = witness.events.filter(({ type }) => type === 'replay').length;
  return { account: accountOf(result, witness), faults: findFaults(result, witness), turns: result.stats.turns, replays };
}

const withoutStack = ({ error, ...account }: Account): object => ({ ...account, error: { ...error, stack: undefined } });

describe.runIf(process.platform === 'linux').each([PROCESSES, THREADS])('a run whose $name are killed', (victims: Victims) => {
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
});
