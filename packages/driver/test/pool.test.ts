import { IsomuxError } from '@isomux/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectRequest, Connection } from '../src/connection.ts';
import { createDriver } from '../src/driver.ts';
import { createPool } from '../src/pool.ts';
import type { Pool, PoolOptions } from '../src/pool.ts';
import { Spawner, request } from './scripted-worker.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function poolOf(spawner: Spawner, options: Partial<PoolOptions> = {}): Pool {
  return createPool({ spawn: spawner.spawn, minWorkers: 0, maxWorkers: 2, runsPerWorker: 2, ...options });
}

describe('sharing out', () => {
  it('starts minWorkers ahead of need, and gives a run the oldest of them', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { minWorkers: 2, maxWorkers: 4 });
    await settle();
    expect(pool.stats).toEqual({ workers: 2, idle: 2, spawning: 0, runs: 0, waiting: 0, spawned: 2 });
    expect(spawner.of(await pool.connect(request()))?.id).toBe(0);
    expect(spawner.asked).toBe(2);
  });

  it('spreads runs over workers, starts more up to maxWorkers, and then shares the least loaded', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { runsPerWorker: 1 });
    const connections: Connection[] = [];
    for (let i = 0; i < 4; i++) connections.push(await pool.connect(request()));
    expect(connections.map((connection) => spawner.of(connection)?.id)).toEqual([0, 1, 0, 1]);
    connections[1]?.release();
    connections[1]?.release();
    expect(spawner.of(await pool.connect(request()))?.id).toBe(1);
    expect(pool.stats).toMatchObject({ workers: 2, runs: 4, idle: 0 });
  });

  it('starts for many at once as many as they need, and no more', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { maxWorkers: 8, runsPerWorker: 3 });
    const connecting = Array.from({ length: 7 }, () => pool.connect(request()));
    expect(pool.stats).toMatchObject({ spawning: 3, waiting: 7 });
    for (const { ready } of spawner.pending) ready();
    const connections = await Promise.all(connecting);
    expect(connections.map((connection) => spawner.of(connection)?.id)).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  it('lets those for whom no worker will have room share at once, so that nested runs cannot wait for each other', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 1 });
    const first = pool.connect(request());
    spawner.pending[0]?.ready();
    await first;
    const rest = [pool.connect(request()), pool.connect(request())];
    await Promise.race(rest);
    expect(pool.stats).toMatchObject({ workers: 1, runs: 2, spawning: 1, waiting: 1 });
    spawner.pending[1]?.ready();
    await Promise.all(rest);
    expect(spawner.asked).toBe(2);
  });

  it('serves who waits for a start with a place that becomes free before', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 1 });
    const first = pool.connect(request());
    spawner.pending[0]?.ready();
    const held = await first;
    const second = pool.connect(request());
    held.release();
    expect(spawner.of(await second)?.id).toBe(0);
  });

  it('forgets who no longer waits', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner);
    const controller = new AbortController();
    void pool.connect(request({ signal: controller.signal }));
    controller.abort();
    expect(pool.stats.waiting).toBe(0);
    spawner.pending[0]?.ready();
    await settle();
    expect(pool.stats).toMatchObject({ workers: 1, runs: 0 });
  });

  it('avoids the channel a run was lost with', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 4 });
    const lost = await pool.connect(request());
    expect(spawner.of(await pool.connect(request({ attempt: 1, avoid: lost.channel })))?.id).toBe(1);
  });
});

describe('a worker that begins with its runs', () => {
  it('gets eight at a time, and those first who lost another one', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 1 });
    const connections: Connection[] = [];
    const served: number[] = [];
    const ask = (attempt: number): void =>
      void pool.connect(request({ attempt })).then((connection) => {
        connections.push(connection);
        served.push(attempt);
      });
    for (let i = 0; i < 10; i++) ask(0);
    for (let i = 0; i < 2; i++) ask(1);
    await settle();
    expect(pool.stats).toMatchObject({ workers: 1, runs: 8, waiting: 4 });
    connections[3]?.opened?.();
    connections[4]?.release();
    connections[4]?.opened?.();
    await settle();
    expect(served).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(pool.stats).toMatchObject({ runs: 9, waiting: 2 });
    for (const connection of connections) connection.opened?.();
    await settle();
    expect(pool.stats).toMatchObject({ runs: 11, waiting: 0 });
  });

  it('is no obstacle to runs that another one has room for', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 1 });
    const connections = await Promise.all(Array.from({ length: 16 }, () => pool.connect(request())));
    expect(new Set(connections.map((connection) => spawner.of(connection)?.id))).toEqual(new Set([0, 1]));
    for (const connection of connections.filter((one) => spawner.of(one)?.id === 1)) connection.opened?.();
    expect(spawner.of(await pool.connect(request()))?.id).toBe(1);
  });
});

