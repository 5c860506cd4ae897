import { afterEach, expect, it } from 'vitest';
import type { Result } from '@isomux/driver';
import { hashText } from '@isomux/protocol';
import type { WebSocket } from 'ws';
import { createRemoteIsolateDriver } from '../src/index.ts';
import type { RemoteIsolateDriverOptions } from '../src/index.ts';
import { startSection14Server } from './section-14-server.ts';
import { HELLO, numbered, readNumbered, startScriptedServer } from './scripted-server.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** What a scripted executor has to speak with. */
interface Executor {
  readonly run: string;
  /** Sends the next message. */
  send(header: Record<string, unknown>, payloads?: readonly string[]): void;
  readonly socket: WebSocket;
  /** The driver half has said something more about the run. */
  onMessage(listener: (header: Record<string, unknown>) => void): void;
}

/** A server that greets and then, for each run, does as it is told. Gives the driver's options. */
async function serve(opened: (executor: Executor) => void): Promise<RemoteIsolateDriverOptions> {
  const server = await startScriptedServer({
    socket(socket) {
      let sent = 0;
      let had = 0;
      const listeners = new Map<unknown, (header: Record<string, unknown>) => void>();
      const send: Executor['send'] = (header, payloads = []) => socket.send(numbered(++sent, had, header, payloads));
      send({ ...HELLO });
      socket.on('message', (bytes: Buffer) => {
        const message = readNumbered(bytes);
        if (message === undefined) return;
        had = message.number;
        const { header } = message;
        const run = String(header['run']);
        if (header['type'] === 'open') opened({ run, send, socket, onMessage: (listener) => void listeners.set(run, listener) });
        else listeners.get(run)?.(header);
      });
    },
  });
  closers.push(() => server.close());
  return { endpoint: server.url, timeout: 500, graceMs: 10, reconnectMs: 200 };
}

interface Ran {
  readonly result: Result;
  readonly calls: readonly unknown[];
}

async function runOnce(options: RemoteIsolateDriverOptions): Promise<Ran> {
  const calls: unknown[] = [];
  await using driver = createRemoteIsolateDriver(options);
  const context = await driver.createContext({ bindings: { tool: { execute: (args) => void calls.push(args) } } });
  return { result: await context.execute('return 1'), calls };
}

const STATS = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 1 };
const HASH_OF_ONE = hashText('1');

function turn(run: string, calls: readonly object[]): Record<string, unknown> {
  return { type: 'turn', run, turn: 0, nowMs: Date.now(), inputs: [{ kind: 'start' }], calls, logLines: 0 };
}

const BREACHES: Readonly<Record<string, (executor: Executor) => void>> = {
  'a text message': ({ socket }) => socket.send('{"type":"outcome"}'),
  'an empty message': ({ socket }) => socket.send(Buffer.alloc(0)),
  'three bytes': ({ socket }) => socket.send(Buffer.from([1, 2, 3])),
  'an acknowledgement with something after it': ({ socket }) => socket.send(Buffer.alloc(9)),
  'a unit without a header': ({ socket }) => socket.send(Buffer.from([0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3])),
  'a header that is no JSON': ({ socket }) => socket.send(Buffer.concat([Buffer.from([0, 0, 0, 2, 0, 0, 0, 1]), Buffer.from('{"type"\n')])),
  'a header without payload lengths': ({ socket }) =>
    socket.send(Buffer.concat([Buffer.from([0, 0, 0, 2, 0, 0, 0, 1]), Buffer.from('{}\n')])),
  'a message of the driver half': ({ send, run }) => send({ type: 'settle', run, calls: [{ id: 0, ok: true }] }, ['1']),
  'a second hello': ({ send }) => send({ ...HELLO }),
  'a call of a tool that was not offered': ({ send, run }) => send(turn(run, [{ id: 0, tool: 'other', hash: HASH_OF_ONE }]), ['1']),
  'two calls with one id': ({ send, run }) => {
    const call = { id: 0, tool: 'tool', hash: HASH_OF_ONE };
    send(turn(run, [call, call]), ['1', '1']);
  },
  'a call with an id that is not next': ({ send, run }) => send(turn(run, [{ id: 5, tool: 'tool', hash: HASH_OF_ONE }]), ['1']),
  'a turn that is not next': ({ send, run }) => send({ ...turn(run, []), turn: 3 }),
  'a call without its argument': ({ send, run }) => send(turn(run, [{ id: 0, tool: 'tool', hash: HASH_OF_ONE }]), []),
};

