import type { Message } from '@isomux/protocol';
import fc from 'fast-check';
import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type RunningServer } from '../src/node/index.ts';
import { openMessage, settleMessage } from './numbered-unit.ts';
import { freshName, RawSocket, refusedUpgrade } from './raw-socket.ts';
import { rawHttp, statusOf } from './raw-http.ts';

const MAX_BODY_BYTES = 64 * 1024;

let server: RunningServer;
let witness: RawSocket;
let sent = 0;

beforeAll(async () => {
  server = await startServer({ executor: createExecutor(createQuickJSEngine(), { maxRuns: 4 }), port: 0, maxBodyBytes: MAX_BODY_BYTES });
  witness = await RawSocket.connect(server.url);
});

afterAll(() => server.close());

async function expectUnharmed(): Promise<void> {
  witness.send(++sent, 0, openMessage(`w${sent}`, 'return "fine"'));
  expect((await witness.until('outcome')).message.payloads).toEqual(['"fine"']);
}

/** Sends what no client sends, and resolves with the fault and the close code it gets. */
async function abuse(send: (client: RawSocket) => void): Promise<[string | undefined, number]> {
  const client = await RawSocket.connect(server.url);
  await client.until('hello');
  send(client);
  const fault = await client.until('fault').catch(() => undefined);
  return [fault?.message.header.code, await client.closed];
}

function unit(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]), Buffer.from(text)]);
}

const abort: Message = { header: { type: 'abort', run: 'r1', code: 'ABORTED' }, payloads: [] };

describe('a WebSocket is closed after a fault when it brings', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'FRAME_INVALID'],
    ['half of a prefix', new Uint8Array(7), 'FRAME_INVALID'],
    ['an acknowledgement with more', new Uint8Array(9), 'FRAME_INVALID'],
    ['a prefix alone', new Uint8Array([0, 0, 0, 1, 0, 0, 0, 1]), 'FRAME_INVALID'],
    ['no header', unit('\n'), 'FRAME_INVALID'],
    ['a header that is no JSON', unit('{\n'), 'FRAME_INVALID'],
    ['a header without payload lengths', unit('{"type":"ping","nonce":1}\n'), 'FRAME_INVALID'],
    ['payload lengths that are wrong', unit('{"p":[5],"type":"ping","nonce":1}\nabc'), 'FRAME_INVALID'],
    [
      'bytes that are no text',
      Buffer.concat([unit('{"p":[1],"type":"settle","run":"r","calls":[{"id":0,"ok":true}]}\n'), Buffer.from([0xff])]),
      'FRAME_INVALID',
    ],
    ['an unknown message', unit('{"p":[],"type":"hack"}\n'), 'PROTOCOL_ERROR'],
    ['a message of the other half', unit('{"p":[],"type":"started","run":"r1","queueWaitMs":0}\n'), 'PROTOCOL_ERROR'],
    ['a run that has no name', unit('{"p":[],"type":"abort","run":"","code":"ABORTED"}\n'), 'PROTOCOL_ERROR'],
  ])('%s', async (_what, bytes, code) => {
    expect(await abuse((client) => client.socket.send(bytes))).toEqual([code, 1000]);
    await expectUnharmed();
  });

  it('text', async () => {
    expect(await abuse((client) => client.socket.send('{"type":"open"}'))).toEqual(['FRAME_INVALID', 1000]);
  });

  it('the same run twice', async () => {
    const [code, closed] = await abuse((client) => {
      client.send(1, 1, openMessage('r1', 'await wait({})', ['wait']));
      client.send(2, 1, openMessage('r1', 'await wait({})', ['wait']));
    });
    expect([code, closed]).toEqual(['PROTOCOL_ERROR', 1000]);
    await expectUnharmed();
  });

  it('any bytes at all, which never stop the server', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 0, maxLength: 64 }), async (bytes) => {
        const client = await RawSocket.connect(server.url);
        client.socket.send(bytes);
        client.socket.close(1000);
        await client.closed;
      }),
      { seed: 20_260_101, numRuns: 100 },
    );
    await expectUnharmed();
  });
});

describe('a message that is larger than a unit may be', () => {
  it('ends the WebSocket, and the connection with it', async () => {
    const { connections } = server.stats();
    const client = await RawSocket.connect(server.url);
    await client.until('hello');
    client.socket.send(new Uint8Array(MAX_BODY_BYTES + 1));
    expect(await client.closed).toBe(1009);
    await expect.poll(() => server.stats().connections).toBe(connections);
    await expectUnharmed();
  });

  it('in fragments does so too', async () => {
    const client = await RawSocket.connect(server.url);
    await client.until('hello');
    for (let fragment = 0; fragment < 10; fragment++) client.socket.send(new Uint8Array(10_000), { fin: false });
    expect(await client.closed).toBe(1009);
    await expectUnharmed();
  });
});