describe('suspects', () => {
  it('get a worker that no other run shares, one more than maxWorkers if need be', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 1, runsPerWorker: 2 });
    const innocent = await pool.connect(request());
    const suspect = await pool.connect(request({ suspect: true, attempt: 1 }));
    expect(suspect.channel).not.toBe(innocent.channel);
    for (let i = 0; i < 3; i++) expect((await pool.connect(request())).channel).toBe(innocent.channel);
    suspect.release();
    expect((await pool.connect(request())).channel).toBe(suspect.channel);
  });

  it('share when there are as many of them as workers may be', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 2 });
    await Promise.all(Array.from({ length: 9 }, () => pool.connect(request({ suspect: true }))));
    expect(pool.stats.workers).toBeLessThanOrEqual(4);
    expect(pool.stats.runs).toBe(9);
  });
});

describe('workers that end', () => {
  it('are replaced when they die, and their runs get the fault', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { minWorkers: 1 });
    const driver = createDriver(pool.connect, { clock: 'live' });
    const result = (await driver.createContext({ bindings: {} })).execute('');
    await settle();
    await spawner.workers[0]?.executor.opened();
    spawner.workers[0]?.die(new IsomuxError('ENGINE_CRASHED', 'signal 11'));
    expect(await result).toMatchObject({ error: { code: 'ENGINE_CRASHED' } });
    await settle();
    expect(pool.stats).toMatchObject({ workers: 1, runs: 0, spawned: 2 });
  });

  it('are killed and replaced when they were given back as unresponsive, and their other runs go on elsewhere, unsuspected', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { maxWorkers: 2, runsPerWorker: 2 });
    const requests: ConnectRequest[] = [];
    const driver = createDriver((asked) => {
      requests.push(asked);
      return pool.connect(asked);
    });
    const context = await driver.createContext({ bindings: {} });
    const hog = context.execute('hog', { limits: { wallMs: 100 } });
    const other = context.execute('other');
    await settle();
    const first = spawner.workers[0];
    (await first?.executor.opened())?.started();
    (await first?.executor.opened())?.started();
    await vi.advanceTimersByTimeAsync(350);
    expect(await hog).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(first?.killed).toBe(1);
    const again = await spawner.workers[1]?.executor.opened();
    again?.value('recovered');
    expect(await other).toMatchObject({ value: 'recovered' });
    expect(requests.map(({ attempt, suspect }) => [attempt, suspect])).toEqual([
      [0, false],
      [0, false],
      [1, false],
    ]);
    expect(pool.stats).toMatchObject({ workers: 1, runs: 0 });
  });

  it('cost no back-off when they died under a run', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner);
    for (let i = 0; i < 20; i++) {
      const connection = await pool.connect(request());
      spawner.of(connection)?.die(new IsomuxError('MEMORY_LIMIT', 'over'));
      await settle();
      connection.release({ unresponsive: true });
    }
    expect(spawner.asked).toBe(20);
    expect(pool.stats).toMatchObject({ workers: 0, runs: 0, waiting: 0 });
  });

  it('are ended when idle, down to minWorkers', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { minWorkers: 1, maxWorkers: 3, runsPerWorker: 1, idleMs: 1_000 });
    const connections = await Promise.all([1, 2, 3].map(() => pool.connect(request())));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(pool.stats.workers).toBe(3);
    for (const connection of connections) connection.release();
    await vi.advanceTimersByTimeAsync(999);
    expect(pool.stats.workers).toBe(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(pool.stats).toMatchObject({ workers: 1, idle: 1 });
    expect(spawner.workers.filter(({ killed }) => killed === 1)).toHaveLength(2);
  });

  it('keep their place while runs come and go', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { idleMs: 1_000 });
    for (let i = 0; i < 10; i++) {
      (await pool.connect(request())).release();
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(spawner.asked).toBe(1);
  });
});

