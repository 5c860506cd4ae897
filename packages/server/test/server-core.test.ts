import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { expect, it, onTestFinished } from 'vitest';
import {
  createRoundKey,
  createServerCore,
  readRoundKey,
  type ServerCore,
  type ServerCoreOptions,
  type UpgradedSocket,
} from '../src/index.ts';
import { startServer } from '../src/node/index.ts';
import { decodeUnit, encodeUnit, openMessage, type Unit } from './numbered-unit.ts';

/** What a host makes of a WebSocket, with what the server did to it. */
interface HostSocket extends UpgradedSocket {
  readonly units: Unit[];
  readonly closed: number[];
}

function hostSocket(): HostSocket {
  const units: Unit[] = [];
  const closed: number[] = [];
  return {
    units,
    closed,
    bufferedBytes: 0,
    send: (bytes) => units.push(decodeUnit(bytes)),
    close: (code) => closed.push(code),
    terminate: () => closed.push(1006),
  };
}

function startCore(options: ServerCoreOptions = {}): ServerCore {
  const core = createServerCore(createExecutor(createQuickJSEngine()), options);
  onTestFinished(() => core.close());
  return core;
}

function askFor(name: string, received = 0): Request {
  return new Request(`http://server/v1/runs?connection=${name}&received=${received}`, {
    headers: { 'Sec-WebSocket-Protocol': 'isomux.1' },
  });
}

const first = 'a'.repeat(22);
const second = 'b'.repeat(22);

it('serves the WebSockets of any host', async () => {
  const core = startCore();
  const upgrade = await core.upgrade(askFor(first));
  if (upgrade instanceof Response) throw new Error(`it was refused with ${upgrade.status}`);
  expect(upgrade.protocol).toBe('isomux.1');
  const socket = hostSocket();
  const events = upgrade.accept(socket);
  events.message(encodeUnit(1, 0, openMessage('r1', 'return 1')));
  await expect.poll(() => socket.units.at(-1)?.message?.header.type).toBe('outcome');
  expect(socket.units.at(-1)?.message?.payloads).toEqual(['1']);
  events.closed(1000);
  await expect.poll(() => core.stats().connections).toBe(0);
});

it('closes a WebSocket whose place was taken while it was upgraded', async () => {
  const core = startCore({ maxConnections: 1 });
  const upgrades = [await core.upgrade(askFor(first)), await core.upgrade(askFor(second))];
  const sockets = upgrades.map((upgrade) => {
    if (upgrade instanceof Response) throw new Error(`it was refused with ${upgrade.status}`);
    const socket = hostSocket();
    upgrade.accept(socket);
    return socket;
  });
  expect(sockets.map(({ closed }) => closed)).toEqual([[], [1013]]);
});

it('closes a WebSocket whose connection ended while it was upgraded', async () => {
  const core = startCore();
  const stream = await core.fetch(new Request(`http://server/v1/runs?connection=${first}&received=0`, { method: 'POST' }));
  expect(stream.status).toBe(200);
  const upgrade = await core.upgrade(askFor(first, 1));
  if (upgrade instanceof Response) throw new Error(`it was refused with ${upgrade.status}`);
  expect((await core.fetch(new Request(`http://server/v1/runs/${first}`, { method: 'DELETE' }))).status).toBe(204);
  await stream.body?.cancel();
  const socket = hostSocket();
  upgrade.accept(socket);
  expect(socket.closed).toEqual([4404]);
});

it('ends a stream whose reader goes away, and keeps the connection for it', async () => {
  const core = startCore();
  const ask = (received: number): Promise<Response> =>
    core.fetch(new Request(`http://server/v1/runs?connection=${first}&received=${received}`, { method: 'POST' }));
  await (await ask(0)).body?.cancel();
  expect(core.stats().connections).toBe(1);
  const again = await ask(1);
  expect(again.status).toBe(200);
  await again.body?.cancel();
});

it.each([
  ['a port that is none', { port: 65_536 }],
  ['half of a millisecond', { headersMs: 0.5 }],
  ['no time at all', { stallMs: 0 }],
  ['no number', { idleMs: Number.NaN }],
])('listens nowhere with %s', async (_what, options) => {
  const executor = createExecutor(createQuickJSEngine());
  await expect(startServer({ executor, ...options })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await executor.close();
});

it.each([
  ['a time that is none', { graceMs: -1 }],
  ['a time that no timer has', { drainMs: 2 ** 31 }],
  ['a number that is none', { maxConnections: Number.NaN }],
  ['room for nothing', { maxBodyBytes: 0 }],
  ['a path that ends with a slash', { basePath: '/sandbox/' }],
  ['a path that does not begin with one', { basePath: 'sandbox' }],
])('refuses %s', async (_what, options) => {
  const executor = createExecutor(createQuickJSEngine());
  expect(() => createServerCore(executor, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  await executor.close();
});

it('says who asks, as it would judge the request itself', async () => {
  const core = startCore({ tokens: [{ name: 'ci', token: 'secret' }] });
  const ask = (headers: Record<string, string>): Promise<string | Response> =>
    core.identify(new Request('http://server/v1/runs', { headers }));
  expect(await ask({ authorization: 'Bearer secret' })).toBe('ci');
  const refused = await ask({ authorization: 'Bearer wrong' });
  expect(refused).toMatchObject({ status: 401 });
  expect(core.stats().connections).toBe(0);
});

it('runs nothing unasked on a host that says so, and finds out whether it is ready when somebody asks', async () => {
  const executor = createExecutor(createQuickJSEngine());
  const core = createServerCore(executor, {}, { probes: false, transports: ['rounds'] });
  onTestFinished(() => core.close());
  expect(executor.stats()).toMatchObject({ running: 0, queued: 0, channels: 0 });
  expect(core.stats().ready).toBe(false);
  expect((await core.fetch(new Request('http://server/health/ready'))).status).toBe(200);
  expect(core.stats().ready).toBe(true);
  const capabilities = await core.fetch(new Request('http://server/v1/capabilities'));
  expect(await capabilities.json()).toMatchObject({ transports: ['rounds'] });
});

it('names the run of a first round as its host says, and finds the name again in the next', async () => {
  const core = startCore();
  const roundKey = createRoundKey();
  const round = async (body: object): Promise<Record<string, unknown>> => {
    const request = new Request('http://server/execute', { method: 'POST', body: JSON.stringify(body) });
    return (await core.fetch(request, { roundKey })).json() as Promise<Record<string, unknown>>;
  };
  const body = { code: 'return await get()', tools: [{ name: 'get' }] };
  const { toolCalls } = (await round(body)) as { toolCalls: { id: string }[] };
  const next = { ...body, toolResults: { [String(toolCalls[0]?.id)]: { success: true, value: 1 } } };
  expect(readRoundKey(body)).toBeUndefined();
  expect(readRoundKey({ nothing: 'of the kind' })).toBeUndefined();
  expect(readRoundKey(next)).toBe(roundKey);
  expect(await round(next)).toMatchObject({ status: 'done', value: 1 });
});
