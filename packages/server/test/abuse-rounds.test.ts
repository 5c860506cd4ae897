import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { weighJson } from '../src/http/json-weight.ts';
import { rawHttp } from './raw-http.ts';
import { startServerProcess } from './server-process.ts';

const MiB = 1024 * 1024;

it('counts what requests bring for as long as their programs run', async () => {
  const server = await startServerProcess();
  const abort = new AbortController();
  const body = JSON.stringify({
    code: 'await new Promise((resolve) => setTimeout(resolve, 25_000))',
    tools: [{ name: 'add' }],
    toolResults: { tc_0: { success: true, value: 'x'.repeat(6 * MiB) } },
  });
  const statuses: number[] = [];
  const ask = async (): Promise<void> => {
    const response = await fetch(`${server.url}/execute`, { method: 'POST', headers: { Connection: 'close' }, body, signal: abort.signal });
    statuses.push(response.status);
  };
  const asked = Promise.allSettled(Array.from({ length: 6 }, ask));
  await expect.poll(() => statuses.length, { timeout: 10_000 }).toBe(3);
  expect(statuses).toEqual([503, 503, 503]);
  const { keptBytes, active } = await server.stats();
  expect(active).toBe(3);
  expect(keptBytes).toBeGreaterThan(18 * MiB);
  abort.abort();
  await asked;
  await expect.poll(async () => (await server.stats()).keptBytes).toBe(0);
});

it.each(['[],', '{},', '{"a":1},'])('refuses a body that is much more when it is read than while it is a text: %s', async (item) => {
  const server = await startServerProcess();
  const items = item.repeat(Math.floor((7 * MiB) / item.length)).slice(0, -1);
  const response = await fetch(`${server.url}/execute`, { method: 'POST', body: `{"code":"return 1","junk":[${items}]}` });
  expect([response.status, await response.json()]).toMatchObject([413, { status: 'error', error: { code: 'FRAME_INVALID' } }]);
});

it('takes text that only looks like values', async () => {
  const server = await startServerProcess();
  const body = JSON.stringify({ code: 'return 1', junk: '[],{}"\\'.repeat(MiB / 2) });
  expect(weighJson(body)).toBeLessThan(1000);
  const response = await fetch(`${server.url}/execute`, { method: 'POST', body });
  expect(await response.json()).toEqual({ status: 'done', success: true, value: 1, logs: [] });
});

it('keeps no more answers for clients that do not read than it may', async () => {
  const server = await startServerProcess();
  const body = JSON.stringify({ code: 'return "x".repeat(5 * 1024 * 1024)' });
  const clients = Array.from({ length: 16 }, () => {
    const client = rawHttp(server.port, `POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    client.socket.pause();
    return client;
  });
  await expect
    .poll(async () => (await server.stats()).totals, { timeout: 10_000 })
    .toMatchObject({ runs: 16, refusals: expect.any(Number) });
  await expect.poll(async () => (await server.stats()).totals.refusals, { timeout: 10_000 }).toBeGreaterThan(0);
  const { keptBytes } = await server.stats();
  expect(keptBytes).toBeGreaterThan(10 * MiB);
  expect(keptBytes).toBeLessThanOrEqual(24 * MiB);
  for (const { socket } of clients) socket.destroy();
  await expect.poll(async () => (await server.stats()).keptBytes, { timeout: 10_000 }).toBe(0);
  const response = await fetch(`${server.url}/execute`, { method: 'POST', body });
  expect(await response.json()).toMatchObject({ status: 'done', success: true });
  expect((await server.stats()).keptBytes).toBe(0);
});

it('says of a compressed body that it takes none', async () => {
  const server = await startServerProcess();
  const headers = { 'Content-Encoding': 'gzip' };
  const body = new Uint8Array(gzipSync('{"code":"return 1"}'));
  const response = await fetch(`${server.url}/execute`, { method: 'POST', headers, body });
  const message = expect.stringContaining('Content-Encoding') as unknown;
  expect([response.status, await response.json()]).toMatchObject([400, { error: { name: 'BadRequest', code: 'PROTOCOL_ERROR', message } }]);
});