describe('workers that cannot be started', () => {
  const broken = new Error('spawn ENOENT');

  it('are tried again with growing waits, and then refused by name instead of leaving runs to hang', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { backoff: { firstMs: 100, maxMs: 1_000 } });
    const outcome = pool.connect(request()).catch((error: unknown) => error);
    spawner.pending[0]?.fail(broken);
    await vi.advanceTimersByTimeAsync(99);
    expect(spawner.asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(spawner.asked).toBe(2);
    spawner.pending[1]?.fail(broken);
    await vi.advanceTimersByTimeAsync(199);
    expect(spawner.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    spawner.pending[2]?.fail(broken);
    expect(await outcome).toMatchObject({ code: 'ENGINE_UNAVAILABLE', cause: broken });
    await expect(pool.connect(request())).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(spawner.asked).toBe(3);
    await vi.advanceTimersByTimeAsync(400);
    const later = pool.connect(request());
    spawner.pending[3]?.ready();
    await later;
    expect(pool.stats).toMatchObject({ workers: 1, runs: 1 });
  });

  it('wait no longer than the longest back-off', async () => {
    const spawner = new Spawner({ manual: true });
    poolOf(spawner, { minWorkers: 1, backoff: { firstMs: 100, maxMs: 300 } });
    for (const waitMs of [100, 200, 300, 300, 300]) {
      spawner.pending.at(-1)?.fail(broken);
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      const { asked } = spawner;
      await vi.advanceTimersByTimeAsync(1);
      expect(spawner.asked).toBe(asked + 1);
    }
  });

  it('because somebody kills them are tried again at once, and not given up for long', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { maxWorkers: 1, backoff: { firstMs: 100, maxMs: 10_000 } });
    const outcome = pool.connect(request()).catch((error: unknown) => error);
    const killed = new IsomuxError('EXECUTOR_LOST', 'killed');
    for (let i = 0; i < 3; i++) {
      spawner.pending[i]?.fail(killed);
      await settle();
      expect(spawner.asked).toBe(i + 2);
    }
    for (let i = 3; i < 63; i++) {
      spawner.pending[i]?.fail(killed);
      await vi.advanceTimersByTimeAsync(100);
      expect(spawner.asked).toBe(i + 2);
    }
    spawner.pending[63]?.fail(killed);
    expect(await outcome).toBe(killed);
  });

  it('are given up at once when the engine cannot be had at all', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner);
    const outcome = pool.connect(request()).catch((error: unknown) => error);
    const cause = new IsomuxError('ENGINE_UNAVAILABLE', 'isolated-vm is not built for this Node');
    spawner.pending[0]?.fail(cause);
    expect(await outcome).toBe(cause);
  });

  it('leave runs to the workers that are there', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { runsPerWorker: 1 });
    const first = pool.connect(request());
    spawner.pending[0]?.ready();
    await first;
    const second = pool.connect(request());
    spawner.pending[1]?.fail(broken);
    expect(spawner.of(await second)?.id).toBe(0);
  });

  it('take too long after spawnTimeoutMs; one that comes later is killed', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { spawnTimeoutMs: 500 });
    const outcome = pool.connect(request()).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(500);
    expect(await outcome).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    const late = spawner.pending[0]?.ready();
    await settle();
    expect(late?.killed).toBe(1);
    expect(pool.stats.workers).toBe(0);
  });

  it('include those that die before they have a run', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { minWorkers: 1, backoff: { firstMs: 100, maxMs: 1_000 } });
    await settle();
    spawner.workers[0]?.die(new IsomuxError('ENGINE_CRASHED', 'no'));
    await vi.advanceTimersByTimeAsync(99);
    expect(spawner.asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(spawner.asked).toBe(2);
    expect(pool.stats.workers).toBe(1);
  });

  it('may throw at once', async () => {
    const pool = createPool({
      spawn: () => {
        throw new IsomuxError('ENGINE_UNAVAILABLE', 'no');
      },
      minWorkers: 0,
      maxWorkers: 1,
      runsPerWorker: 1,
    });
    await expect(pool.connect(request())).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });
});

