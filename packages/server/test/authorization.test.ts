import { createHash } from 'node:crypto';
import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { describe, expect, it } from 'vitest';
import { createServerCore, type TokenOptions } from '../src/index.ts';
import { encodeUnit } from './numbered-unit.ts';
import { freshName, RawSocket, refusedUpgrade } from './raw-socket.ts';
import { postUnits, RawStream } from './raw-stream.ts';
import { startTestServer } from './server.ts';

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(`${url}/v1/capabilities`, { headers })).status;
}

it('lets in who has one of its tokens, and nobody else', async () => {
  const digest = createHash('sha256').update('second').digest('hex');
  const { url } = await startTestServer({
    tokens: [
      { name: 'one', token: 'first' },
      { name: 'two', token: `sha256:${digest}` },
    ],
  });
  expect(await status(url, bearer('first'))).toBe(200);
  expect(await status(url, bearer('second'))).toBe(200);
  expect(await status(url, { Authorization: 'bearer  first' })).toBe(200);
  for (const wrong of ['', 'firs', 'first2', 'third', digest, `sha256:${digest}`, 'x'.repeat(5000)])
    expect(await status(url, bearer(wrong))).toBe(401);
  expect(await status(url)).toBe(401);
  expect(await status(url, { Authorization: 'Basic first' })).toBe(401);
});

it('tells a refused client why, in the shape of the resource it asked for', async () => {
  const { url } = await startTestServer({ token: 'secret' });
  const response = await fetch(`${url}/v1/capabilities`);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  expect(await response.json()).toEqual({ error: { code: 'UNAUTHORIZED', name: 'UnauthorizedError', message: expect.any(String) } });
  const round = await fetch(`${url}/execute`, { method: 'POST', body: '{}' });
  expect([round.status, await round.json()]).toEqual([
    401,
    { status: 'error', error: { code: 'UNAUTHORIZED', name: 'Unauthorized', message: expect.any(String) } },
  ]);
});

describe('a WebSocket', () => {
  it('is refused before it is upgraded', async () => {
    const { url } = await startTestServer({ token: 'secret' });
    const refused = await refusedUpgrade(url, { token: 'wrong' });
    expect(refused).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHORIZED' } } });
  });

  it('may have its token in a subprotocol, as browsers do', async () => {
    const { url } = await startTestServer({ token: 'sec/ret+?~' });
    const encoded = Buffer.from('sec/ret+?~').toString('base64url');
    const client = await RawSocket.connect(url, { protocols: ['isomux.1', `isomux.bearer.${encoded}`] });
    expect(client.socket.protocol).toBe('isomux.1');
    expect((await client.until('hello')).number).toBe(1);
    for (const wrong of ['', '%', 'c2VjcmV0', '_w']) {
      expect((await refusedUpgrade(url, { protocols: ['isomux.1', `isomux.bearer.${wrong}`] })).status).toBe(401);
    }
  });
});

