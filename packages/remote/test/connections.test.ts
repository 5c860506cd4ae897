import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions } from '../src/index.ts';
import { HELLO, numbered, startScriptedServer } from './scripted-server.ts';
import type { Script } from './scripted-server.ts';
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

/** Runs as many programs, all of which are under way before the first may end. */
async function runTogether(count: number, options: RemoteIsolateDriverOptions): Promise<readonly unknown[]> {
  await using driver = createRemoteIsolateDriver(options);
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  const context = await driver.createContext({
    bindings: {
      meet: {
        execute: () => {
          if (++waiting === count) all.resolve();
          return all.promise;
        },
      },
    },
  });
  const results = await Promise.all(Array.from({ length: count }, (_, index) => context.execute(`await meet(); return ${index}`)));
  return results.map((result) => (result.success ? result.value : result.error.code));
}

it('opens nothing before a program runs', async () => {
  const server = await start();
  await using driver = createRemoteIsolateDriver({ endpoint: server.url });
  await driver.createContext({ bindings: {} });
  expect(server.requests).toEqual([]);
});

for (const transport of ['websocket', 'http'] as const) {
  it(`carries many runs over one ${transport} connection`, async () => {
    const server = await start();
    const values = await runTogether(20, { endpoint: server.url, transport });
    expect(values).toEqual(Array.from({ length: 20 }, (_, index) => index));
    const attaching = transport === 'http' ? 'POST /v1/runs' : 'UPGRADE /v1/runs';
    expect(server.requests.filter((request) => request === attaching)).toHaveLength(1);
    expect(server.requests.filter((request) => request === 'GET /v1/capabilities')).toHaveLength(1);
  });

  it(`closes a ${transport} connection that has no runs`, async () => {
    const server = await start();
    await using driver = createRemoteIsolateDriver({ endpoint: server.url, transport, idleMs: 0 });
    const context = await driver.createContext({ bindings: {} });
    expect(await context.execute('return 1')).toMatchObject({ value: 1 });
    await expect.poll(() => [server.connections, server.carriers]).toEqual([0, 0]);
    // The next run opens another.
    expect(await context.execute('return 2')).toMatchObject({ value: 2 });
  });

  it(`ends its runs and leaves no ${transport} connection behind when it is closed`, async () => {
    const server = await start();
    const driver = createRemoteIsolateDriver({ endpoint: server.url, transport });
    const begun = Promise.withResolvers<void>();
    const tool = (): Promise<void> => {
      begun.resolve();
      return new Promise(() => {});
    };
    const context = await driver.createContext({ bindings: { hang: { execute: tool } } });
    const running = context.execute('await hang()');
    await begun.promise;
    await driver.close();
    expect(await running).toMatchObject({ error: { code: 'DISPOSED' } });
    await expect.poll(() => [server.connections, server.carriers]).toEqual([0, 0]);
    await expect(driver.createContext({ bindings: {} })).rejects.toMatchObject({ code: 'DRIVER_CLOSED' });
    expect(await context.execute('return 1')).toMatchObject({ error: { code: 'DISPOSED' } });
  });
}

it('opens another connection when one has as many runs as the server allows', async () => {
  const server = await start({ runsPerConnection: 2 });
  expect(await runTogether(5, { endpoint: server.url })).toEqual([0, 1, 2, 3, 4]);
  expect(server.requests.filter((request) => request === 'UPGRADE /v1/runs')).toHaveLength(3);
});

it('finds a carrier again for a connection with runs, and lets one without go', async () => {
  const server = await start();
  await using driver = createRemoteIsolateDriver({ endpoint: server.url });
  const events: string[] = [];
  const bindings = { cut: { execute: () => server.cut() } };
  const context = await driver.createContext({ bindings, onEvent: ({ type }) => events.push(type) });
  expect(await context.execute('await cut(); return 1')).toMatchObject({ value: 1 });
  expect(events).not.toContain('replay');
  const before = server.requests.length;
  server.cut();
  // It says so, that the server need not keep what nobody comes for.
  await expect.poll(() => server.connections).toBe(0);
  expect(server.requests.slice(before)).toEqual(['DELETE /v1/runs/:connection']);
  expect(await context.execute('return 2')).toMatchObject({ value: 2 });
});

it('falls back to HTTP where upgrades never come about and requests do', async () => {
  const server = await start({ refuseUpgrades: 400 });
  await using driver = createRemoteIsolateDriver({ endpoint: server.url });
  const context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ value: 1 });
  expect(server.requests.filter((request) => request === 'UPGRADE /v1/runs')).toHaveLength(2);
});

it('uses HTTP on a platform without WebSocket', async () => {
  const server = await start();
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  try {
    await using driver = createRemoteIsolateDriver({ endpoint: server.url });
    const context = await driver.createContext({ bindings: {} });
    expect(await context.execute('return 1')).toMatchObject({ value: 1 });
    expect(server.requests).toContain('POST /v1/runs');
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});

interface Ended {
  readonly code: unknown;
  readonly output: string;
  readonly warnings: string;
}

/** A process that runs programs, to its end. `told` is called when it has said what they came to. */
async function runProcess(args: readonly string[], told: () => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'one-run.ts'), ...args]);
  let output = '';
  let warnings = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    told();
  });
  child.stderr.on('data', (chunk) => (warnings += chunk));
  const [code] = await once(child, 'close');
  return { code, output: output.trim(), warnings };
}

it.each(['idle', 'closed', 'cut'])('lets a process end by itself when its driver is %s', async (mode) => {
  const server = await start();
  // Who is cut off finds nobody there any more, and must not wait for anybody.
  const ended = await runProcess([server.url, mode], () => mode === 'cut' && void server.kill());
  expect(ended).toEqual({ code: 0, output: '3', warnings: '' });
});

const HANGING: Readonly<Record<string, Script>> = {
  'before it answers': { request: () => true },
  'in the upgrade': { upgrade: () => {} },
  'before its first unit': { socket: () => {} },
  'and does not take the end of a WebSocket': {
    socket: (socket) => {
      socket.send(numbered(1, 0, HELLO));
      socket.pause();
    },
  },
};

it.each(Object.keys(HANGING))('lets a process end by itself when a server hangs %s', async (when) => {
  const server = await startScriptedServer(HANGING[when] ?? {});
  onTestFinished(() => server.close());
  for (const mode of ['closed', 'left alone']) {
    expect(await runProcess([server.url, mode, '300'])).toEqual({ code: 0, output: 'QUEUE_TIMEOUT', warnings: '' });
  }
});
