import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ByteDuplex, type Channel, IsomuxError, type Message, createByteChannel, encodeFrame } from '../src/index.ts';
import { driverMessage } from './arbitraries.ts';

/** One end of a scripted stream: what was written is kept, arriving bytes and events are the test's to give. */
class ScriptedDuplex implements ByteDuplex {
  readonly writes: Uint8Array[] = [];
  closes = 0;
  accepts = (): boolean => true;
  data: (chunk: Uint8Array) => void = () => undefined;
  drain: () => void = () => undefined;
  end: (error?: unknown) => void = () => undefined;

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    return this.accepts();
  }
  onData(listener: (chunk: Uint8Array) => void): void {
    this.data = listener;
  }
  onDrain(listener: () => void): void {
    this.drain = listener;
  }
  onEnd(listener: (error?: unknown) => void): void {
    this.end = listener;
  }
  close(): void {
    this.closes++;
  }
}

function overSocket(socket: Socket): ByteDuplex {
  return {
    write: (bytes) => socket.write(bytes),
    onData: (listener) => void socket.on('data', listener),
    onDrain: (listener) => void socket.on('drain', listener),
    onEnd: (listener) => void socket.on('error', listener).on('end', () => listener()),
    close: () => void socket.end(),
  };
}

/** Two sockets that are connected over the loopback interface. */
async function connectSockets(): Promise<readonly [Socket, Socket]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [other] = await accepted;
  server.close();
  onTestFinished(() => {
    client.destroy();
    other.destroy();
  });
  return [client, other];
}

interface Heard {
  readonly messages: Message[];
  readonly faults: (IsomuxError | undefined)[];
  readonly closed: Promise<IsomuxError | undefined>;
}

function hear(channel: Channel, onMessage?: (message: Message) => void): Heard {
  const messages: Message[] = [];
  const faults: (IsomuxError | undefined)[] = [];
  const closed = new Promise<IsomuxError | undefined>((resolve) => {
    channel.listen({
      message: (message) => {
        messages.push(message);
        onMessage?.(message);
      },
      closed: (fault) => {
        faults.push(fault);
        resolve(fault);
      },
    });
  });
  return { messages, faults, closed };
}

const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const ping = (nonce: number): Message => ({ header: { type: 'ping', nonce }, payloads: [] });
const fault = (text: string): Message => ({ header: { type: 'fault', code: 'ENGINE_CRASHED' }, payloads: [JSON.stringify(text)] });
const size = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

