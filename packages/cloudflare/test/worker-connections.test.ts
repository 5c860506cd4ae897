import { createRemoteIsolateDriver } from '@isomux/remote';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createReconnectingDriver, PROTOCOLS } from './reconnecting-driver.ts';
import { startWorkerForTest, TOKEN, type Deployment, type TestWorker } from './workerd.ts';

const ENGINES: readonly [string, Deployment][] = [
  ['QuickJS', {}],
  ['Dynamic Workers', { loader: true }],
  ['Dynamic Workers of an old Worker', { loader: true, compatibilityDate: '2025-03-01' }],
];

function binding(execute: (args: unknown) => unknown): {
  name: string;
  description: string;
  inputSchema: object;
  execute(args: unknown): Promise<unknown>;
} {
  return { name: 'tool', description: '', inputSchema: {}, execute: async (args) => execute(args) };
}

function connect(worker: TestWorker, transport: 'websocket' | 'http', token: string = TOKEN): ReturnType<typeof createRemoteIsolateDriver> {
  const driver = createRemoteIsolateDriver({ endpoint: worker.url, authorization: `Bearer ${token}`, transport });
  onTestFinished(() => driver.close());
  return driver;
}

describe.each(ENGINES)('connections on %s', (_name, engine) => {
  it.each(['websocket', 'http'] as const)('carry runs over %s, to a Durable Object', async (transport) => {
    const worker = await startWorkerForTest({ ...engine, connections: true });
    const driver = connect(worker, transport);
    const args: unknown[] = [];
    const context = await driver.createContext({ bindings: { external_add: binding((arg) => args.push(arg)) } });
    const result = await context.execute('console.log("a"); return [await external_add({ n: 1 }), await external_add("two")]');
    expect(result).toMatchObject({ success: true, value: [1, 2], logs: ['a'] });
    expect(args).toEqual([{ n: 1 }, 'two']);
  });

  it('carry ten runs at once, all of which wait together', async () => {
    const worker = await startWorkerForTest({ ...engine, connections: true });
    const driver = connect(worker, 'websocket');
    let waiting = 0;
    let letGo: () => void = () => {};
    const together = new Promise<void>((resolve) => (letGo = resolve));
    const external_wait = binding(async () => {
      if (++waiting === 10) letGo();
      await together;
    });
    const context = await driver.createContext({ bindings: { external_wait } });
    const results = await Promise.all(Array.from({ length: 10 }, (_, n) => context.execute(`await external_wait(); return ${n}`)));
    expect(results.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('outlive their sockets in a Durable Object: runs go on, and tools are called once', async () => {
    const worker = await startWorkerForTest({ ...engine, connections: true });
    const connection = createReconnectingDriver(worker.url);
    const calls: unknown[] = [];
    const external_step = binding(async (n) => {
      calls.push(n);
      if (n === 2 || n === 4) await connection.cut();
      return n;
    });
    const context = await connection.driver.createContext({ bindings: { external_step } });
    const code =
      'const before = Math.random(), seen = []; for (let n = 1; n <= 5; n++) seen.push(await external_step(n)); return [seen, typeof before]';
    expect(await context.execute(code)).toMatchObject({ success: true, value: [[1, 2, 3, 4, 5], 'number'] });
    expect(calls).toEqual([1, 2, 3, 4, 5]);
    expect(connection.sockets).toBe(3);
  });

  it('end with their socket where there is no Durable Object', async () => {
    const worker = await startWorkerForTest(engine);
    const context = await connect(worker, 'websocket').createContext({ bindings: { external_one: binding(() => 1) } });
    expect(await context.execute('return 1 + (await external_one())')).toMatchObject({ value: 2 });
    expect(await attach(worker, 0)).toBe('open');
    expect(await attach(worker, 1)).toBe('refused');
  });

  it('are there to come back to in a Durable Object', async () => {
    const worker = await startWorkerForTest({ ...engine, connections: true });
    expect(await attach(worker, 0)).toBe('open');
    expect(await attach(worker, 1)).toBe('open');
  });
});

/** Comes with a connection of a fixed name, and breaks the socket as soon as it has heard something. */
function attach(worker: TestWorker, received: number): Promise<'open' | 'refused'> {
  const socket = new WebSocket(`${worker.url.replace('http', 'ws')}/v1/runs?connection=${'c'.repeat(22)}&received=${received}`, PROTOCOLS);
  return new Promise((resolve) => {
    let outcome: 'open' | 'refused' = 'refused';
    socket.addEventListener('message', () => {
      outcome = 'open';
      socket.close(4000);
    });
    socket.addEventListener('close', () => resolve(outcome));
  });
}

describe('requests of connections', () => {
  it('are refused where streams have no place to live, by the name of what is missing', async () => {
    const worker = await startWorkerForTest({});
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const name = 'c'.repeat(22);
    for (const [method, path] of [
      ['POST', `/v1/runs?connection=${name}&received=0`],
      ['POST', `/v1/runs/${name}/messages`],
      ['DELETE', `/v1/runs/${name}`],
    ] as const) {
      const answer = await worker.fetch(path, { method, headers });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ error: { code: 'INVALID_OPTION', message: expect.stringContaining('CONNECTIONS') } });
    }
  });

  it('wake no object without a token', async () => {
    const worker = await startWorkerForTest({ connections: true });
    for (const authorization of ['', 'Bearer wrong']) {
      const answer = await worker.fetch(`/v1/runs?connection=${'c'.repeat(22)}&received=0`, { method: 'POST', headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    }
  });

  it('belong to the token that began the connection', async () => {
    const worker = await startWorkerForTest({ connections: true, variables: { EXECUTOR_TOKEN: `one=${TOKEN},two=another-token` } });
    const name = 'c'.repeat(22);
    const begin = await worker.fetch(`/v1/runs?connection=${name}&received=0`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(begin.status).toBe(200);
    const close = (token: string): Promise<Response> =>
      worker.fetch(`/v1/runs/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect((await close('another-token')).status).toBe(404);
    expect((await close(TOKEN)).status).toBe(204);
    await begin.body?.cancel().catch(() => {});
  });

  it('are refused for names that are none, before an object is asked', async () => {
    const worker = await startWorkerForTest({ connections: true });
    const headers = { Authorization: `Bearer ${TOKEN}` };
    expect((await worker.fetch('/v1/runs?connection=short&received=0', { method: 'POST', headers })).status).toBe(400);
    expect((await worker.fetch('/v1/runs/short/messages', { method: 'POST', headers })).status).toBe(404);
  });
});
