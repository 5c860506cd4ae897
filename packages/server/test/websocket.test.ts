import { expect, it } from 'vitest';
import { openMessage, settleMessage } from './numbered-unit.ts';
import { freshName, RawSocket } from './raw-socket.ts';
import { startTestServer } from './server.ts';

it('runs a program for a client that numbers its units and acknowledges with them', async () => {
  const { url } = await startTestServer();
  const client = await RawSocket.connect(url);
  const hello = await client.until('hello');
  expect(hello).toMatchObject({ number: 1, acknowledged: 0, message: { header: { version: 1, engine: 'quickjs' } } });
  client.send(1, 1, openMessage('r1', 'console.log("hi"); return await add({ a: 1 }) + 1', ['add']));
  const turn = await client.until('turn');
  expect(turn).toMatchObject({ acknowledged: 1, message: { header: { calls: [{ id: 0, tool: 'add' }] }, payloads: ['{"a":1}'] } });
  client.send(2, turn.number, settleMessage('r1', 0, 41));
  const outcome = await client.until('outcome');
  expect(outcome).toMatchObject({ acknowledged: 2, message: { header: { run: 'r1', status: 'value' }, payloads: ['42'] } });
  client.socket.close(1000);
  await client.closed;
});

it('repeats what a client lacks when it comes again, and goes on with its run', async () => {
  const { url } = await startTestServer();
  const name = freshName();
  const first = await RawSocket.connect(url, { name });
  await first.until('hello');
  first.send(1, 1, openMessage('r1', 'return await add({}) + 1', ['add']));
  const turn = await first.until('turn');
  await first.cut();
  const second = await RawSocket.connect(url, { name, received: 1 });
  const again = await second.until('turn');
  expect(again).toMatchObject({ number: turn.number, acknowledged: 1 });
  second.send(2, again.number, settleMessage('r1', 0, 1));
  expect((await second.until('outcome')).message.payloads).toEqual(['2']);
});
