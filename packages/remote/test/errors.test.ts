import type { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { Result } from '@isomux/driver';
import { createFleetDriver } from '../src/driver.ts';
import { createRemoteIsolateDriver } from '../src/index.ts';
import { parseRemoteOptions } from '../src/options.ts';
import type { RemoteIsolateDriverOptions, Transport } from '../src/index.ts';
import type { RemoteSettings } from '../src/options.ts';
import { startSection14Server } from './section-14-server.ts';
import { HELLO, numbered, startScriptedServer } from './scripted-server.ts';
import type { Script, ScriptedServer } from './scripted-server.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  closers.push(() => server.close());
  return server;
}

async function runOnce(options: RemoteIsolateDriverOptions, settings: Partial<RemoteSettings> = {}): Promise<Result> {
  await using driver = createFleetDriver({ ...parseRemoteOptions(options), firstContactMs: 100, ...settings }, options);
  const context = await driver.createContext({ bindings: {} });
  return await context.execute('return 1');
}

function codeOf(result: Result): string | undefined {
  return result.success ? 'success' : result.error.code;
}

const refusal = (code: string): string => JSON.stringify({ error: { code, name: 'x', message: 'said the test' } });

const BAD_OPTIONS: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no endpoint', { endpoint: undefined }],
  ['an empty array of endpoints', { endpoint: [] }],
  ['an endpoint that is no URL', { endpoint: 'executor.example.com' }],
  ['an endpoint of another scheme', { endpoint: 'ws://executor.example.com' }],
  ['an endpoint with credentials', { endpoint: 'https://user:secret@executor.example.com' }],
  ['an endpoint with a fragment', { endpoint: 'https://executor.example.com/#part' }],
  ['an endpoint that is a number', { endpoint: [1] }],
  ['an unknown transport', { transport: 'carrier-pigeon' }],
  ['an authorization that is no string', { authorization: 5 }],
  ['an authorization of two lines', { authorization: 'Bearer secret\r\nX-Other: secret' }],
  ['another scheme over WebSockets alone', { transport: 'websocket', authorization: 'Basic secret' }],
  ['no rounds', { maxToolRounds: 0 }],
  ['a fetchImpl that is no function', { fetchImpl: 'fetch' }],
  ['a negative reconnectMs', { reconnectMs: -1 }],
  ['a connectTimeoutMs of nothing', { connectTimeoutMs: 0 }],
  ['an idleMs that is no number', { idleMs: Number.NaN }],
  ['a timeout that is no number', { timeout: 'long' }],
];

it.each(BAD_OPTIONS)('refuses %s', (_name, options) => {
  const create = (): unknown => createRemoteIsolateDriver({ endpoint: 'https://executor.example.com', ...options });
  expect(create).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.not.stringContaining('secret') as string }));
});

it('takes the /execute off that existing drivers are given', async () => {
  const server = await startSection14Server();
  closers.push(() => server.kill());
  expect(await runOnce({ endpoint: `${server.url}/execute` })).toMatchObject({ value: 1 });
});

it('says UNREACHABLE where nothing listens', async () => {
  const server = await start({});
  await server.close();
  expect(codeOf(await runOnce({ endpoint: server.url }))).toBe('UNREACHABLE');
});

for (const transport of ['websocket', 'http'] satisfies Transport[]) {
  it(`comes in over ${transport} with the token, and says UNAUTHORIZED without`, async () => {
    const server = await startSection14Server({ token: 'tökèn-+/='.normalize('NFKD').replaceAll(/[^ -~]/g, '') });
    closers.push(() => server.kill());
    const endpoint = server.url;
    expect(await runOnce({ endpoint, transport, authorization: 'Bearer token-+/=' })).toMatchObject({ value: 1 });
    expect(codeOf(await runOnce({ endpoint, transport, authorization: 'Bearer other' }))).toBe('UNAUTHORIZED');
    expect(codeOf(await runOnce({ endpoint, transport }))).toBe('UNAUTHORIZED');
  });
}

it('keeps the token out of the message', async () => {
  const server = await start({ request: (_request, response) => Boolean(response.writeHead(401).end(refusal('UNAUTHORIZED'))) });
  const result = await runOnce({ endpoint: `${server.url}?key=secret`, authorization: 'Bearer secret' });
  expect(JSON.stringify(result)).not.toContain('secret');
});

const ANSWERS: readonly (readonly [number, string, string])[] = [
  [401, refusal('UNAUTHORIZED'), 'UNAUTHORIZED'],
  [403, '', 'UNAUTHORIZED'],
  [429, refusal('OVERLOADED'), 'OVERLOADED'],
  [429, 'slow down', 'OVERLOADED'],
  [503, refusal('OVERLOADED'), 'OVERLOADED'],
  [503, refusal('DRAINING'), 'DRAINING'],
  [503, '<html>', 'UNREACHABLE'],
  [500, refusal('UNAUTHORIZED'), 'UNREACHABLE'],
  [502, '<html>', 'UNREACHABLE'],
  [400, refusal('PROTOCOL_ERROR'), 'UNREACHABLE'],
  [426, '', 'UNREACHABLE'],
  [204, '', 'UNREACHABLE'],
  [200, '', 'UNREACHABLE'],
  [200, '<html>', 'UNREACHABLE'],
  [200, '[]', 'UNREACHABLE'],
  [200, 'null', 'UNREACHABLE'],
  [200, `"${'x'.repeat(300_000)}"`, 'UNREACHABLE'],
];

