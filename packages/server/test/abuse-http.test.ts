import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer, type RunningServer } from '../src/node/index.ts';
import { encodeUnit, openMessage } from './numbered-unit.ts';
import { freshName, RawSocket } from './raw-socket.ts';
import { joinFrames, postUnits, RawStream } from './raw-stream.ts';
import { rawHttp, statusOf, trickle } from './raw-http.ts';

let server: RunningServer;
/** A client with nothing to do with the abuse, which must not notice it. */
let witness: RawSocket;
let sent = 0;

beforeAll(async () => {
  server = await startServer({
    executor: createExecutor(createQuickJSEngine(), { maxRuns: 4 }),
    port: 0,
    maxBodyBytes: 64 * 1024,
    bodyMs: 300,
    headersMs: 300,
    maxRequests: 20,
  });
  witness = await RawSocket.connect(server.url);
});

afterAll(() => server.close());

/** The other client's program runs, and nothing of the abuse is left. */
async function expectUnharmed(): Promise<void> {
  witness.send(++sent, 0, openMessage(`w${sent}`, 'return "fine"'));
  expect((await witness.until('outcome')).message.payloads).toEqual(['"fine"']);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
}

async function post(path: string, body: BodyInit | null, headers: Record<string, string> = {}): Promise<[number, string]> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    body,
    headers,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  return [response.status, await response.text()];
}

