import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import { createRemoteIsolateDriver } from '@isomux/remote';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { survivalProgram } from '../survival/programs.ts';
import { createDice, propertyOptions, SEED } from '../survival/seeds.ts';
import { play } from '../survival/strikes.ts';
import { playAtEveryTurn } from './every-turn.ts';
import { type EngineName, superviseServer, type SupervisedServer } from './server-process.ts';
import { AUTHORIZATION } from './token.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 90_000, authorization: AUTHORIZATION };
const ENGINES: readonly EngineName[] = ['isolated-vm', 'quickjs'];

describe.each(ENGINES)('a run on servers of %s', (engine) => {
  let servers: readonly SupervisedServer[] = [];
  let next = 0;
  const reference = createQuickJSIsolateDriver({ ...OPTIONS, thread: 'inline' });
  /** One after the other, so that mostly one of them is there. */
  const kill = (): void => servers[next++ % servers.length]?.kill();

  beforeAll(async () => {
    servers = await Promise.all([superviseServer(engine), superviseServer(engine)]);
  });
  afterAll(async () => {
    await Promise.all([...servers.map((server) => server.close()), reference.close()]);
  });

  it('that are killed at every turn comes to the same end, each tool executed once', { timeout: 300_000 }, async () => {
    const driver = createRemoteIsolateDriver({ ...OPTIONS, endpoint: servers.map(({ url }) => url) });
    const replays = await playAtEveryTurn(driver, reference, kill);
    await driver.close();
    expect(replays).toBeGreaterThan(5);
  });

  it('of which there is one, and that is killed again and again, comes to the same end', { timeout: 300_000 }, async () => {
    const [server] = servers;
    const driver = createRemoteIsolateDriver({ ...OPTIONS, endpoint: server?.url ?? '' });
    await fc.assert(
      fc.asyncProperty(survivalProgram, async (code) => {
        const whole = await play(driver, code, [], () => undefined);
        const strikes = [1, 2, 4].map((turn) => ({ turn, moment: 'turn' as const, soon: true }));
        const played = await play(driver, code, strikes, () => server?.kill());
        expect({ account: played.account, faults: played.faults }).toEqual({ account: whole.account, faults: [] });
      }),
      propertyOptions(2),
    );
    await driver.close();
  });

  it('that are killed at random under load: every tool call is executed once', { timeout: 300_000 }, async () => {
    const driver = createRemoteIsolateDriver({ ...OPTIONS, endpoint: servers.map(({ url }) => url) });
    const dice = createDice(SEED);
    const RUNS = 60;
    const CALLS = 12;
    const executed = new Map<string, number>();
    const count = ({ run, n }: { run: number; n: number }): number => {
      executed.set(`${run}/${n}`, (executed.get(`${run}/${n}`) ?? 0) + 1);
      if (dice() < 0.01) kill();
      return n + 1;
    };
    const context = await driver.createContext({ bindings: { count: { execute: count } } });
    const results = await Promise.all(
      Array.from({ length: RUNS }, (_, run) =>
        context.execute(`let n = 0; while (n < ${CALLS}) n = await count({ run: ${run}, n }); console.log('done'); return n`),
      ),
    );
    await driver.close();
    expect(results.filter(({ success }) => !success).map(({ success, ...rest }) => (success ? '' : JSON.stringify(rest)))).toEqual([]);
    expect(results.map((result) => result.logs)).toEqual(results.map(() => ['done']));
    expect(executed.size).toBe(RUNS * CALLS);
    expect([...executed.values()].every((times) => times === 1)).toBe(true);
    expect(servers.reduce((sum, { starts }) => sum + starts, 0)).toBeGreaterThan(servers.length);
  });
});
