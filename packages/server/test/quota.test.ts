import { describe, expect, it } from 'vitest';
import { createQuota } from '../src/access/quota.ts';
import { openMessage } from './numbered-unit.ts';
import { rawHttp, statusOf, type RawHttp } from './raw-http.ts';
import { RawSocket, refusedUpgrade } from './raw-socket.ts';
import { startTestServer } from './server.ts';

const waits = 'return await wait({})';

describe('runs at once', () => {
  it('are bounded within one connection, and over all of one token', async () => {
    const { url, stats } = await startTestServer({
      tokens: [
        { name: 'small', token: 'a', maxRuns: 2 },
        { name: 'large', token: 'b' },
      ],
    });
    const first = await RawSocket.connect(url, { token: 'a' });
    const second = await RawSocket.connect(url, { token: 'a' });
    first.send(1, 0, openMessage('r1', waits, ['wait']));
    await first.until('turn');
    second.send(1, 0, openMessage('r1', waits, ['wait']));
    await second.until('turn');
    first.send(2, 0, openMessage('r2', 'return 1'));
    const refused = await first.until('outcome');
    expect(refused.message.header).toMatchObject({ run: 'r2', status: 'failure' });
    expect(JSON.parse(refused.message.payloads[0] ?? '')).toMatchObject({ code: 'OVERLOADED', name: 'OverloadedError' });
    expect(stats().totals.runs).toBe(0);

    const round = await fetch(`${url}/execute`, { method: 'POST', headers: { Authorization: 'Bearer a' }, body: '{"code":"return 1"}' });
    expect([round.status, round.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await round.json()).toMatchObject({ status: 'error', error: { code: 'OVERLOADED' } });

    const other = await RawSocket.connect(url, { token: 'b' });
    other.send(1, 0, openMessage('r1', 'return 1'));
    expect((await other.until('outcome')).message.payloads).toEqual(['1']);
  });

  it('are free again when a run ends, is aborted, or loses its connection', async () => {
    const { url, stats } = await startTestServer({ tokens: [{ name: 'one', token: 'a', maxRuns: 1 }], graceMs: 0 });
    const client = await RawSocket.connect(url, { token: 'a' });
    client.send(1, 0, openMessage('r1', 'return 1'));
    expect((await client.until('outcome')).message.payloads).toEqual(['1']);
    client.send(2, 0, openMessage('r2', waits, ['wait']));
    await client.until('turn');
    client.send(3, 0, { header: { type: 'abort', run: 'r2', code: 'ABORTED' }, payloads: [] });
    await client.until('outcome');
    client.send(4, 0, openMessage('r3', waits, ['wait']));
    await client.until('turn');
    await client.cut();
    await expect.poll(() => stats().outcomes['dropped']).toBe(1);
    const next = await RawSocket.connect(url, { token: 'a' });
    next.send(1, 0, openMessage('r1', 'return 4'));
    expect((await next.until('outcome')).message.payloads).toEqual(['4']);
  });

  it('beyond those of the executor are refused by the executor', async () => {
    const { url } = await startTestServer({ executor: { maxRuns: 1, maxQueuedRuns: 0 } });
    const client = await RawSocket.connect(url);
    client.send(1, 0, openMessage('r1', waits, ['wait']));
    await client.until('turn');
    client.send(2, 0, openMessage('r2', 'return 1'));
    expect(JSON.parse((await client.until('outcome')).message.payloads[0] ?? '')).toMatchObject({ code: 'OVERLOADED' });
    const round = await fetch(`${url}/execute`, { method: 'POST', body: '{"code":"return 1"}' });
    expect([round.status, round.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('runs in a minute', () => {
  it('are bounded, and come back with time', () => {
    let nowMs = 0;
    const quota = createQuota({ name: 'a', runsPerMinute: 60, now: () => nowMs });
    for (let run = 0; run < 60; run++) expect(quota.begin()).toBeUndefined();
    expect(quota.begin()).toMatchObject({ retryAfterMs: 1000 });
    nowMs += 999;
    expect(quota.begin()?.retryAfterMs).toBeCloseTo(1);
    nowMs += 2;
    expect(quota.begin()).toBeUndefined();
    expect(quota.begin()).toBeDefined();
    nowMs += 3_600_000;
    for (let run = 0; run < 60; run++) expect(quota.begin()).toBeUndefined();
    expect(quota.begin()).toBeDefined();
  });

  it('may be overdrawn once by runs that go on elsewhere', () => {
    const quota = createQuota({ name: 'a', runsPerMinute: 2, maxRuns: 3, now: () => 0 });
    expect([quota.begin(), quota.begin()]).toEqual([undefined, undefined]);
    expect(quota.begin()).toBeDefined();
    expect([quota.begin(true), quota.begin(true)]).toEqual([undefined, undefined]);
    expect(quota.begin(true)).toBeDefined();
  });

  it('are told with the time to wait', async () => {
    const { url } = await startTestServer({ tokens: [{ name: 'one', token: 'a', runsPerMinute: 1 }] });
    const ask = (): Promise<Response> =>
      fetch(`${url}/execute`, { method: 'POST', headers: { Authorization: 'Bearer a' }, body: '{"code":"return 1"}' });
    expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    const client = await RawSocket.connect(url, { token: 'a' });
    client.send(1, 0, openMessage('r1', 'return 1'));
    expect(JSON.parse((await client.until('outcome')).message.payloads[0] ?? '')).toMatchObject({ code: 'OVERLOADED' });
  });
});

describe('memory', () => {
  it('of one token leaves half to the others, and comes back', async () => {
    const tokens = [
      { name: 'greedy', token: 'a' },
      { name: 'modest', token: 'b' },
    ];
    const MiB = 1024 * 1024;
    const { port, stats } = await startTestServer({ tokens, maxTotalBytes: 8 * MiB, maxBodyBytes: 4 * MiB });
    const begin = (token: string): RawHttp =>
      rawHttp(
        port,
        `POST /execute HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${4 * MiB}\r\n\r\n${' '.repeat(3 * MiB)}`,
      );
    const greedy = [begin('a'), begin('a')];
    expect(statusOf(await Promise.race(greedy.map(({ answer }) => answer)))).toBe(503);
    const modest = begin('b');
    await expect.poll(() => stats().keptBytes).toBe(6 * MiB);
    modest.socket.end(' '.repeat(MiB));
    expect(statusOf(await modest.answer)).toBe(400);
    for (const { socket } of greedy) socket.destroy();
    await expect.poll(() => stats().keptBytes).toBe(0);
  });
});

describe('connections', () => {
  it('of one token leave room for those of another', async () => {
    const { url } = await startTestServer({
      maxConnections: 4,
      tokens: [
        { name: 'greedy', token: 'a' },
        { name: 'modest', token: 'b' },
      ],
    });
    await RawSocket.connect(url, { token: 'a' });
    await RawSocket.connect(url, { token: 'a' });
    const refused = await refusedUpgrade(url, { token: 'a' });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'OVERLOADED' } } });
    await RawSocket.connect(url, { token: 'b' });
    const last = await RawSocket.connect(url, { token: 'b' });
    expect((await last.until('hello')).number).toBe(1);
  });

  it('beyond those of the server are refused', async () => {
    const { url } = await startTestServer({ maxConnections: 1 });
    await RawSocket.connect(url);
    expect(await refusedUpgrade(url)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { error: { code: 'OVERLOADED' } },
    });
    const streamed = await fetch(`${url}/v1/runs?connection=${'x'.repeat(22)}&received=0`, { method: 'POST' });
    expect([streamed.status, await streamed.json()]).toEqual([503, { error: expect.objectContaining({ code: 'OVERLOADED' }) }]);
  });
});