describe('a settlement', () => {
  it('of a run of another connection does nothing', async () => {
    const owner = await RawSocket.connect(server.url);
    owner.send(1, 0, openMessage('r1', 'return await wait({})', ['wait']));
    await owner.until('turn');
    const thief = await RawSocket.connect(server.url);
    await thief.until('hello');
    thief.send(1, 1, settleMessage('r1', 0, 'stolen'));
    thief.send(2, 1, abort);
    thief.send(3, 1, { header: { type: 'ping', nonce: 1 }, payloads: [] });
    await thief.until('pong');
    owner.send(2, 0, settleMessage('r1', 0, 'mine'));
    expect((await owner.until('outcome')).message.payloads).toEqual(['"mine"']);
    await owner.cut();
    await thief.cut();
  });

  it('that is forged, or comes twice, counts for nothing', async () => {
    const client = await RawSocket.connect(server.url);
    client.send(1, 0, openMessage('r1', 'const a = await wait({}); return [a, await wait({})]', ['wait']));
    await client.until('turn');
    let number = 1;
    const settle = (id: number, value: unknown): void => client.send(++number, 0, settleMessage('r1', id, value));
    settle(1, 'too early');
    settle(999_999, 'never asked');
    settle(0, 'first');
    settle(0, 'again');
    await client.until('turn');
    settle(0, 'late');
    settle(1, 'second');
    settle(1, 'again');
    expect((await client.until('outcome')).message.payloads).toEqual(['["first","second"]']);
    settle(1, 'after the end');
    client.send(++number, 0, { header: { type: 'ping', nonce: 1 }, payloads: [] });
    await client.until('pong');
    await client.cut();
  });
});

describe('a flood', () => {
  it('of pings is answered for one that reads, and nobody else waits for it', async () => {
    const client = await RawSocket.connect(server.url);
    await client.until('hello');
    for (let nonce = 1; nonce <= 20_000; nonce++) client.send(nonce, nonce, { header: { type: 'ping', nonce }, payloads: [] });
    await expectUnharmed();
    await client.cut();
  });

  it('of settlements of runs that are not there does nothing', async () => {
    const client = await RawSocket.connect(server.url);
    await client.until('hello');
    for (let number = 1; number <= 10_000; number++) client.send(number, 1, settleMessage(`r${number}`, number, 'x'));
    client.send(10_001, 1, { header: { type: 'ping', nonce: 1 }, payloads: [] });
    expect((await client.until('pong')).message.header.nonce).toBe(1);
    await expectUnharmed();
    await client.cut();
  });

  it('of sockets that say nothing leaves room for those that do', async () => {
    const sockets = Array.from({ length: 300 }, () => rawHttp(server.port));
    await expectUnharmed();
    for (const { socket } of sockets) socket.destroy();
  });

  it('of connections that begin and break leaves nothing behind but their grace', async () => {
    const brief = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0, graceMs: 0 });
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => RawSocket.connect(brief.url)));
      await Promise.all(clients.map((client) => client.cut()));
    }
    await expect.poll(() => brief.stats().connections).toBe(0);
    expect(brief.stats()).toMatchObject({ totals: { connections: 200 }, keptBytes: 0 });
    await brief.close();
  });
});

describe('a request for a WebSocket', () => {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const path = `/v1/runs?connection=${'n'.repeat(22)}&received=0`;

  it.each([
    ['without a key', `GET ${path} HTTP/1.1\r\nHost: a\r\n${upgrade}\r\n`, 400],
    ['of another version', `GET ${path} HTTP/1.1\r\nHost: a\r\n${upgrade}${key.replace('13', '7')}\r\n`, 400],
    ['with another method', `POST ${path} HTTP/1.1\r\nHost: a\r\n${upgrade}${key}\r\n`, 400],
    ['for another path', `GET /v1/nothing HTTP/1.1\r\nHost: a\r\n${upgrade}${key}\r\n`, 404],
    ['without parameters', `GET /v1/runs HTTP/1.1\r\nHost: a\r\n${upgrade}${key}\r\n`, 400],
    ['with a path that is none', `GET //[ HTTP/1.1\r\nHost: a\r\n${upgrade}${key}\r\n`, 400],
  ])('%s is refused', async (_what, text, status) => {
    const { answer } = rawHttp(server.port, text);
    expect(statusOf(await answer)).toBe(status);
    await expectUnharmed();
  });

  it('that asks for other subprotocols alone is refused', async () => {
    expect(await refusedUpgrade(server.url, { protocols: ['isomux.2'] })).toMatchObject({
      status: 400,
      body: { error: { code: 'PROTOCOL_ERROR' } },
    });
  });

  it('that asks for no subprotocol gets none', async () => {
    const client = await RawSocket.connect(server.url, { protocols: [] });
    expect(client.socket.protocol).toBe('');
    await client.until('hello');
    await client.cut();
  });

  it('offers no compression, whatever the client asks for', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/runs?connection=${freshName()}&received=0`, ['isomux.1']);
    await new Promise((resolve) => socket.on('open', resolve));
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('is an ordinary request where it asks to upgrade to something else', async () => {
    const text = 'GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    expect(statusOf(await rawHttp(server.port, text).answer)).toBe(200);
  });

  it('is told that a resource wants one', async () => {
    const response = await fetch(`${server.url}${path}`);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: 'PROTOCOL_ERROR' }) }]);
  });
});
