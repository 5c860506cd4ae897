import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCloudflareIsolateDriver } from '../src/index.ts';
import type { CloudflareIsolateDriverOptions } from '../src/index.ts';
import { createLocalWorkerDriver, startLocalWorker } from '../src/local.ts';
import type { LocalWorker, LocalWorkerOptions } from '../src/local.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function drive(
  worker: LocalWorker,
  options: Partial<CloudflareIsolateDriverOptions> = {},
): ReturnType<typeof createCloudflareIsolateDriver> {
  const driver = createCloudflareIsolateDriver({ workerUrl: worker.url, ...options });
  closers.push(() => driver.close());
  return driver;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A tool that counts how often each call of a program reached it. */
function createCounter(): { readonly calls: Map<number, number>; readonly bindings: { readonly next: { execute(n: unknown): number } } } {
  const calls = new Map<number, number>();
  const execute = (n: unknown): number => {
    calls.set(Number(n), (calls.get(Number(n)) ?? 0) + 1);
    return Number(n) + 1;
  };
  return { calls, bindings: { next: { execute } } };
}

const counting = (times: number): string => `let n = 0; while (n < ${times}) n = await next(n); return n`;

describe('a local Worker', () => {
  let worker: LocalWorker;
  beforeAll(async () => {
    worker = await startLocalWorker();
  });
  afterAll(() => worker.close());

  it('is replaced at the same URL when it is killed, and each tool call reaches its tool once', async () => {
    const { url, restarts } = worker;
    const { calls, bindings } = createCounter();
    const kill = { execute: (): void => worker.kill() };
    const context = await drive(worker).createContext({ bindings: { ...bindings, kill } });
    expect(await context.execute('const n = await next(0); await kill(); return await next(n)')).toMatchObject({ value: 2 });
    expect([...calls]).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(worker.url).toBe(url);
    await expect.poll(() => worker.restarts).toBe(restarts + 1);
  });

  it('ends a program that never yields at its deadline, while its neighbours come to their ends', { timeout: 30_000 }, async () => {
    const driver = drive(worker);
    const spinner = await driver.createContext({ bindings: {}, timeout: 4_000 });
    const spinning = spinner.execute('while (true);');
    const neighbours = [1, 2, 3].map(() => createCounter());
    const results = await Promise.all(
      neighbours.map(async ({ bindings }) => (await driver.createContext({ bindings })).execute(counting(200))),
    );
    expect(results.map((result) => (result.success ? result.value : result.error))).toEqual([200, 200, 200]);
    for (const { calls } of neighbours) expect(new Set(calls.values())).toEqual(new Set([1]));
    expect(await spinning).toMatchObject({ success: false, error: { code: 'TIMEOUT' } });
    expect(await (await driver.createContext({ bindings: {} })).execute('return 1')).toMatchObject({ value: 1 });
  });

  it('lets a program compute for longer than it lets others wait', { timeout: 60_000 }, async () => {
    const { restarts } = worker;
    const context = await drive(worker).createContext({ bindings: {}, timeout: 50_000 });
    const code = 'let n = 0; for (let i = 0; i < 1.5e9; i++) n = (n + i) | 0; return typeof n';
    expect(await context.execute(code)).toMatchObject({ value: 'number' });
    expect(worker.restarts).toBeGreaterThan(restarts);
  });

  it('ends the program that takes too much memory, and no other', { timeout: 60_000 }, async () => {
    await using small = await startLocalWorker({ maxMemoryBytes: 256 * 1024 * 1024 });
    const driver = drive(small);
    const { calls, bindings } = createCounter();
    const [greedy, modest] = await Promise.all([driver.createContext({ bindings: {} }), driver.createContext({ bindings })]);
    const [big, counted] = await Promise.all([
      greedy.execute('const kept = []; while (true) { kept.push(new Uint8Array(4e6).fill(1)); if (kept.length % 8 === 0) await null; }'),
      modest.execute(counting(100)),
    ]);
    expect(big).toMatchObject({ success: false, error: { code: 'MEMORY_LIMIT' } });
    expect(counted).toMatchObject({ value: 100 });
    expect(new Set(calls.values())).toEqual(new Set([1]));
    await driver.close();
  });
});

it('refuses a port that somebody has, by name', async () => {
  const worker = await startLocalWorker();
  closers.push(() => worker.close());
  const port = Number(new URL(worker.url).port);
  await expect(startLocalWorker({ port })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('has no more processes than it may for programs that block theirs', { timeout: 60_000 }, async () => {
  const worker = await startLocalWorker({ maxQuarantined: 2 });
  closers.push(() => worker.close());
  const context = await drive(worker).createContext({ bindings: {}, timeout: 9_000 });
  let most = 0;
  const counting = setInterval(() => (most = Math.max(most, worker.pids.length)), 20);
  const results = await Promise.all([1, 2, 3, 4].map(() => context.execute('while (true);')));
  clearInterval(counting);
  expect(results.map((result) => (result.success ? '' : result.error.name))).toEqual(Array.from({ length: 4 }, () => 'TimeoutError'));
  // One that is shared, one in reserve, and two.
  expect(most).toBeLessThanOrEqual(4);
});

it.each([
  ['never yields', 'while (true);', 'TIMEOUT'],
  ['takes all memory', 'const kept = []; while (true) kept.push(new Uint8Array(4e6).fill(1));', undefined],
])(
  'brings all neighbours of a program that %s to their ends, also where there are too few processes for them',
  { timeout: 60_000 },
  async (_what, hostile, code) => {
    await using worker = await startLocalWorker({ maxQuarantined: 2 });
    const driver = drive(worker);
    const neighbours = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { calls, bindings } = createCounter();
        const next = { execute: (n: unknown) => new Promise((resolve) => setTimeout(() => resolve(bindings.next.execute(n)), 20)) };
        return { calls, context: await driver.createContext({ bindings: { next } }) };
      }),
    );
    let begun = (): void => {};
    const called = new Promise<void>((resolve) => (begun = resolve));
    const guilty = await driver.createContext({ bindings: { begun: { execute: () => begun() } }, timeout: 5_000 });
    const [end, ...rest] = await Promise.all([
      guilty.execute(`await begun(); ${hostile}`),
      ...neighbours.map(async ({ calls, context }) => {
        await called;
        return { ...(await context.execute(counting(40))), counts: [...new Set(calls.values())] };
      }),
    ]);
    expect(end).toMatchObject({ success: false, ...(code === undefined ? {} : { error: { code } }) });
    for (const result of rest) expect(result).toMatchObject({ success: true, value: 40, counts: [1] });
    await driver.close();
  },
);

it.each(['worker-loader', 'quickjs'] as const)('runs programs on %s, with and without Durable Objects', async (engine) => {
  for (const connections of [true, false]) {
    await using worker = await startLocalWorker({ engine, connections, token: 'secret' });
    const stranger = await drive(worker).createContext({ bindings: {} });
    expect(await stranger.execute('return 1')).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    const context = await drive(worker, { authorization: 'Bearer secret' }).createContext(createCounter());
    expect(await context.execute(counting(3))).toMatchObject({ value: 3 });
    for (const close of closers.splice(0)) await close();
  }
});

it('a driver with a Worker of its own ends it', async () => {
  const driver = createLocalWorkerDriver({ engine: 'quickjs', timeout: 5_000 });
  const context = await driver.createContext(createCounter());
  expect(await context.execute(counting(2))).toMatchObject({ value: 2 });
  await driver.close();
  await expect(driver.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
});

it('leaves no process behind when it is closed', async () => {
  const worker = await startLocalWorker();
  const { pids } = worker;
  expect(pids.length).toBeGreaterThan(0);
  await worker.close();
  await worker.close();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(worker.pids).toEqual([]);
});

it('leaves no process behind when its host is killed', async () => {
  const program = `
    import { startLocalWorker } from '@isomux/cloudflare/local';
    const worker = await startLocalWorker();
    while (worker.pids.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    console.log(worker.pids.join(' '));`;
  const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: host.stdout }), 'line')) as [string];
  const pids = line.split(' ').map(Number);
  expect(pids.every(isAlive)).toBe(true);
  host.kill('SIGKILL');
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

it('says what to install where there is no workerd', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isomux-'));
  const root = join(import.meta.dirname, '..');
  const scope = join(folder, 'node_modules/@isomux');
  mkdirSync(scope, { recursive: true });
  for (const name of ['dist', 'package.json', 'local.capnp'])
    cpSync(join(root, name), join(scope, 'cloudflare', name), { recursive: true });
  for (const name of ['driver', 'protocol', 'remote', 'sandbox-process']) symlinkSync(join(root, '..', name), join(scope, name));
  const program =
    "import('@isomux/cloudflare/local').then((m) => m.startLocalWorker()).catch((error) => console.log(error.code, error.message))";
  const child = spawn(process.execPath, ['-e', program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: '' },
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  rmSync(folder, { recursive: true });
  expect(line).toMatch(/^ENGINE_UNAVAILABLE .*npm install --save-dev miniflare/);
});

it.each([
  { engine: 'v8' },
  { token: '' },
  { token: 'a b' },
  { port: -1 },
  { port: 1.5 },
  { connections: 1 },
  { maxMemoryBytes: 1 },
  { maxQuarantined: 0 },
])('refuses %j', async (options) => {
  const given = options as unknown as LocalWorkerOptions;
  await expect(startLocalWorker(given)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