function endless(chunk: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

describe('headers', () => {
  it('that do not end in time are given up, however many send them', async () => {
    const lorises = Array.from({ length: 50 }, () => rawHttp(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n'));
    for (const loris of lorises) trickle(loris, 'x-a: b\r\n', 50);
    await expectUnharmed();
    for (const { answer } of lorises) expect(statusOf(await answer)).toBe(408);
  });

  it('that never begin are given up too', async () => {
    const silent = rawHttp(server.port);
    expect(statusOf(await silent.answer)).toBe(408);
  });

  it('that are too large are refused', async () => {
    const { answer } = rawHttp(server.port, `GET /health HTTP/1.1\r\nHost: a\r\nx-large: ${'a'.repeat(40_000)}\r\n\r\n`);
    expect(statusOf(await answer)).toBe(431);
    await expectUnharmed();
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a host that is none', 'GET /health HTTP/1.1\r\nHost: a b/c?d\r\nConnection: close\r\n\r\n'],
    ['two lengths', 'POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is none', 'POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
    ['chunks that are none', 'POST /execute HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a zero in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nx-a: b\0c\r\n\r\n'],
  ])('with %s are refused', async (_what, text) => {
    expect(statusOf(await rawHttp(server.port, text).answer)).toBe(400);
    await expectUnharmed();
  });
});

describe('a body', () => {
  it.each(['/execute', '/v1/validate'])('of %s that does not arrive in time is given up', async (path) => {
    const lorises = Array.from({ length: 8 }, () =>
      rawHttp(server.port, `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n`),
    );
    for (const loris of lorises) trickle(loris, ' ', 50);
    await expectUnharmed();
    for (const { answer } of lorises) expect(statusOf(await answer)).toBe(408);
  });

  it('of messages that does not arrive in time is given up', async () => {
    const name = freshName();
    const stream = await RawStream.connect(server.url, name);
    const loris = rawHttp(server.port, `POST /v1/runs/${name}/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n\0\0`);
    trickle(loris, '\x01', 50);
    expect(statusOf(await loris.answer)).toBe(408);
    stream.cut();
  });

  it.each(['/execute', '/v1/validate'])('of %s that is too large is refused, whether it says so or not', async (path) => {
    const declared = rawHttp(server.port, `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n`);
    expect(statusOf(await declared.answer)).toBe(413);
    const [status, body] = await post(path, endless(new Uint8Array(8192).fill(32))).catch(() => [413, '"FRAME_INVALID"']);
    expect(status).toBe(413);
    expect(body).toContain('"FRAME_INVALID"');
    await expectUnharmed();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"code":'],
    ['bytes that are no text', new Uint8Array([0x22, 0xff, 0x22])],
    ['JSON that is no request', '[]'],
    ['a request without code', '{"tools":[]}'],
    ['code that is no text', '{"code":1}'],
    ['nested JSON', '['.repeat(30_000)],
  ])('of /execute with %s is refused', async (_what, body) => {
    const [status, text] = await post('/execute', body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      status: 'error',
      error: { name: 'BadRequest', code: 'PROTOCOL_ERROR', message: expect.any(String) },
    });
  });

  it.each([
    ['a frame that is cut off', new Uint8Array([0, 0, 0, 9, 1]), 400, 'PROTOCOL_ERROR'],
    ['half of a length', new Uint8Array([0, 0]), 400, 'PROTOCOL_ERROR'],
    ['a frame without bytes', new Uint8Array(4), 400, 'PROTOCOL_ERROR'],
    ['a frame that is larger than a unit', new Uint8Array([0xff, 0xff, 0xff, 0xff]), 413, 'FRAME_INVALID'],
    ['a unit that is none', joinFrames([new Uint8Array([0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3])]), 400, 'PROTOCOL_ERROR'],
    [
      'a unit of the other half',
      joinFrames([encodeUnit(1, 0, { header: { type: 'started', run: 'r', queueWaitMs: 0 }, payloads: [] })]),
      400,
      'PROTOCOL_ERROR',
    ],
  ])('of messages with %s is refused', async (_what, body, status, code) => {
    const name = freshName();
    const stream = await RawStream.connect(server.url, name);
    const response = await fetch(`${server.url}/v1/runs/${name}/messages`, { method: 'POST', body });
    expect([response.status, await response.json()]).toEqual([status, { error: expect.objectContaining({ code }) }]);
    const begun = await fetch(`${server.url}/v1/runs?connection=${freshName()}&received=0`, { method: 'POST', body });
    expect([200, status]).toContain(begun.status);
    await begun.body?.cancel();
    stream.cut();
    await expectUnharmed();
  });

  it('that breaks off does no harm', async () => {
    const name = freshName();
    const stream = await RawStream.connect(server.url, name);
    for (const path of ['/execute', `/v1/runs/${name}/messages`, `/v1/runs?connection=${freshName()}&received=0`]) {
      const { socket, answer } = rawHttp(server.port, `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{`);
      socket.end();
      await answer;
    }
    expect((await postUnits(server.url, name, [encodeUnit(0, 1)])).status).toBe(200);
    stream.cut();
    await expectUnharmed();
  });
});

it('refuses requests beyond those that it may have to answer, and tells its health all the same', async () => {
  const held = Array.from({ length: 20 }, () => rawHttp(server.port, 'POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'));
  const ask = (): Promise<Response> => fetch(`${server.url}/v1/capabilities`);
  await expect.poll(async () => (await ask()).status, { interval: 5 }).toBe(503);
  const refused = await ask();
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  for (const { socket } of held) socket.destroy();
  await expect.poll(async () => (await ask()).status).toBe(200);
  await expectUnharmed();
});

it('ends the socket of a client that asks and does not read', async () => {
  const brief = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0, stallMs: 200 });
  const { socket } = rawHttp(brief.port);
  socket.pause();
  socket.write('GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4000));
  const sockets = (): Promise<number> =>
    new Promise((resolve, reject) => brief.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))));
  await expect.poll(sockets).toBe(1);
  await expect.poll(sockets, { timeout: 10_000 }).toBe(0);
  socket.destroy();
  await brief.close();
});

describe('a path', () => {
  it.each(['/', '/nothing', '/execute/', '/v1', '//', '/%', '/%ff', '/..', `/${'a'.repeat(8000)}`, '/v1/runs/../../health/x'])(
    'of nothing is not found: %s',
    async (path) => {
      const { answer } = rawHttp(server.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect([400, 404]).toContain(statusOf(await answer));
    },
  );

  it('of nothing is told in the shape that clients of the round protocol know', async () => {
    const response = await fetch(`${server.url}/nothing`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { status: 'error', error: { name: 'NotFound', code: 'INVALID_OPTION', message: expect.any(String) } },
    ]);
    const versioned = await fetch(`${server.url}/v1/nothing`);
    expect(await versioned.json()).toEqual({ error: { name: 'IsomuxError', code: 'INVALID_OPTION', message: expect.any(String) } });
  });
});
