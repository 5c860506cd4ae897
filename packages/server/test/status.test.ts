import { createExecutor, type Engine } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { expect, it, vi } from 'vitest';
import { createServerCore, type LogRecord } from '../src/index.ts';
import { openMessage } from './numbered-unit.ts';
import { RawSocket } from './raw-socket.ts';
import { startTestServer } from './server.ts';

async function read(url: string): Promise<[number, unknown]> {
  const response = await fetch(url);
  return [response.status, await response.json()];
}

it('tells what its executor can do, and its load', async () => {
  const { url } = await startTestServer({ graceMs: 1234, executor: { maxRuns: 3, maxQueuedRuns: 4, ceilings: { wallMs: 5000 } } });
  const [status, capabilities] = await read(`${url}/v1/capabilities`);
  expect(status).toBe(200);
  expect(capabilities).toMatchObject({
    version: 1,
    engine: 'quickjs',
    capabilities: { codegen: true },
    runsPerConnection: 7,
    limits: { wallMs: 5000, maxCalls: 100_000 },
    transports: ['websocket', 'http', 'rounds'],
    graceMs: 1234,
    queued: 0,
    maxRuns: 3,
    draining: false,
  });
});

it('answers health without a token', async () => {
  const { url } = await startTestServer({ token: 'secret' });
  expect(await read(`${url}/health`)).toEqual([200, { ok: true }]);
  expect(await read(`${url}/health/live`)).toEqual([200, { ok: true }]);
  await expect.poll(() => read(`${url}/health/ready`)).toEqual([200, { ok: true, draining: false }]);
  expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
});

it('is not ready while its engine runs no program, and again when it does', async () => {
  const engine = createQuickJSEngine();
  let broken = true;
  const fragile: Engine = {
    ...engine,
    name: engine.name,
    createRealm: async (request) => {
      if (broken) throw new Error('no realm');
      return engine.createRealm(request);
    },
    close: () => engine.close(),
  };
  let nowMs = 0;
  const core = createServerCore(createExecutor(fragile), { probeMs: 5 }, { now: () => nowMs });
  const ready = async (): Promise<number> => (await core.fetch(new Request('http://server/health/ready'))).status;
  expect(await ready()).toBe(503);
  broken = false;
  await expect.poll(ready).toBe(200);
  broken = true;
  // The last success is long ago, by the server's clock, as soon as no probe succeeds any more.
  await expect
    .poll(() => {
      nowMs += 60_000;
      return ready();
    })
    .toBe(503);
  await core.close();
});

it('counts runs by what became of them', async () => {
  const { url } = await startTestServer();
  const client = await RawSocket.connect(url);
  const programs = [
    'return 1',
    'throw new Error("mine")',
    'return await new Promise(() => {})',
    'throw Object.assign(new Error(), { code: "MY_CODE" })',
  ];
  for (const [index, code] of programs.entries()) {
    client.send(index + 1, 0, openMessage(`r${index}`, code));
    await client.until('outcome');
  }
  client.send(5, 0, openMessage('r5', 'await wait({})', ['wait']));
  await client.until('turn');
  await client.cut();
  const [, stats] = await read(`${url}/stats`);
  expect(stats).toMatchObject({
    active: 1,
    queued: 0,
    connections: 1,
    ready: true,
    draining: false,
    totals: { runs: 4, connections: 1 },
    outcomes: { ok: 1, guest: 2, STALLED: 1 },
  });
  const { memory, wallMs } = stats as { memory: Record<string, number>; wallMs: Record<string, number> };
  expect(memory['rss']).toBeGreaterThan(0);
  expect(wallMs['p50']).toBeGreaterThan(0);
  expect(wallMs['p99']).toBeGreaterThanOrEqual(wallMs['p50'] ?? Infinity);
});

it('tells Prometheus what to scale by', async () => {
  const { url } = await startTestServer({ executor: { maxRuns: 1 } });
  const client = await RawSocket.connect(url);
  client.send(1, 0, openMessage('r1', 'return 1'));
  await client.until('outcome');
  client.send(2, 0, openMessage('r2', 'await wait({})', ['wait']));
  await client.until('turn');
  client.send(3, 0, openMessage('r3', 'return 1'));
  const metrics = async (): Promise<string[]> => (await (await fetch(`${url}/metrics`)).text()).split('\n');
  await expect.poll(metrics).toContain('isomux_runs_queued 1');
  const lines = await metrics();
  expect(lines).toContain('isomux_runs_active 1');
  expect(lines).toContain('isomux_runs_total{principal="anonymous",ending="ok"} 1');
  expect(lines).toContain('isomux_run_seconds_count 1');
  expect(lines.filter((line) => line.startsWith('isomux_runs_queued'))).toHaveLength(1);
});

