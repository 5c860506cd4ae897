import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Result } from '@isomux/driver';
import { afterEach, describe, expect, it } from 'vitest';
import { createRemoteIsolateDriver } from '../src/driver.ts';
import type { RoundsChannelOptions } from '../src/rounds/rounds-channel.ts';
import { createRoundsDriver, startServer, type Reply, type TestServer } from './rounds-servers.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Played {
  readonly result: Result;
  readonly calls: number;
}

async function play(url: string, options: Omit<RoundsChannelOptions, 'url'> = {}, timeout = 10_000, signal?: AbortSignal): Promise<Played> {
  let calls = 0;
  await using driver = createRoundsDriver([url], { timeout, ...(signal === undefined ? {} : { signal }) }, options);
  await using context = await driver.createContext({ bindings: { get: { execute: async () => ++calls } } });
  return { result: await context.execute('return await get({})'), calls };
}

/** A server that gives these answers one after the other, the last one for ever. */
async function serve(...replies: (Reply | undefined)[]): Promise<TestServer> {
  let next = 0;
  const server = await startServer(async () => replies[Math.min(next++, replies.length - 1)]);
  open.push(server);
  return server;
}

/** A server without manners. */
async function serveRaw(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/execute`;
}

const call = { id: 'tc_0', name: 'get', args: {} };
const need = { status: 'need_tools', toolCalls: [call], logs: [] };
const done = { status: 'done', success: true, value: 1, logs: [] };

describe('an answer that is none', () => {
  const wrong: readonly unknown[] = [1, 'text', true, [], {}, [[]], null];
  const bodies: unknown[] = [
    1,
    'text',
    null,
    [],
    {},
    ...[1, null, {}, 'other'].map((status) => ({ ...done, status })),
    ...[1, null, 'true', {}].map((success) => ({ ...done, success })),
    ...[1, 'text', true, {}, [1], [null], [{}]].map((logs) => ({ ...done, logs })),
    ...[1, 'text', true, [], {}, { message: 1 }, { message: 'm', name: 1 }, { message: 'm', code: {} }, { message: 'm', stack: 1 }].map(
      (error) => ({
        status: 'done',
        success: false,
        error,
        logs: [],
      }),
    ),
    ...[1, 'text', []].map((error) => ({ status: 'error', error })),
    ...[...wrong.filter((value) => !Array.isArray(value)), [], [1], [null], [[]], [{}]].map((toolCalls) => ({ ...need, toolCalls })),
    ...[1, null, {}, [], ''].map((id) => ({ ...need, toolCalls: [{ ...call, id }] })),
    ...[1, null, {}, [], 'other', '__proto__', 'constructor'].map((name) => ({ ...need, toolCalls: [{ ...call, name }] })),
    { ...need, toolCalls: [call, call] },
  ];

  it('ends the run with PROTOCOL_ERROR, whichever field is wrong, and calls nothing', async () => {
    let body: unknown;
    const server = await startServer(async () => ({ body: JSON.stringify(body) }));
    open.push(server);
    for (body of bodies) {
      const { result, calls } = await play(server.url);
      expect([body, result.success ? undefined : result.error.code, calls]).toEqual([body, 'PROTOCOL_ERROR', 0]);
    }
    expect(bodies.length).toBeGreaterThan(50);
  });

  it.each([['not JSON'], [''], ['<html></html>'], ['{"status":"done"']])('ends the run with PROTOCOL_ERROR when it is %j', async (body) => {
    const server = await serve({ body });
    expect((await play(server.url)).result).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
    expect(server.requests).toHaveLength(1);
  });

  it('does not call a tool again for an id that has its result', async () => {
    const server = await serve({ body: need });
    expect(await play(server.url)).toMatchObject({ result: { success: false, error: { code: 'PROTOCOL_ERROR' } }, calls: 1 });
  });

  it('gives the program’s caller a value whatever its keys are', async () => {
    const server = await serve({ body: '{"status":"done","success":true,"value":{"__proto__":{"a":1}},"logs":[]}' });
    const { result } = await play(server.url);
    expect(JSON.stringify(result.success ? result.value : undefined)).toBe('{"__proto__":{"a":1}}');
  });

  it('sends the result of an id that is __proto__', async () => {
    const server = await serve({ body: { ...need, toolCalls: [{ ...call, id: '__proto__' }] } }, { body: done });
    expect(await play(server.url)).toMatchObject({ result: { value: 1 }, calls: 1 });
    expect(JSON.stringify(server.requests[1])).toContain('"toolResults":{"__proto__":{"success":true,"value":1}}');
  });
});

describe('a status', () => {
  it.each<[number, unknown, string]>([
    [400, { error: 'Code is required' }, 'UNREACHABLE'],
    [401, {}, 'UNAUTHORIZED'],
    [403, 'forbidden', 'UNAUTHORIZED'],
    [404, 'not found', 'UNREACHABLE'],
    [413, {}, 'UNREACHABLE'],
    [500, 'Internal Server Error', 'UNREACHABLE'],
    [429, {}, 'OVERLOADED'],
    [503, { status: 'error', error: { code: 'OVERLOADED', name: 'OverloadedError', message: 'full' } }, 'OVERLOADED'],
    [503, { status: 'error', error: { code: 'DRAINING', name: 'DrainingError', message: 'going' } }, 'DRAINING'],
  ])('of %i is told by its code, and not asked again', async (status, body, code) => {
    const server = await serve({ status, body });
    const { result } = await play(server.url);
    expect(result).toMatchObject({ success: false, error: { code } });
    if (code === 'UNREACHABLE' && !result.success) expect(result.error.message).toContain(String(status));
    expect(server.requests).toHaveLength(1);
  });

  it('of a gateway is asked again a few times', async () => {
    const server = await serve({ status: 504, body: {} });
    expect((await play(server.url)).result).toMatchObject({ success: false, error: { code: 'UNREACHABLE' } });
    expect(server.requests).toHaveLength(4);
    const better = await serve({ status: 502, body: 'bad gateway' }, { body: done });
    expect((await play(better.url)).result).toMatchObject({ success: true, value: 1 });
  });

  it('of 500 sends a run to another server where there is one, and is not waited for', async () => {
    const failing = await serve({ body: need }, { status: 500, body: 'broken' });
    const other = await serve({ body: need }, { body: done });
    let calls = 0;
    const bindings = { get: { execute: async () => ++calls } };
    for (const [endpoint, outcome] of [
      [[failing.url], { success: false, error: { code: 'UNREACHABLE', message: expect.stringContaining('broken') } }],
      [[failing.url, other.url], { success: true, value: 1 }],
    ] as const) {
      await using driver = createRemoteIsolateDriver({ endpoint, transport: 'rounds' });
      await using context = await driver.createContext({ bindings });
      expect(await context.execute('return await get({})')).toMatchObject(outcome);
    }
    expect(calls).toBe(2);
  });

  it('that says busy in the middle of a run is asked again', async () => {
    const server = await serve(
      { body: need },
      { status: 503, body: {}, headers: { 'Retry-After': '0' } },
      { status: 429, body: {} },
      { body: done },
    );
    expect(await play(server.url)).toMatchObject({ result: { success: true, value: 1 }, calls: 1 });
    expect(server.requests[3]).toMatchObject({ toolResults: { tc_0: { success: true, value: 1 } } });
  });

  it('that redirects is refused, and nothing is sent to the other place', async () => {
    const other = await serve({ body: done });
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await serve({ status, body: '', headers: { Location: other.url } });
      expect((await play(server.url, { authorization: 'Bearer secret' })).result).toMatchObject({ error: { code: 'UNREACHABLE' } });
    }
    expect(other.requests).toHaveLength(0);
  });
});

describe('a server that', () => {
  it('cuts the connection is asked again, and no tool runs twice', async () => {
    const server = await serve(undefined, { body: need }, undefined, undefined, { body: done });
    expect(await play(server.url)).toMatchObject({ result: { success: true, value: 1 }, calls: 1 });
  });

  it('is not there ends the run with UNREACHABLE', async () => {
    const server = await serve({ body: done });
    await server.close();
    expect((await play(server.url)).result).toMatchObject({ success: false, error: { code: 'UNREACHABLE' } });
  });

  it.each<[string, (server: Server) => void]>([
    ['never answers', (server) => server.on('request', () => undefined)],
    ['stops in its head', (server) => server.on('request', (request) => request.socket.write('HTTP/1.1 200 OK\r\nContent-Ty'))],
    ['stops in its body', (server) => server.on('request', (_, response) => response.writeHead(200).write('{"status":'))],
  ])('%s cannot hold a run over its budget, nor against its caller', async (_what, behave) => {
    const server = createServer();
    behave(server);
    const url = await serveRaw(server);
    expect((await play(url, {}, 150)).result).toMatchObject({ success: false, error: { name: 'TimeoutError', code: 'TIMEOUT' } });
    const controller = new AbortController();
    server.once('request', () => controller.abort());
    expect((await play(url, {}, 10_000, controller.signal)).result).toMatchObject({ success: false, error: { code: 'ABORTED' } });
  });

  it('never ends its answer is given up', async () => {
    const server = createServer((_request, response) => {
      const chunk = new Uint8Array(1024 * 1024).fill(0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    expect((await play(await serveRaw(server), {}, 30_000)).result).toMatchObject({ success: false, error: { code: 'UNREACHABLE' } });
  });
});

describe('a replacement of fetch', () => {
  const reply = (response: unknown): typeof fetch => (async () => response) as typeof fetch;

  it('may give no more than ok and json', async () => {
    const answers = [need, done];
    let next = 0;
    const fetchImpl = (async () => ({ ok: true, json: async () => answers[next++] })) as unknown as typeof fetch;
    expect(await play('http://server.test/execute', { fetchImpl })).toMatchObject({ result: { success: true, value: 1 }, calls: 1 });
  });

  it('may give status and text', async () => {
    const fetchImpl = reply({ ok: false, status: 403, text: async () => 'no' });
    expect((await play('http://server.test/execute', { fetchImpl })).result).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
  });

  it.each([[undefined], [null], [7], [{}], [{ ok: true }], [{ ok: true, status: 200, json: () => Promise.reject(new Error('no')) }]])(
    'may give %j, and nothing but the run comes of it',
    async (response) => {
      expect((await play('http://server.test/execute', { fetchImpl: reply(response) })).result.success).toBe(false);
    },
  );

  it('may fail once and say nothing more, and it is told why', async () => {
    let failed = false;
    const fetchImpl = (async () => {
      if (failed) return;
      failed = true;
      throw new Error('ECONNREFUSED');
    }) as unknown as typeof fetch;
    const { result } = await play('http://server.test/execute', { fetchImpl });
    expect(result).toMatchObject({ error: { code: 'UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') } });
  });

  it('sees requests as existing servers take them: whole numbers, and no results before there are any', async () => {
    const bodies: unknown[] = [];
    const answers = [need, done];
    const fetchImpl: typeof fetch = async (_input, init) => {
      bodies.push(JSON.parse(typeof init?.body === 'string' ? init.body : 'null'));
      return Response.json(answers[bodies.length - 1]);
    };
    await play('http://server.test/execute', { fetchImpl }, 9_999.5);
    const tools = [{ name: 'get', description: '', inputSchema: { type: 'object' } }];
    const request = { code: 'return await get({})', tools, memoryLimit: 128 };
    const toolResults = { tc_0: { success: true, value: 1 } };
    expect(bodies).toEqual([
      { ...request, timeout: 10_000 },
      { ...request, timeout: expect.toSatisfy(Number.isInteger), toolResults },
    ]);
  });

  it('gets the token, and is told not to follow', async () => {
    const inits: (RequestInit | undefined)[] = [];
    const fetchImpl: typeof fetch = async (_input, init) => {
      inits.push(init);
      return Response.json(done);
    };
    await play('http://server.test/execute', { fetchImpl, authorization: 'Bearer secret' });
    expect(inits).toMatchObject([
      { method: 'POST', redirect: 'manual', headers: { Authorization: 'Bearer secret', 'Content-Type': 'application/json' } },
    ]);
  });
});
