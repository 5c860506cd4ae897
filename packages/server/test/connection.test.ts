import type { Message } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { encodeUnit, openMessage, settleMessage } from './numbered-unit.ts';
import { freshName, RawSocket, refusedUpgrade } from './raw-socket.ts';
import { postUnits, RawStream } from './raw-stream.ts';
import { startTestServer } from './server.ts';

const ping = (nonce: number): Message => ({ header: { type: 'ping', nonce }, payloads: [] });

describe('the first unit of the server', () => {
  it('says how many messages it has, before the client sends any', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const first = await RawSocket.connect(url, { name });
    expect(await first.unit()).toMatchObject({ number: 1, acknowledged: 0 });
    first.send(1, 1, ping(1));
    first.send(2, 1, ping(2));
    await first.until('pong');
    await first.until('pong');
    await first.cut();
    const second = await RawSocket.connect(url, { name, received: 3 });
    expect(await second.unit()).toEqual({ number: 0, acknowledged: 2, message: undefined });
  });
});

describe('a number', () => {
  it('that came already is dropped', async () => {
    const { url } = await startTestServer();
    const client = await RawSocket.connect(url);
    await client.until('hello');
    client.send(1, 1, ping(1));
    client.send(1, 1, ping(1));
    client.send(1, 1, ping(99));
    client.send(2, 1, ping(2));
    expect((await client.until('pong')).message.header.nonce).toBe(1);
    expect((await client.until('pong')).message.header.nonce).toBe(2);
  });

  it('that is not due yet breaks the socket, and not the connection', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const first = await RawSocket.connect(url, { name });
    await first.until('hello');
    first.send(1, 1, openMessage('r1', 'return await add({}) + 1', ['add']));
    const turn = await first.until('turn');
    first.send(3, turn.number, ping(3));
    expect(await first.closed).toBe(1006);
    const second = await RawSocket.connect(url, { name, received: turn.number });
    second.send(2, turn.number, settleMessage('r1', 0, 1));
    expect((await second.until('outcome')).message.payloads).toEqual(['2']);
  });

  it('of more messages than the server has sent ends the connection', async () => {
    const { url, stats } = await startTestServer();
    const client = await RawSocket.connect(url);
    await client.until('hello');
    client.send(1, 1000, ping(1));
    expect(await client.closed).toBe(1000);
    await expect.poll(() => stats().connections).toBe(0);
  });

  it('of fewer messages than were acknowledged means nothing', async () => {
    const { url } = await startTestServer();
    const client = await RawSocket.connect(url);
    await client.until('hello');
    client.send(1, 1, ping(1));
    await client.until('pong');
    client.send(2, 2, ping(2));
    await client.until('pong');
    client.send(3, 0, ping(3));
    expect((await client.until('pong')).message.header.nonce).toBe(3);
  });
});

describe('coming again', () => {
  it('takes the place of the socket before', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const first = await RawSocket.connect(url, { name });
    await first.until('hello');
    const second = await RawSocket.connect(url, { name, received: 1 });
    expect(await first.closed).toBe(4409);
    second.send(1, 1, ping(1));
    expect((await second.until('pong')).message.header.nonce).toBe(1);
  });

  it('may change from a WebSocket to a stream and back', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const first = await RawSocket.connect(url, { name });
    await first.until('hello');
    const stream = await RawStream.connect(url, name, 1);
    expect(await first.closed).toBe(4409);
    await postUnits(url, name, [encodeUnit(1, 1, ping(1))]);
    expect((await stream.until('pong')).number).toBe(2);
    const last = await RawSocket.connect(url, { name, received: 2 });
    expect(await stream.unit()).toBeUndefined();
    last.send(2, 2, ping(2));
    expect((await last.until('pong')).message.header.nonce).toBe(2);
  });

  it('with messages of a connection that is not there is refused', async () => {
    const { url } = await startTestServer();
    expect(await refusedUpgrade(url, { received: 1 })).toMatchObject({ status: 404, body: { error: { code: 'EXECUTOR_LOST' } } });
    const stream = await fetch(`${url}/v1/runs?connection=${freshName()}&received=7`, { method: 'POST' });
    expect([stream.status, await stream.json()]).toEqual([404, { error: expect.objectContaining({ code: 'EXECUTOR_LOST' }) }]);
    const sent = await postUnits(url, freshName(), [encodeUnit(1, 0, ping(1))]);
    expect(sent.status).toBe(404);
  });

  it('is too late after the grace period, when the runs are dropped', async () => {
    const { url, stats } = await startTestServer({ graceMs: 20 });
    const name = freshName();
    const client = await RawSocket.connect(url, { name });
    await client.until('hello');
    client.send(1, 1, openMessage('r1', 'await wait({})', ['wait']));
    await client.until('turn');
    await client.cut();
    await expect.poll(() => stats().connections).toBe(0);
    expect(stats().outcomes).toEqual({ dropped: 1 });
    expect(stats().active).toBe(0);
    expect((await refusedUpgrade(url, { name, received: 2 })).status).toBe(404);
  });
});