it('has no metrics where its host has none', async () => {
  const core = createServerCore(createExecutor(createQuickJSEngine()));
  expect((await core.fetch(new Request('http://server/metrics'))).status).toBe(404);
  await core.close();
});

it('writes what happens into its log, with the trace of whoever asked, and never what programs are or say', async () => {
  const log = vi.fn<(record: LogRecord) => void>();
  const { url } = await startTestServer({ log, token: 'the-token' });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const client = await RawSocket.connect(url, { token: 'the-token', headers: { traceparent } });
  client.send(1, 0, openMessage('r1', 'console.log("the-log"); return "the-value" + await tool("the-argument")', ['tool']));
  await client.until('turn');
  client.send(2, 0, { header: { type: 'settle', run: 'r1', calls: [{ id: 0, ok: true }] }, payloads: ['"the-result"'] });
  await client.until('outcome');
  client.socket.close(1000);
  await client.closed;
  await fetch(`${url}/stats`);
  await expect.poll(() => log.mock.calls.map(([record]) => record.event)).toContain('connection closed');
  const fields = { principal: 'default', connection: 1, traceparent };
  expect(log).toHaveBeenCalledWith({ level: 'info', event: 'connection opened', fields });
  expect(log).toHaveBeenCalledWith({
    level: 'info',
    event: 'run ended',
    fields: expect.objectContaining({ ...fields, run: 'r1', ending: 'ok', turns: 2 }),
  });
  expect(log).toHaveBeenCalledWith({
    level: 'warn',
    event: 'request refused',
    fields: expect.objectContaining({ status: 401, code: 'UNAUTHORIZED' }),
  });
  expect(JSON.stringify(log.mock.calls)).not.toMatch(/the-/);
});

it('keeps a trace that is none out of its log', async () => {
  const log = vi.fn<(record: LogRecord) => void>();
  const { url } = await startTestServer({ log });
  const client = await RawSocket.connect(url, { headers: { traceparent: '00-not a trace' } });
  await client.until('hello');
  expect(log).toHaveBeenCalledWith({
    level: 'info',
    event: 'connection opened',
    fields: { principal: 'anonymous', connection: 1, traceparent: undefined },
  });
});

it('writes down who asked for a round, and what it came to', async () => {
  const log = vi.fn<(record: LogRecord) => void>();
  const { url } = await startTestServer({ log, token: 'the-token' });
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await fetch(`${url}/execute`, {
    method: 'POST',
    headers: { Authorization: 'Bearer the-token', traceparent },
    body: '{"code":"return \\"the-value\\""}',
  });
  const fields = { principal: 'default', traceparent, status: 200, durationMs: expect.any(Number) };
  expect(log).toHaveBeenCalledWith({ level: 'info', event: 'round answered', fields });
  expect(log).toHaveBeenCalledWith({ level: 'info', event: 'run ended', fields: expect.objectContaining({ ending: 'ok' }) });
  expect(JSON.stringify(log.mock.calls)).not.toMatch(/the-/);
});

it('does not fill a disk because somebody is refused again and again', async () => {
  const log = vi.fn<(record: LogRecord) => void>();
  let nowMs = 0;
  const core = createServerCore(createExecutor(createQuickJSEngine()), { token: 'secret', log, probeMs: 1_000_000 }, { now: () => nowMs });
  const ask = (): Promise<Response> => core.fetch(new Request('http://server/stats'));
  for (let time = 0; time < 500; time++) expect((await ask()).status).toBe(401);
  const refusals = (): LogRecord[] => log.mock.calls.map(([record]) => record).filter(({ event }) => event === 'request refused');
  expect(refusals()).toHaveLength(100);
  nowMs += 1000;
  await ask();
  expect(refusals()).toHaveLength(101);
  expect(log).toHaveBeenCalledWith({ level: 'warn', event: 'refusals not logged', fields: { count: 400 } });
  expect(core.stats().totals.refusals).toBe(501);
  await core.close();
});

it('serves on when its log fails', async () => {
  const log = (): void => {
    throw new Error('the disk is full');
  };
  const { url } = await startTestServer({ log });
  const client = await RawSocket.connect(url);
  client.send(1, 0, openMessage('r1', 'return 1'));
  expect((await client.until('outcome')).message.payloads).toEqual(['1']);
});
