import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { attachUpgrades, createRequestListener, type RequestListener, type ServerCoreOptions } from '../src/node/index.ts';
import { openMessage } from './numbered-unit.ts';
import { RawSocket, refusedUpgrade } from './raw-socket.ts';
import { rawHttp, statusOf } from './raw-http.ts';

interface Mounted {
  readonly server: Server;
  readonly listener: RequestListener;
  readonly url: string;
}

async function mount(options: string | ServerCoreOptions): Promise<Mounted> {
  const listener = createRequestListener(createExecutor(createQuickJSEngine()), options);
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/sandbox/') === true) listener(request, response);
    else response.end('the application');
  });
  attachUpgrades(server, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await listener.close();
    server.closeAllConnections();
    server.close();
  });
  return { server, listener, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('is mounted beside the routes of an application', async () => {
  const { url } = await mount({ basePath: '/sandbox', token: 'secret' });
  const headers = { Authorization: 'Bearer secret' };
  expect(await (await fetch(`${url}/health`)).text()).toBe('the application');
  expect(await (await fetch(`${url}/sandbox/health`)).json()).toEqual({ ok: true });
  expect((await fetch(`${url}/sandbox/v1/capabilities`)).status).toBe(401);
  expect(await (await fetch(`${url}/sandbox/v1/capabilities`, { headers })).json()).toMatchObject({ engine: 'quickjs' });
  const round = await fetch(`${url}/sandbox/execute`, { method: 'POST', headers, body: '{"code":"return 40 + 2"}' });
  expect(await round.json()).toMatchObject({ status: 'done', success: true, value: 42 });
  const missing = await fetch(`${url}/sandbox/v1/nothing`, { headers });
  expect([missing.status, await missing.json()]).toEqual([404, { error: expect.objectContaining({ code: 'INVALID_OPTION' }) }]);
});

it('takes its WebSockets, and refuses others where nobody else takes them', async () => {
  const { url } = await mount({ basePath: '/sandbox' });
  const client = await RawSocket.connect(`${url}/sandbox`);
  client.send(1, 0, openMessage('r1', 'return 1'));
  expect((await client.until('outcome')).message.payloads).toEqual(['1']);
  expect((await refusedUpgrade(url)).status).toBe(404);
});

it('leaves WebSockets of the application to the application', async () => {
  const { url, server } = await mount({ basePath: '/sandbox' });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith('/v1/runs') === true) sockets.handleUpgrade(request, socket, head, (socket2) => socket2.close(4000));
  });
  const theirs = await RawSocket.connect(url);
  expect(await theirs.closed).toBe(4000);
  const ours = await RawSocket.connect(`${url}/sandbox`);
  expect((await ours.until('hello')).number).toBe(1);
});

it('takes a token alone for its options', async () => {
  const listener = createRequestListener(createExecutor(createQuickJSEngine()), 'secret');
  expect(listener.anonymous).toBe(false);
  await listener.close();
  const open = createRequestListener(createExecutor(createQuickJSEngine()));
  expect(open.anonymous).toBe(true);
  await open.close();
});

it('leaves the globals of its process as they are', async () => {
  const { Request: before, Response: responseBefore } = globalThis;
  await mount({});
  expect(globalThis.Request).toBe(before);
  expect(globalThis.Response).toBe(responseBefore);
});

it('answers what is no request for a URL', async () => {
  const { url } = await mount({ basePath: '/sandbox' });
  const { answer } = rawHttp(Number(new URL(url).port), 'GET /sandbox/../%\\ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect([400, 404]).toContain(statusOf(await answer));
});

it('closes its executor and its WebSockets, and leaves the server to its owner', async () => {
  const { url, listener, server } = await mount({ basePath: '/sandbox' });
  const client = await RawSocket.connect(`${url}/sandbox`);
  await client.until('hello');
  await listener.drain();
  expect(await client.closed).toBe(1000);
  expect(server.listening).toBe(true);
  expect(await (await fetch(`${url}/elsewhere`)).text()).toBe('the application');
  expect((await fetch(`${url}/sandbox/health/ready`)).status).toBe(503);
});
