import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createUnitDecoder } from '@isomux/protocol';
import { expect, it } from 'vitest';
import { decodeUnit, encodeUnit, openMessage, settleMessage, type Unit } from './numbered-unit.ts';
import { freshName } from './raw-socket.ts';
import { joinFrames, postUnits, RawStream } from './raw-stream.ts';
import { startTestServer } from './server.ts';

it('runs a program over a streamed answer and requests with messages', async () => {
  const { url } = await startTestServer();
  const name = freshName();
  const stream = await RawStream.connect(url, name);
  expect(stream.response.headers.get('content-type')).toBe('application/octet-stream');
  expect(stream.response.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
  await stream.until('hello');
  const sent = await postUnits(url, name, [encodeUnit(1, 1, openMessage('r1', 'return await add({}) + 1', ['add']))]);
  expect([sent.status, await sent.json()]).toEqual([200, { received: 1 }]);
  const turn = await stream.until('turn');
  await postUnits(url, name, [encodeUnit(2, turn.number, settleMessage('r1', 0, 41))]);
  expect((await stream.until('outcome')).message?.payloads).toEqual(['42']);
  const deleted = await fetch(`${url}/v1/runs/${name}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect(await stream.unit()).toBeUndefined();
});

it('takes messages with the request that asks for the stream', async () => {
  const { url } = await startTestServer();
  const stream = await RawStream.connect(url, freshName(), 0, {}, [encodeUnit(1, 0, openMessage('r1', 'return 1'))]);
  expect((await stream.until('outcome')).message?.payloads).toEqual(['1']);
  stream.cut();
});

it('takes messages from a body that streams while the answer does', async () => {
  const { url } = await startTestServer();
  const outgoing = request(`${url}/v1/runs?connection=${freshName()}&received=0`, { method: 'POST' });
  outgoing.write(joinFrames([encodeUnit(1, 0, openMessage('r1', 'return 2'))]));
  const units: Unit[] = [];
  const decoder = createUnitDecoder({ maxUnitBytes: 1024 * 1024 });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  for await (const chunk of response) {
    decoder.push(chunk as Buffer, (unit) => units.push(decodeUnit(unit)));
    if (units.some(({ message }) => message?.header.type === 'outcome')) break;
  }
  expect(units.at(-1)?.message?.payloads).toEqual(['2']);
  outgoing.destroy();
});

it('closes a connection whose streamed body is none, and says so in the answer', async () => {
  const { url, stats } = await startTestServer();
  const outgoing = request(`${url}/v1/runs?connection=${freshName()}&received=0`, { method: 'POST' });
  outgoing.write(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
  const units: Unit[] = [];
  const decoder = createUnitDecoder({ maxUnitBytes: 1024 * 1024 });
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  for await (const chunk of response) decoder.push(chunk as Buffer, (unit) => units.push(decodeUnit(unit)));
  expect(units.at(-1)?.message?.header).toEqual({ type: 'fault', code: 'FRAME_INVALID' });
  expect(stats().connections).toBe(0);
  outgoing.destroy();
});

it('keeps a connection whose streamed body breaks off', async () => {
  const { url, stats } = await startTestServer();
  const outgoing = request(`${url}/v1/runs?connection=${freshName()}&received=0`, { method: 'POST' });
  outgoing.on('error', () => {});
  outgoing.write(new Uint8Array([0, 0]));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  await once(response, 'data');
  outgoing.destroy();
  await expect.poll(() => fetch(`${url}/health`).then(({ ok }) => ok)).toBe(true);
  expect(stats().connections).toBe(1);
});

it('repeats what the client lacks over the next stream', async () => {
  const { url } = await startTestServer();
  const name = freshName();
  const first = await RawStream.connect(url, name, 0, {}, [encodeUnit(1, 0, openMessage('r1', 'return await add({}) + 1', ['add']))]);
  const turn = await first.until('turn');
  first.cut();
  const second = await RawStream.connect(url, name, 1);
  const again = await second.until('turn');
  expect(again.number).toBe(turn.number);
  await postUnits(url, name, [encodeUnit(2, again.number, settleMessage('r1', 0, 1))]);
  expect((await second.until('outcome')).message?.payloads).toEqual(['2']);
  second.cut();
});
