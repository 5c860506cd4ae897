import type { Driver } from '@isomux/driver';
import { EFFORT } from './seeds.ts';
import { type Account, accountOf, createWitness, findFaults, type Moment } from './witness.ts';

/** When a killer strikes a run. */
export interface Strike {
  /** At this turn or later. */
  readonly turn: number;
  readonly moment: Moment;
  /** Not in the moment itself, but when what it caused has been sent. */
  readonly soon: boolean;
}

/** Every moment of a turn: its report, the calls it makes, those under way, the settlements on their way to the next one. */
export const MOMENTS: readonly Pick<Strike, 'moment' | 'soon'>[] = [
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

/** The moments of a turn that are tried. */
export const momentsOf = (turn: number): readonly Pick<Strike, 'moment' | 'soon'>[] =>
  EFFORT > 1 ? MOMENTS : MOMENTS.filter((_, index) => (index + turn * AT_A_TURN) % MOMENTS.length < AT_A_TURN);

/** What became of a run. */
export interface Played {
  readonly account: Account;
  readonly faults: readonly string[];
  readonly turns: number;
  readonly replays: number;
}

/** Runs a program; everything dies at the strikes. */
export async function play(driver: Driver, code: string, strikes: readonly Strike[], kill: () => void): Promise<Played> {
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
