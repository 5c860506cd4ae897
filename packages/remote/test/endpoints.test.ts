import { afterEach, expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import { EXPECTED, converse } from './conversation.ts';
import { startSection14Server } from './section-14-server.ts';
import type { Section14Options, Section14Server } from './section-14-server.ts';

const servers: Section14Server[] = [];

async function start(options?: Section14Options): Promise<Section14Server> {
  const server = await startSection14Server(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

/** How many runs each server has got since the last time. */
function countOpened(counted: readonly Section14Server[]): () => number[] {
  let before = counted.map(({ opened }) => opened);
  return () => {
    const now = counted.map(({ opened }) => opened);
    const since = now.map((opened, index) => opened - (before[index] ?? 0));
    before = now;
    return since;
  };
}

it('sends runs with the same affinity key to the same server', async () => {
  const fleet = [await start(), await start(), await start()];
  const homes = new Map<string, number>();
  for (const round of [1, 2]) {
    await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url) });
    const opened = countOpened(fleet);
    for (let key = 0; key < 30; key++) {
      const context = await driver.createContext({ bindings: {}, affinityKey: `tenant ${key}` });
      expect(await context.execute('return 1')).toMatchObject({ value: 1 });
      const home = opened().indexOf(1);
      if (round === 1) homes.set(`tenant ${key}`, home);
      else expect(homes.get(`tenant ${key}`)).toBe(home);
    }
  }
  expect(new Set(homes.values()).size).toBe(3);
});

it('moves only the keys of a server that is gone, and those back when it is back', async () => {
  const fleet = [await start(), await start(), await start()];
  await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url) });
  const contexts = await Promise.all(
    Array.from({ length: 12 }, (_, key) => driver.createContext({ bindings: {}, affinityKey: `tenant ${key}` })),
  );
  async function findHomes(): Promise<number[]> {
    const opened = countOpened(servers);
    const homes: number[] = [];
    for (const context of contexts) {
      expect(await context.execute('return 1')).toMatchObject({ value: 1 });
      homes.push(opened().indexOf(1));
    }
    return homes;
  }
  const homes = await findHomes();
  const [gone] = fleet;
  await gone?.kill();
  const without = await findHomes();
  expect(without).not.toContain(0);
  expect(without.filter((_, key) => homes[key] !== 0)).toEqual(homes.filter((home) => home !== 0));
  // Server 3 is server 0 again.
  await start({ port: gone?.port ?? 0 });
  await expect.poll(findHomes, { timeout: 10_000 }).toEqual(homes.map((home) => (home === 0 ? 3 : home)));
});

it('spreads runs without a key over the servers by their load', async () => {
  const fleet = [await start(), await start()];
  await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url) });
  const all = Promise.withResolvers<void>();
  const context = await driver.createContext({ bindings: { wait: { execute: () => all.promise } } });
  const runs: Promise<unknown>[] = [];
  for (let run = 1; run <= 8; run++) {
    runs.push(context.execute('await wait()'));
    await expect.poll(() => fleet.reduce((sum, { opened }) => sum + opened, 0)).toBe(run);
  }
  all.resolve();
  await Promise.all(runs);
  expect(fleet.map(({ opened }) => opened)).toEqual([4, 4]);
});

it('takes a run that one server has no place for to another one, and says so when none has', async () => {
  const full = { maxRuns: 1, maxQueuedRuns: 0 };
  const fleet = [await start(full), await start(full)];
  await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url) });
  const all = Promise.withResolvers<void>();
  const begun = new Set<unknown>();
  const wait = (key: unknown): Promise<void> => {
    begun.add(key);
    return all.promise;
  };
  const context = await driver.createContext({ bindings: { wait: { execute: wait } }, affinityKey: 'one' });
  const first = context.execute('await wait(1); return 1');
  await expect.poll(() => begun.size).toBe(1);
  const second = context.execute('await wait(2); return 2');
  await expect.poll(() => begun.size).toBe(2);
  expect(await context.execute('await wait(3)')).toMatchObject({ success: false, error: { code: 'OVERLOADED' } });
  all.resolve();
  expect(await Promise.all([first, second])).toMatchObject([{ value: 1 }, { value: 2 }]);
  await expect.poll(async () => (await context.execute('return 4')).success).toBe(true);
});

it('takes new runs past a server that drains, which ends those it has', async () => {
  const fleet = [await start(), await start()];
  await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url) });
  const all = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const wait = (): Promise<void> => {
    begun.resolve();
    return all.promise;
  };
  const context = await driver.createContext({ bindings: { wait: { execute: wait } }, affinityKey: 'one' });
  const early = context.execute('await wait(); return "early"');
  await begun.promise;
  const draining = fleet.find(({ opened }) => opened === 1);
  if (draining !== undefined) draining.draining = true;
  expect(await context.execute('return "late"')).toMatchObject({ value: 'late' });
  all.resolve();
  expect(await early).toMatchObject({ value: 'early' });
  expect(await context.execute('return "later"')).toMatchObject({ value: 'later' });
});

it('waits for a single server that drains to come back', async () => {
  const server = await start();
  await using driver = createRemoteIsolateDriver({ endpoint: server.url });
  const context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ value: 1 });
  server.draining = true;
  const run = context.execute('return 2');
  await expect.poll(() => server.requests.filter((request) => request === 'GET /v1/capabilities').length).toBeGreaterThan(2);
  await server.kill();
  await start({ port: server.port });
  expect(await run).toMatchObject({ value: 2 });
});

for (const transport of ['websocket', 'http'] as const) {
  it(`replays the runs of a lost server on the next one, over ${transport}`, async () => {
    const fleet = [await start(), await start()];
    await using driver = createRemoteIsolateDriver({ endpoint: fleet.map(({ url }) => url), transport });
    const counts: Record<string, number> = {};
    const tool = async (key: unknown): Promise<unknown> => {
      counts[String(key)] = (counts[String(key)] ?? 0) + 1;
      if (key === 2) await fleet.find(({ opened }) => opened > 0)?.kill();
      return key;
    };
    const context = await driver.createContext({ bindings: { tool: { execute: tool } } });
    const result = await context.execute('const seen = []; for (const key of [1, 2, 3]) seen.push(await tool(key)); return seen');
    expect(result).toMatchObject({ value: [1, 2, 3] });
    expect(counts).toEqual({ 1: 1, 2: 1, 3: 1 });
    expect(fleet.map(({ opened }) => opened)).toEqual([1, 1]);
  });
}

it('converses through whichever server answers', async () => {
  const server = await start();
  const dead = await start();
  await dead.kill();
  await using driver = createRemoteIsolateDriver({ endpoint: [dead.url, server.url] });
  for (const key of ['a', 'b', 'c', 'd']) expect((await converse(driver, key)).result).toMatchObject(EXPECTED);
});