describe('createByteChannel', () => {
  it('carries messages over a socket both ways, in order, and closes both ends', async () => {
    const [left, right] = await connectSockets();
    const driver = createByteChannel(overSocket(left), { half: 'driver' });
    const executor = createByteChannel(overSocket(right), { half: 'executor' });
    const sent = fc.sample(driverMessage, 200).filter(({ header }) => header.type !== 'fault');
    const atExecutor = hear(executor);
    const atDriver = hear(driver);
    for (const message of sent) driver.send(message);
    executor.send(ping(7));
    while (atExecutor.messages.length < sent.length || atDriver.messages.length < 1) await idle();
    driver.close();
    driver.send(ping(1));
    expect(await atExecutor.closed).toBeUndefined();
    expect(await atDriver.closed).toBeUndefined();
    expect(atExecutor.messages).toEqual(sent);
    expect(atDriver.messages).toEqual([ping(7)]);
  });

  it('sends what was queued before a close, and its fault', async () => {
    const [left, right] = await connectSockets();
    const driver = createByteChannel(overSocket(left), { half: 'driver' });
    const executor = createByteChannel(overSocket(right), { half: 'executor' });
    const atExecutor = hear(executor);
    const atDriver = hear(driver);
    for (let i = 0; i < 1000; i++) driver.send(ping(i));
    driver.close(new IsomuxError('DRIVER_CLOSED', 'closing time', { cause: new Error('secret') }));
    expect(await atExecutor.closed).toMatchObject({ code: 'DRIVER_CLOSED', message: 'the other half closed the channel: closing time' });
    expect((await atExecutor.closed)?.cause).toBeUndefined();
    expect(await atDriver.closed).toMatchObject({ code: 'DRIVER_CLOSED', message: 'closing time' });
    expect(atExecutor.messages).toHaveLength(1000);
  });

  it('joins the messages of one microtask into one write, and leaves large ones uncopied', async () => {
    const duplex = new ScriptedDuplex();
    const channel = createByteChannel(duplex, { half: 'driver' });
    for (let i = 0; i < 10; i++) channel.send(ping(i));
    expect(duplex.writes).toHaveLength(0);
    await Promise.resolve();
    expect(duplex.writes).toHaveLength(1);
    const large = fault('x'.repeat(200_000));
    channel.send(ping(1));
    channel.send(large);
    channel.send(ping(2));
    await Promise.resolve();
    expect(duplex.writes.slice(1).map((bytes) => bytes.length)).toEqual(
      [ping(1), large, ping(2)].map((message) => encodeFrame(message).length),
    );
  });

  it('holds bytes back while the stream asks it to, and no longer', async () => {
    const duplex = new ScriptedDuplex();
    duplex.accepts = () => false;
    const channel = createByteChannel(duplex, { half: 'driver' });
    channel.send(ping(1));
    await idle();
    for (let i = 0; i < 5; i++) channel.send(ping(i));
    await idle();
    expect(duplex.writes).toHaveLength(1);
    duplex.drain();
    expect(duplex.writes).toHaveLength(2);
    duplex.accepts = () => true;
    duplex.drain();
    channel.send(ping(6));
    await idle();
    expect(size(duplex.writes)).toBe([1, 0, 1, 2, 3, 4, 6].reduce((sum, n) => sum + encodeFrame(ping(n)).length, 0));
  });

  it('writes everything that waits when it is closed, before it closes the stream', async () => {
    const duplex = new ScriptedDuplex();
    duplex.accepts = () => false;
    const channel = createByteChannel(duplex, { half: 'driver' });
    for (let i = 0; i < 3; i++) {
      channel.send(ping(i));
      await idle();
    }
    channel.close();
    expect(size(duplex.writes)).toBe(3 * encodeFrame(ping(0)).length);
    expect(duplex.closes).toBe(1);
    channel.close();
    duplex.end();
    duplex.drain();
    expect(duplex.closes).toBe(1);
  });

  it('gives up a peer that does not read', async () => {
    const duplex = new ScriptedDuplex();
    duplex.accepts = () => false;
    const channel = createByteChannel(duplex, { half: 'driver', maxQueuedBytes: 1000 });
    const { closed } = hear(channel);
    for (let i = 0; i < 40; i++) {
      channel.send(ping(i));
      await idle();
    }
    expect(await closed).toMatchObject({ code: 'EXECUTOR_LOST' });
    expect(duplex.writes).toHaveLength(1);
    expect(duplex.closes).toBe(1);
  });

  it('closes with an error when a message of its own is too large, rather than send half of it', async () => {
    const duplex = new ScriptedDuplex();
    const channel = createByteChannel(duplex, { half: 'driver', maxFrameBytes: 300 });
    const { closed } = hear(channel);
    channel.send(fault('x'.repeat(400)));
    expect(await closed).toMatchObject({ code: 'FRAME_INVALID' });
    expect(duplex.closes).toBe(1);
  });

  it('closes both ends with PROTOCOL_ERROR at the first message that is not allowed, after the good ones', async () => {
    const duplex = new ScriptedDuplex();
    const channel = createByteChannel(duplex, { half: 'executor' });
    const { messages, closed } = hear(channel);
    const bad = { header: { type: 'abort', run: '../etc', code: 'ABORTED' }, payloads: [] } as const;
    duplex.data(encodeFrame(ping(1)));
    duplex.data(encodeFrame(bad));
    duplex.data(encodeFrame(ping(2)));
    expect(await closed).toMatchObject({ code: 'PROTOCOL_ERROR', message: expect.stringContaining('abort.run') as unknown });
    expect(messages).toEqual([ping(1)]);
    const told = new TextDecoder().decode(duplex.writes[0]);
    expect(told).toContain('"code":"PROTOCOL_ERROR"');
    expect(duplex.closes).toBe(1);
  });

  it('refuses a message that belongs to its own half', async () => {
    const duplex = new ScriptedDuplex();
    const { closed } = hear(createByteChannel(duplex, { half: 'driver' }));
    duplex.data(encodeFrame({ header: { type: 'abort', run: 'r', code: 'ABORTED' }, payloads: [] }));
    expect(await closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('never hands a fault message to the message handler, and takes any text in one', async () => {
    for (const [payload, text] of [
      ['"why"', 'why'],
      ['"why', 'it gave no reason'],
      ['{"a":1}', 'it gave no reason'],
      [`"${'x'.repeat(5000)}"`, 'x'.repeat(1000)],
    ] as const) {
      const duplex = new ScriptedDuplex();
      const { messages, closed } = hear(createByteChannel(duplex, { half: 'driver' }));
      duplex.data(encodeFrame({ header: { type: 'fault', code: 'OVERLOADED' }, payloads: [payload] }));
      expect(await closed).toMatchObject({ code: 'OVERLOADED', message: `the other half closed the channel: ${text}` });
      expect(messages).toEqual([]);
      expect(duplex.closes).toBe(1);
    }
  });

  it('tells an orderly end from one within a frame and from a broken stream, at every byte', async () => {
    const stream = Uint8Array.from([...encodeFrame(ping(1)), ...encodeFrame(ping(2))]);
    const boundaries = new Set([0, encodeFrame(ping(1)).length, stream.length]);
    for (let cut = 0; cut <= stream.length; cut++) {
      for (const error of [undefined, new Error('reset')]) {
        const duplex = new ScriptedDuplex();
        const { faults, closed } = hear(createByteChannel(duplex, { half: 'driver' }));
        duplex.data(stream.subarray(0, cut));
        duplex.end(error);
        duplex.end(new Error('again'));
        await closed;
        const expected = error === undefined ? (boundaries.has(cut) ? undefined : 'FRAME_INVALID') : 'EXECUTOR_LOST';
        expect(faults.map((value) => value?.code)).toEqual([expected]);
        expect(faults[0]?.cause).toBe(error);
      }
    }
  });

  it('takes a stream that throws as broken', async () => {
    const duplex = new ScriptedDuplex();
    duplex.accepts = () => {
      throw new Error('EPIPE');
    };
    duplex.close = () => {
      throw new Error('closed already');
    };
    const channel = createByteChannel(duplex, { half: 'driver' });
    const { closed } = hear(channel);
    channel.send(ping(1));
    expect(await closed).toMatchObject({ code: 'EXECUTOR_LOST' });
    const other = createByteChannel(duplex, { half: 'driver' });
    expect(() => other.close(new IsomuxError('DRIVER_CLOSED', 'x'))).not.toThrow();
  });

  it('is never re-entrant, even over a stream that hands bytes over within write', async () => {
    const left = new ScriptedDuplex();
    const right = new ScriptedDuplex();
    left.write = (bytes) => (right.data(bytes), true);
    right.write = (bytes) => (left.data(bytes), true);
    const a = createByteChannel(left, { half: 'driver' });
    const b = createByteChannel(right, { half: 'executor' });
    let inside = 0;
    const atA = hear(a);
    const atB = hear(b, (message) => {
      expect(++inside).toBe(1);
      b.send(message);
      b.send(message);
      inside--;
    });
    for (let i = 0; i < 3; i++) a.send(ping(i));
    await idle();
    expect(atB.messages).toEqual([ping(0), ping(1), ping(2)]);
    expect(atA.messages).toEqual([ping(0), ping(0), ping(1), ping(1), ping(2), ping(2)]);
  });

  it('survives any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 5 }), async (chunks) => {
        const duplex = new ScriptedDuplex();
        const { closed } = hear(createByteChannel(duplex, { half: 'driver' }));
        for (const chunk of chunks) duplex.data(chunk);
        duplex.end();
        const result = await closed;
        expect(result === undefined || result instanceof IsomuxError).toBe(true);
      }),
    );
  });
});