it.each(ANSWERS)('takes status %i with %.30s for %s', async (status, body, code) => {
  const server = await start({ request: (_request, response) => Boolean(response.writeHead(status).end(body)) });
  expect(codeOf(await runOnce({ endpoint: server.url, reconnectMs: 100 }))).toBe(code);
});

it('reads no more of an endless answer than capabilities can have', async () => {
  const written: number[] = [];
  const server = await start({
    request: (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const write = (): void => {
        while (response.write(chunk));
      };
      response.on('drain', write);
      response.on('close', () => written.push(response.socket?.bytesWritten ?? 0));
      write();
      return true;
    },
  });
  expect(codeOf(await runOnce({ endpoint: server.url }))).toBe('UNREACHABLE');
  await expect.poll(() => written.length).toBeGreaterThan(0);
  // What the sockets of both sides hold comes on top.
  for (const bytes of written) expect(bytes).toBeLessThan(16 * 1024 * 1024);
});

it.each([301, 302, 303, 307, 308])('does not follow a redirect of status %i, to its own server or another', async (status) => {
  const other = await start({});
  for (const location of [`${other.url}/v1/capabilities`, '/elsewhere', 'https://example.com/']) {
    const server = await start({ request: (_request, response) => Boolean(response.writeHead(status, { location }).end()) });
    const result = await runOnce({ endpoint: server.url, authorization: 'Bearer secret' });
    expect(codeOf(result)).toBe('UNREACHABLE');
    expect(server.requests).toEqual(['GET /v1/capabilities']);
  }
  expect(other.requests).toEqual([]);
});

it('does not follow a redirect of the messages either', async () => {
  const other = await start({});
  const server = await start({
    request: (request, response) => {
      if (request.url === '/v1/capabilities') return false;
      if (request.url?.includes('/messages') === true) response.writeHead(307, { location: other.url }).end();
      else response.writeHead(200).write(Buffer.concat([Buffer.from([0, 0, 0, 8]), Buffer.alloc(8)]));
      return true;
    },
  });
  expect((await runOnce({ endpoint: server.url, transport: 'http', timeout: 300 })).success).toBe(false);
  expect(other.requests).toEqual([]);
});

it('does not follow a redirect of an upgrade either', async () => {
  const other = await start({});
  const upgrade = (socket: Duplex): void => {
    socket.end(`HTTP/1.1 302 Found\r\nlocation: ${other.url.replace('http', 'ws')}/\r\ncontent-length: 0\r\n\r\n`);
  };
  const server = await start({ upgrade });
  const options = { endpoint: server.url, transport: 'websocket', authorization: 'Bearer secret', reconnectMs: 100 } as const;
  expect(codeOf(await runOnce(options))).toBe('UNREACHABLE');
  expect(server.requests.some((request) => request.startsWith('UPGRADE'))).toBe(true);
  expect(other.requests).toEqual([]);
});

it('says VERSION_MISMATCH to a server of another version, whatever else it says', async () => {
  const server = await start({ capabilities: () => ({ version: 2, flavour: 'new' }) });
  expect(codeOf(await runOnce({ endpoint: server.url }))).toBe('VERSION_MISMATCH');
});

it('says VERSION_MISMATCH to a hello of another version', async () => {
  const server = await start({ socket: (socket) => socket.send(numbered(1, 0, { ...HELLO, version: 2 })) });
  expect(codeOf(await runOnce({ endpoint: server.url }))).toBe('VERSION_MISMATCH');
});

it('says UNREACHABLE to a server that offers no transport it may use', async () => {
  const server = await start({ capabilities: (sound) => ({ ...sound, transports: ['smoke-signals'] }) });
  expect(codeOf(await runOnce({ endpoint: server.url }))).toBe('UNREACHABLE');
});

it('gives a single server that drains up when reconnectMs is over', async () => {
  const server = await startSection14Server();
  closers.push(() => server.kill());
  server.draining = true;
  expect(codeOf(await runOnce({ endpoint: server.url, reconnectMs: 100 }))).toBe('DRAINING');
});

it('retries a connection that failed once', async () => {
  let asked = 0;
  const server = await startSection14Server();
  closers.push(() => server.kill());
  const fetchImpl: typeof fetch = (...request) => (++asked === 1 ? Promise.reject(new TypeError('a blip')) : fetch(...request));
  expect(await runOnce({ endpoint: server.url, fetchImpl })).toMatchObject({ value: 1 });
});

it('ends with the run’s own budget where the server never answers', async () => {
  const server = await start({ request: () => true });
  expect(codeOf(await runOnce({ endpoint: server.url, timeout: 100 }))).toBe('QUEUE_TIMEOUT');
});

it('lets no run that waits hold up another', async () => {
  const server = await startSection14Server();
  closers.push(() => server.kill());
  const hanging = await start({ request: () => true });
  await using driver = createRemoteIsolateDriver({ endpoint: [hanging.url, server.url] });
  const contexts = await Promise.all(Array.from({ length: 10 }, (_, key) => driver.createContext({ bindings: {}, affinityKey: `${key}` })));
  const results = await Promise.all(contexts.map((context) => context.execute('return 1')));
  expect(results.map((result) => result.success)).toEqual(Array.from({ length: 10 }, () => true));
});