it.each(Object.keys(BREACHES))('ends a run with PROTOCOL_ERROR at %s, and calls no tool', async (name) => {
  const { result, calls } = await runOnce(await serve((executor) => BREACHES[name]?.(executor)));
  expect(result).toMatchObject({ success: false, error: { code: 'PROTOCOL_ERROR' } });
  expect(calls).toEqual([]);
});

it('ends a run when the server acknowledges what was never sent', async () => {
  const { result } = await runOnce(await serve(({ socket }) => socket.send(Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]))));
  expect(result).toMatchObject({ success: false });
});

it('ends with its budget when messages go missing time and again', async () => {
  const { result, calls } = await runOnce(await serve(({ socket, run }) => socket.send(numbered(9, 1, turn(run, [])))));
  expect(result).toMatchObject({ success: false });
  expect(calls).toEqual([]);
});

it('drops messages that it has had, and those of runs it does not have', async () => {
  const options = await serve(({ socket, run, send }) => {
    send({ type: 'started', run, queueWaitMs: 0 });
    for (const _ of [1, 2, 3]) socket.send(numbered(2, 1, { type: 'started', run, queueWaitMs: 0 }));
    send(turn('somebody-else', [{ id: 0, tool: 'tool', hash: HASH_OF_ONE }]), ['1']);
    send({ type: 'outcome', run: 'somebody-else', status: 'value', stats: STATS }, ['2']);
    send({ type: 'outcome', run, status: 'value', stats: STATS }, ['1']);
    send({ type: 'outcome', run, status: 'value', stats: STATS }, ['3']);
  });
  const { result, calls } = await runOnce(options);
  expect(result).toMatchObject({ success: true, value: 1 });
  expect(calls).toEqual([]);
});

it('calls no tool after the context was disposed or its time was up', async () => {
  const told = Promise.withResolvers<void>();
  let aborts = 0;
  const options = await serve(({ run, send, onMessage }) => {
    send({ type: 'started', run, queueWaitMs: 0 });
    onMessage(({ type }) => {
      if (type !== 'abort') return;
      send(turn(run, [{ id: 0, tool: 'tool', hash: HASH_OF_ONE }]), ['1']);
      if (++aborts === 2) told.resolve();
    });
  });
  const calls: unknown[] = [];
  await using driver = createRemoteIsolateDriver({ ...options, timeout: 100 });
  const bindings = { tool: { execute: (args: unknown) => void calls.push(args) } };
  const [disposed, late] = await Promise.all([driver.createContext({ bindings, timeout: 60_000 }), driver.createContext({ bindings })]);
  const runs = [disposed.execute('return 1'), late.execute('return 1')];
  expect(await runs[1]).toMatchObject({ error: { code: 'TIMEOUT' } });
  await disposed.dispose();
  expect(await runs[0]).toMatchObject({ error: { code: 'DISPOSED' } });
  await told.promise;
  await driver.close();
  expect(calls).toEqual([]);
});

it.each([1000, 1001, 1008, 1011, 1013, 4000, 4404, 4409, 4999])(
  'goes on after a WebSocket that is closed with %i in the middle',
  async (code) => {
    const server = await startSection14Server();
    closers.push(() => server.kill());
    await using driver = createRemoteIsolateDriver({ endpoint: server.url });
    const counts = [0, 0, 0];
    const tool = (key: unknown): unknown => {
      counts[Number(key)] = (counts[Number(key)] ?? 0) + 1;
      if (key === 1) server.closeSockets(code);
      return key;
    };
    const context = await driver.createContext({ bindings: { tool: { execute: tool } } });
    expect(await context.execute('return [await tool(0), await tool(1), await tool(2)]')).toMatchObject({ value: [0, 1, 2] });
    expect(counts).toEqual([1, 1, 1]);
  },
);