describe('the end', () => {
  it('is a WebSocket that is closed with 1000', async () => {
    const { url, stats } = await startTestServer();
    const client = await RawSocket.connect(url);
    await client.until('hello');
    client.socket.close(1000);
    await expect.poll(() => stats().connections).toBe(0);
  });

  it('is not a WebSocket that is closed with another code', async () => {
    const { url, stats } = await startTestServer();
    const name = freshName();
    const client = await RawSocket.connect(url, { name });
    await client.until('hello');
    client.socket.close(1001);
    await client.closed;
    expect(stats().connections).toBe(1);
    const again = await RawSocket.connect(url, { name, received: 1 });
    expect((await again.unit())?.number).toBe(0);
  });

  it('comes with a DELETE, and drops the runs', async () => {
    const { url, stats } = await startTestServer();
    const name = freshName();
    const client = await RawSocket.connect(url, { name });
    client.send(1, 0, openMessage('r1', 'await wait({})', ['wait']));
    await client.until('turn');
    expect((await fetch(`${url}/v1/runs/${name}`, { method: 'DELETE' })).status).toBe(204);
    expect(await client.closed).toBe(1000);
    await expect.poll(() => stats().outcomes['dropped']).toBe(1);
    expect((await fetch(`${url}/v1/runs/${name}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('comes with a fault of the client', async () => {
    const { url, stats } = await startTestServer();
    const client = await RawSocket.connect(url);
    await client.until('hello');
    client.send(1, 1, { header: { type: 'fault', code: 'PROTOCOL_ERROR' }, payloads: ['"no"'] });
    expect(await client.closed).toBe(1000);
    await expect.poll(() => stats().connections).toBe(0);
  });
});

describe('a run that has more to say at once than is kept for a client', () => {
  it.each([
    ['what it returns', 'return "x".repeat(2_000_000)', 'RETURN_TOO_LARGE'],
    ['what it passes to tools', 'return await wait("x".repeat(2_000_000))', 'MEMORY_LIMIT'],
  ])('by %s ends, and what shares its connection goes on', async (_what, code, expected) => {
    const { url, stats } = await startTestServer({ maxHeldBytes: 1024 * 1024 });
    const client = await RawSocket.connect(url);
    client.send(1, 0, openMessage('other', 'return await wait({})', ['wait']));
    await client.until('turn');
    client.send(2, 2, openMessage('large', code, ['wait']));
    const outcome = await client.until('outcome');
    expect(outcome.message.header).toMatchObject({ run: 'large', status: 'failure' });
    expect(JSON.parse(outcome.message.payloads[0] ?? '')).toMatchObject({ code: expected });
    client.send(3, outcome.number, settleMessage('other', 0, 'fine'));
    expect((await client.until('outcome')).message).toMatchObject({ header: { run: 'other' }, payloads: ['"fine"'] });
    client.send(4, outcome.number, openMessage('large', 'return "small"'));
    expect((await client.until('outcome')).message).toMatchObject({ header: { run: 'large' }, payloads: ['"small"'] });
    expect(stats()).toMatchObject({ active: 0, outcomes: { ok: 2, [expected]: 1 } });
  });
});

describe('messages in a request', () => {
  it('wait at the client while there is no stream', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const first = await RawStream.connect(url, name);
    await first.until('hello');
    first.cut();
    const sent = async (): Promise<unknown> => (await postUnits(url, name, [encodeUnit(1, 1, ping(1))])).json();
    await expect.poll(sent).toEqual({ received: expect.any(Number) });
    const second = await RawStream.connect(url, name, 1);
    expect(await sent()).toEqual({ received: 1 });
    expect((await second.until('pong')).number).toBe(2);
    second.cut();
  });

  it('that are repeated are taken once', async () => {
    const { url } = await startTestServer();
    const name = freshName();
    const stream = await RawStream.connect(url, name);
    await stream.until('hello');
    const units = [encodeUnit(1, 1, ping(1)), encodeUnit(2, 1, ping(2))];
    for (let time = 0; time < 2; time++) expect(await (await postUnits(url, name, units)).json()).toEqual({ received: 2 });
    await postUnits(url, name, [encodeUnit(3, 1, ping(3))]);
    const nonces = [await stream.until('pong'), await stream.until('pong'), await stream.until('pong')].map(
      ({ message }) => message?.header,
    );
    expect(nonces).toMatchObject([{ nonce: 1 }, { nonce: 2 }, { nonce: 3 }]);
    stream.cut();
  });
});

it.each([
  ['without a name', 'received=0'],
  ['with a name that is too short', `connection=${'a'.repeat(21)}&received=0`],
  ['with a name that is too long', `connection=${'a'.repeat(65)}&received=0`],
  ['with a name of other characters', `connection=${'a'.repeat(22)}%00&received=0`],
  ['without a number', `connection=${'a'.repeat(22)}`],
  ['with a negative number', `connection=${'a'.repeat(22)}&received=-1`],
  ['with a number that is none', `connection=${'a'.repeat(22)}&received=1e3`],
  ['with a number of more than 32 bits', `connection=${'a'.repeat(22)}&received=4294967296`],
])('refuses to begin %s', async (_what, query) => {
  const { url } = await startTestServer();
  const response = await fetch(`${url}/v1/runs?${query}`, { method: 'POST' });
  expect([response.status, await response.json()]).toEqual([400, { error: expect.objectContaining({ code: 'PROTOCOL_ERROR' }) }]);
});