describe('close', () => {
  it('ends every worker, the ones being started too, refuses who waits, and leaves no timer', async () => {
    const spawner = new Spawner({ manual: true });
    const pool = poolOf(spawner, { minWorkers: 2, maxWorkers: 3, runsPerWorker: 1 });
    spawner.pending[0]?.ready();
    const held = await pool.connect(request());
    const waiting = [pool.connect(request()), pool.connect(request())].map((connecting) => connecting.catch((error: unknown) => error));
    const closed = pool.close();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ code: 'DRIVER_CLOSED' });
    for (const { ready } of spawner.pending.slice(1)) ready();
    await closed;
    await pool.close();
    held.release();
    expect(spawner.workers.map(({ killed }) => killed)).toEqual(spawner.workers.map(() => 1));
    await expect(pool.connect(request())).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
    expect(pool.stats).toMatchObject({ workers: 0, spawning: 0, waiting: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait for ever for a worker that does not die', async () => {
    const spawner = new Spawner();
    const pool = poolOf(spawner, { minWorkers: 1 });
    await settle();
    const worker = spawner.workers[0];
    if (worker !== undefined) worker.kill = () => undefined;
    const closed = vi.fn<() => void>();
    void pool.close().then(closed);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

describe('options', () => {
  it.each([{ maxWorkers: 0 }, { runsPerWorker: 0.5 }, { minWorkers: -1 }, { maxWorkers: Number.NaN }])('refuses %j', (options) => {
    expect(() => poolOf(new Spawner(), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

describe('any sequence of events', () => {
  it('leaves every run served or refused, within bounds, and after the last run the pool shrinks to its minimum', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('connect' as const), suspect: fc.boolean(), begins: fc.boolean() }),
      fc.record({ kind: fc.constantFrom('release', 'unresponsive', 'die', 'ready', 'fail', 'wait'), at: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const spawner = new Spawner({ manual: true });
        const pool = poolOf(spawner, { minWorkers: 1, maxWorkers: 3, runsPerWorker: 2, idleMs: 1_000 });
        const held: Connection[] = [];
        let open = 0;
        for (const step of actions) {
          if (step.kind === 'connect') {
            open++;
            pool.connect(request({ suspect: step.suspect })).then(
              (connection) => {
                held.push(connection);
                if (step.begins) connection.opened?.();
              },
              () => open--,
            );
          } else if (step.kind === 'release' || step.kind === 'unresponsive') {
            const [connection] = held.splice(step.at % Math.max(1, held.length), 1);
            if (connection !== undefined) open--;
            connection?.release({ unresponsive: step.kind === 'unresponsive' });
          } else if (step.kind === 'die') spawner.workers[step.at % Math.max(1, spawner.workers.length)]?.die();
          else if (step.kind === 'ready') spawner.pending.shift()?.ready();
          else if (step.kind === 'fail') spawner.pending.shift()?.fail(new Error('no'));
          else await vi.advanceTimersByTimeAsync(step.at * 50);
          await settle();
          const { workers, spawning, runs, waiting } = pool.stats;
          expect(workers + spawning).toBeLessThanOrEqual(6);
          expect(waiting === 0 || spawning > 0 || workers === 0 || runs >= 8 * workers, 'nobody waits beside a worker with room').toBe(
            true,
          );
          expect(runs).toBeLessThanOrEqual(held.length);
        }
        for (let i = 0; i < 50 && pool.stats.waiting > 0; i++) {
          for (const connection of held) connection.opened?.();
          spawner.pending.shift()?.ready();
          await vi.advanceTimersByTimeAsync(10_000);
        }
        expect(pool.stats.waiting, 'nobody is left waiting').toBe(0);
        expect(held).toHaveLength(open);
        for (const connection of held) connection.release();
        while (spawner.pending.length > 0) spawner.pending.shift()?.ready();
        await vi.advanceTimersByTimeAsync(60_000);
        expect(pool.stats.workers).toBeLessThanOrEqual(1);
        const closed = pool.close();
        while (spawner.pending.length > 0) spawner.pending.shift()?.ready();
        await closed;
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
