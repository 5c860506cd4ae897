import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { afterEach, expect, it } from 'vitest';
import { createFleetDriver } from '../src/driver.ts';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions, Transport } from '../src/index.ts';
import { parseRemoteOptions } from '../src/options.ts';
import { EXPECTED, converse } from './conversation.ts';
import { startStatelessServer } from './rounds-servers.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { ScriptedServer } from './scripted-server.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A server as those that exist, which answers nothing but `POST /execute`. */
async function startOldServer(status = 404): Promise<ScriptedServer> {
  const stateless = await startStatelessServer();
  const server = await startScriptedServer({
    request: (request, response) => {
      if (request.method !== 'POST' || request.url !== '/execute') response.writeHead(status).end('no');
      else {
        void (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          const answer = await fetch(stateless.url, { method: 'POST', body: Buffer.concat(chunks) });
          response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
        })();
      }
      return true;
    },
  });
  closers.push(
    () => server.close(),
    () => stateless.close(),
  );
  return server;
}

const TWO_CALLS = 'const a = await add({ a: 1, b: 2 }); return await add({ a, b: 3 });';
const add = { execute: (args: unknown): number => Number(Reflect.get(Object(args), 'a')) + Number(Reflect.get(Object(args), 'b')) };

it.each([404, 405])('speaks rounds to a server that answers %i to everything else', async (status) => {
  const server = await startOldServer(status);
  await using driver = createRemoteIsolateDriver({ endpoint: `${server.url}/execute` });
  const context = await driver.createContext({ bindings: { add } });
  expect(await context.execute(TWO_CALLS)).toMatchObject({ value: 6 });
  expect(await context.execute(TWO_CALLS)).toMatchObject({ value: 6 });
  expect(server.requests).toEqual(['GET /v1/capabilities', ...Array.from({ length: 6 }, () => 'POST /execute')]);
});

it('asks for nothing but rounds where that is the transport', async () => {
  const server = await startOldServer();
  await using driver = createRemoteIsolateDriver({ endpoint: server.url, transport: 'rounds', maxToolRounds: 2 });
  const context = await driver.createContext({ bindings: { add } });
  expect(await context.execute('return await add({ a: 1, b: 2 })')).toMatchObject({ value: 3 });
  expect(await context.execute(TWO_CALLS)).toMatchObject({ error: { code: 'TOOL_ROUND_LIMIT' } });
  expect(new Set(server.requests)).toEqual(new Set(['POST /execute']));
});

it.each(['websocket', 'http'] satisfies Transport[])('says UNREACHABLE to such a server when the transport is %s', async (transport) => {
  const server = await startOldServer();
  await using driver = createRemoteIsolateDriver({ endpoint: server.url, transport });
  const context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ error: { code: 'UNREACHABLE' } });
});

it('converses in rounds with a server of ours', async () => {
  const server = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0, token: 'secret' });
  closers.push(() => server.close());
  const options: RemoteIsolateDriverOptions = { endpoint: server.url, transport: 'rounds' };
  await using driver = createRemoteIsolateDriver({ ...options, authorization: 'Bearer secret' });
  const { result, counts } = await converse(driver);
  expect(result).toMatchObject(EXPECTED);
  expect(counts).toEqual({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 });
  await using stranger = createRemoteIsolateDriver(options);
  expect((await converse(stranger)).result).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
});

it('goes on in rounds at another server when one is gone', async () => {
  const servers = await Promise.all([1, 2].map(() => startServer({ executor: createExecutor(createQuickJSEngine()), port: 0 })));
  closers.push(...servers.map((server) => () => server.close()));
  await using driver = createRemoteIsolateDriver({ endpoint: servers.map(({ url }) => url), transport: 'rounds' });
  const counts = [0, 0, 0];
  const tool = async (key: unknown): Promise<unknown> => {
    counts[Number(key)] = (counts[Number(key)] ?? 0) + 1;
    if (key === 1) await servers.find((server) => server.stats().totals.runs > 0)?.close();
    return key;
  };
  const context = await driver.createContext({ bindings: { tool: { execute: tool } } });
  expect(await context.execute('return [await tool(0), await tool(1), await tool(2)]')).toMatchObject({ value: [0, 1, 2] });
  expect(counts).toEqual([1, 1, 1]);
});

it('refuses by name what rounds have no place for', async () => {
  const options: RemoteIsolateDriverOptions = { endpoint: 'https://executor.example.com', transport: 'rounds' };
  await using driver = createRemoteIsolateDriver(options);
  const refused = expect.objectContaining({ code: 'INVALID_OPTION' });
  for (const extra of [{ env: { a: 1 } }, { globals: 'minimal' }, { clock: 'live' }] as const) {
    await expect(driver.createContext({ bindings: {}, ...extra })).rejects.toEqual(refused);
    expect(() => createRemoteIsolateDriver({ ...options, ...extra })).toThrow(refused);
  }
  await expect(driver.prepare({ code: '1' })).rejects.toEqual(refused);
});

it('gives up where nothing answers rounds', async () => {
  const server = await startOldServer();
  await server.close();
  const options: RemoteIsolateDriverOptions = { endpoint: server.url, transport: 'rounds' };
  await using driver = createFleetDriver({ ...parseRemoteOptions(options), firstContactMs: 100 }, options);
  const context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ error: { code: 'UNREACHABLE' } });
});

it('makes do with a fetchImpl whose responses are no more than ok and json', async () => {
  const asked: unknown[] = [];
  const fetchImpl = (async (url: unknown) => {
    asked.push(url);
    return { ok: true, json: async () => ({ status: 'done', success: true, value: 42, logs: [] }) };
  }) as unknown as typeof fetch;
  await using driver = createRemoteIsolateDriver({ endpoint: 'https://executor.example.com', fetchImpl });
  const context = await driver.createContext({ bindings: {} });
  expect(await context.execute('return 1')).toMatchObject({ success: true, value: 42 });
  expect(asked.at(-1)).toBe('https://executor.example.com/execute');
});
