import { createCloudflareIsolateDriver } from '@isomux/cloudflare';
import { startLocalWorker, type LocalWorker } from '@isomux/cloudflare/local';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { survivalProgram } from '../survival/programs.ts';
import { createDice, propertyOptions, SEED } from '../survival/seeds.ts';
import { momentsOf, play, type Strike } from '../survival/strikes.ts';
import type { Account } from '../survival/witness.ts';
import { createBadNetwork } from './bad-network.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 90_000 };
const ENGINES = ['worker-loader', 'quickjs'] as const;
/** Runs that are killed at a time: each feels the others' killers too. */
const AT_ONCE = 8;

const withoutStack = ({ error, ...account }: Account): object => ({ ...account, error: { ...error, stack: undefined } });

describe.each(ENGINES)('a run in a workerd on %s', (engine) => {
  let worker: LocalWorker;
  const reference = createQuickJSIsolateDriver({ ...OPTIONS, thread: 'inline' });
  const kill = (): void => worker.kill();

  beforeAll(async () => {
    worker = await startLocalWorker({ engine });
  });
  afterAll(async () => {
    await Promise.all([worker.close(), reference.close()]);
  });

  it('that is killed at every turn and every call comes to the same end, each tool executed once', { timeout: 300_000 }, async () => {
    const driver = createCloudflareIsolateDriver({ ...OPTIONS, workerUrl: worker.url });
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
    await driver.close();
    expect(replays).toBeGreaterThan(5);
  });

  it('that is killed at every tool call comes to its end, each call executed once', { timeout: 120_000 }, async () => {
    const { restarts } = worker;
    const CALLS = 15;
    const executed: number[] = [];
    const count = (n: unknown): number => {
      executed.push(Number(n));
      kill();
      return Number(n) + 1;
    };
    await using driver = createCloudflareIsolateDriver({ ...OPTIONS, workerUrl: worker.url });
    await using context = await driver.createContext({ bindings: { count: { execute: count } } });
    const result = await context.execute(`let n = 0; while (n < ${CALLS}) n = await count(n); return n`);
    expect(result).toMatchObject({ success: true, value: CALLS });
    expect(executed).toEqual(Array.from({ length: CALLS }, (_, n) => n));
    expect(worker.restarts - restarts).toBeGreaterThan(CALLS / 2);
  });

  it('that is killed at random under load: every tool call is executed once', { timeout: 300_000 }, async () => {
    const driver = createCloudflareIsolateDriver({ ...OPTIONS, workerUrl: worker.url });
    const dice = createDice(SEED);
    const { restarts } = worker;
    const RUNS = 40;
    const CALLS = 12;
    const executed = new Map<string, number>();
    const count = ({ run, n }: { run: number; n: number }): number => {
      executed.set(`${run}/${n}`, (executed.get(`${run}/${n}`) ?? 0) + 1);
      if (dice() < 0.015) kill();
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
    expect(worker.restarts).toBeGreaterThan(restarts);
  });

  it('whose sockets are cut goes on with it, and no call is executed twice', { timeout: 120_000 }, async () => {
    const network = await createBadNetwork(worker.url);
    const dice = createDice(SEED);
    network.weather = () => (dice() < 0.05 ? 'cut' : 'pass');
    const { restarts } = worker;
    const executed: number[] = [];
    const driver = createCloudflareIsolateDriver({ ...OPTIONS, workerUrl: network.url, transport: 'websocket' });
    const context = await driver.createContext({ bindings: { count: { execute: (n: unknown) => executed.push(Number(n)) } } });
    const result = await context.execute('let n = 0; while (n < 60) n = await count(n); return n');
    expect(result).toMatchObject({ success: true, value: 60 });
    expect(executed).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(network.faults).toBeGreaterThan(0);
    expect(worker.restarts).toBe(restarts);
    await driver.close();
    await network.close();
  });
});
