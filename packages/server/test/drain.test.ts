import { expect, it } from 'vitest';
import { openMessage, settleMessage } from './numbered-unit.ts';
import { freshName, RawSocket, refusedUpgrade } from './raw-socket.ts';
import { RawStream } from './raw-stream.ts';
import { rawHttp } from './raw-http.ts';
import { startTestServer } from './server.ts';

it('lets runs finish, and begins no more', async () => {
  const { url, drain, stats } = await startTestServer();
  const name = freshName();
  const first = await RawSocket.connect(url, { name });
  first.send(1, 0, openMessage('r1', 'return await wait({})', ['wait']));
  const turn = await first.until('turn');
  const drained = drain();

  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { ok: false, draining: true }]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await (await fetch(`${url}/v1/capabilities`)).json()).toMatchObject({ draining: true, running: 1 });
  expect(await refusedUpgrade(url)).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { error: { code: 'DRAINING' } } });
  const round = await fetch(`${url}/execute`, { method: 'POST', body: '{"code":"return 1"}' });
  expect([round.status, await round.json()]).toEqual([503, { status: 'error', error: expect.objectContaining({ code: 'DRAINING' }) }]);
  first.send(2, turn.number, openMessage('r2', 'return 1'));
  expect(JSON.parse((await first.until('outcome')).message.payloads[0] ?? '')).toMatchObject({ code: 'DRAINING' });

  // A run that goes on can be come back to.
  await first.cut();
  const second = await RawSocket.connect(url, { name, received: turn.number + 1 });
  second.send(3, turn.number + 1, settleMessage('r1', 0, 'in time'));
  expect((await second.until('outcome')).message.payloads).toEqual(['"in time"']);
  expect((await second.until('fault')).message.header.code).toBe('EXECUTOR_LOST');
  expect(await second.closed).toBe(1000);
  await drained;
  expect(stats().outcomes).toMatchObject({ ok: 1 });
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

it('hands runs back that do not finish in time, on every carrier', async () => {
  const { url, drain } = await startTestServer({ drainMs: 10 });
  const socket = await RawSocket.connect(url);
  socket.send(1, 0, openMessage('r1', 'await wait({})', ['wait']));
  await socket.until('turn');
  const stream = await RawStream.connect(url, freshName());
  await stream.until('hello');
  await drain();
  expect((await socket.until('fault')).message.header.code).toBe('EXECUTOR_LOST');
  expect(await socket.closed).toBe(1000);
  expect((await stream.until('fault')).message?.header).toMatchObject({ code: 'EXECUTOR_LOST' });
  expect(await stream.unit()).toBeUndefined();
});

it('ends at once when it is told to, whatever its clients do', async () => {
  const { url, port, close, drain } = await startTestServer();
  const socket = await RawSocket.connect(url);
  socket.send(1, 0, openMessage('r1', 'await wait({})', ['wait']));
  await socket.until('turn');
  const drained = drain();
  const idle = rawHttp(port);
  const half = rawHttp(port, 'POST /execute HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n');
  await close();
  await Promise.all([drained, socket.closed, idle.answer, half.answer]);
  await Promise.all([close(), drain()]);
  await expect(fetch(url)).rejects.toThrow();
});

it('drains when its process is told to end, if it was asked to', async () => {
  const before = process.listenerCount('SIGTERM');
  const { url, close } = await startTestServer({ signals: true });
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  process.emit('SIGTERM');
  await expect
    .poll(() =>
      fetch(`${url}/health`).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  await close();
  expect(process.listenerCount('SIGTERM')).toBe(before);
  expect(process.listenerCount('SIGINT')).toBe(before);
});