describe('a connection', () => {
  const tokens: TokenOptions[] = [
    { name: 'owner', token: 'owner-token' },
    { name: 'other', token: 'other-token' },
  ];

  it('is as unknown to another token as one that never was', async () => {
    const { url } = await startTestServer({ tokens });
    const name = freshName();
    const owner = await RawStream.connect(url, name, 0, bearer('owner-token'));
    await owner.until('hello');
    const refusals = async (connection: string): Promise<unknown[]> => {
      const attach = await fetch(`${url}/v1/runs?connection=${connection}&received=1`, { method: 'POST', headers: bearer('other-token') });
      const send = await postUnits(url, connection, [encodeUnit(1, 1)], bearer('other-token'));
      const close = await fetch(`${url}/v1/runs/${connection}`, { method: 'DELETE', headers: bearer('other-token') });
      const upgrade = await refusedUpgrade(url, { name: connection, received: 1, token: 'other-token' });
      return [
        ...(await Promise.all([attach, send, close].map(async (response) => [response.status, await response.json()]))),
        [upgrade.status, upgrade.body],
      ];
    };
    const foreign = await refusals(name);
    expect(foreign).toEqual(await refusals(freshName()));
    expect(foreign).toEqual(Array.from({ length: 4 }, () => [404, { error: expect.objectContaining({ code: 'EXECUTOR_LOST' }) }]));
    expect((await postUnits(url, name, [encodeUnit(0, 1)], bearer('owner-token'))).status).toBe(200);
    owner.cut();
  });

  it('may have the name of another token’s, which goes on undisturbed', async () => {
    const { url, stats } = await startTestServer({ tokens });
    const name = freshName();
    const owner = await RawSocket.connect(url, { name, token: 'owner-token' });
    await owner.until('hello');
    const other = await RawSocket.connect(url, { name, token: 'other-token' });
    expect((await other.until('hello')).number).toBe(1);
    expect(stats().connections).toBe(2);
    owner.send(1, 1, { header: { type: 'ping', nonce: 7 }, payloads: [] });
    expect((await owner.until('pong')).message.header.nonce).toBe(7);
  });
});

describe('a server without tokens', () => {
  it('listens for this machine alone, unless told otherwise in so many words', async () => {
    const { url } = await startTestServer();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    await expect(startTestServer({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const { url: everywhere } = await startTestServer({ host: '0.0.0.0', allowAnonymous: true });
    expect(await status(everywhere)).toBe(200);
  });

  it('takes no requests of web pages, whose users may not know of them', async () => {
    const { url } = await startTestServer();
    const headers = { Origin: 'https://page.example' };
    expect(await status(url, headers)).toBe(401);
    expect((await fetch(`${url}/execute`, { method: 'POST', headers, body: '{"code":"return 1"}' })).status).toBe(401);
    expect((await refusedUpgrade(url, { headers })).status).toBe(401);
    expect((await fetch(`${url}/health`, { headers })).status).toBe(200);
  });

  it('takes those of pages whose origin is allowed', async () => {
    const { url } = await startTestServer({ cors: ['https://page.example'] });
    expect(await status(url, { Origin: 'https://page.example' })).toBe(200);
    expect(await status(url, { Origin: 'https://other.example' })).toBe(401);
  });
});

describe('a web page', () => {
  const ask = {
    Origin: 'https://page.example',
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization',
  };

  it('may call a server that allows its origin', async () => {
    const { url } = await startTestServer({ token: 'secret', cors: ['https://page.example'] });
    const preflight = await fetch(`${url}/execute`, { method: 'OPTIONS', headers: ask });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://page.example');
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
    const refused = await fetch(`${url}/execute`, { method: 'POST', headers: { Origin: 'https://page.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://page.example']);
  });

  it('may not call one that says nothing of origins', async () => {
    const { url } = await startTestServer({ token: 'secret' });
    const preflight = await fetch(`${url}/execute`, { method: 'OPTIONS', headers: ask });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

it.each([
  [
    'two tokens of one name',
    {
      tokens: [
        { name: 'a', token: 'b' },
        { name: 'a', token: 'c' },
      ],
    },
  ],
  [
    'a token twice',
    {
      tokens: [
        { name: 'a', token: 'b' },
        { name: 'c', token: 'b' },
      ],
    },
  ],
  ['an empty token', { token: '' }],
  ['a token with a space', { token: 'a b' }],
  ['a digest that is none', { tokens: [{ name: 'a', token: 'sha256:1234' }] }],
  ['a name with a space', { tokens: [{ name: 'a b', token: 'c' }] }],
  ['a quota of no runs', { tokens: [{ name: 'a', token: 'c', maxRuns: 0 }] }],
])('refuses %s, and does not tell it', async (_what, options) => {
  const executor = createExecutor(createQuickJSEngine());
  expect(() => createServerCore(executor, options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  await executor.close();
});
