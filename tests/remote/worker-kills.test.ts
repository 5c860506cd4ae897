import { createCloudflareIsolateDriver } from '@isomux/cloudflare';
import { startLocalWorker, type LocalWorker } from '@isomux/cloudflare/local';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDice, SEED } from '../survival/seeds.ts';
import { createBadNetwork } from './bad-network.ts';
import { playAtEveryTurn } from './every-turn.ts';

const OPTIONS = { seed: '5a'.repeat(32), now: () => Date.UTC(2026, 2, 1), timeout: 90_000 };
const ENGINES = ['worker-loader', 'quickjs'] as const;

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
    const replays = await playAtEveryTurn(driver, reference, kill);
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
