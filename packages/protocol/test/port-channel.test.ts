import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Channel, IsomuxError, type Message, type PortLike, createPortChannel } from '../src/index.ts';
import { driverMessage } from './arbitraries.ts';

interface Heard {
  readonly messages: Message[];
  readonly closed: Promise<IsomuxError | undefined>;
}

function hear(channel: Channel): Heard {
  const messages: Message[] = [];
  const closed = new Promise<IsomuxError | undefined>((resolve) => {
    channel.listen({ message: (message) => void messages.push(message), closed: resolve });
  });
  return { messages, closed };
}

const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const ping = (nonce: number): Message => ({ header: { type: 'ping', nonce }, payloads: [] });

/** A port with nothing but `onmessage`, as the narrowest hosts have. */
class BarePort implements PortLike {
  readonly posted: unknown[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  postMessage(value: unknown): void {
    this.posted.push(value);
  }
  receive(data: unknown): void {
    this.onmessage?.({ data });
  }
}

/** A browser's port: no `on`, events instead, and silence until `start`. */
class EventPort extends EventTarget implements PortLike {
  readonly posted: unknown[] = [];
  started = false;
  postMessage(value: unknown): void {
    this.posted.push(value);
  }
  start(): void {
    this.started = true;
  }
}

describe('createPortChannel', () => {
  it('carries messages between two ports, in order, and closes both ends', async () => {
    const { port1, port2 } = new MessageChannel();
    const driver = createPortChannel(port1, { half: 'driver' });
    const executor = createPortChannel(port2, { half: 'executor' });
    const sent = fc.sample(driverMessage, 100).filter(({ header }) => header.type !== 'fault');
    for (const message of sent) driver.send(message);
    driver.close();
    driver.send(ping(1));
    await idle();
    const atExecutor = hear(executor);
    expect(await atExecutor.closed).toBeUndefined();
    expect(atExecutor.messages).toEqual(sent);
    expect(await hear(driver).closed).toBeUndefined();
  });

  it('tells the other end why it closes', async () => {
    const { port1, port2 } = new MessageChannel();
    const driver = hear(createPortChannel(port1, { half: 'driver' }));
    createPortChannel(port2, { half: 'executor' }).close(new IsomuxError('OVERLOADED', 'too many'));
    expect(await driver.closed).toMatchObject({ code: 'OVERLOADED' });
    expect(driver.messages).toEqual([]);
  });

  it('notices when the other port is gone', async () => {
    const { port1, port2 } = new MessageChannel();
    const driver = hear(createPortChannel(port1, { half: 'driver' }));
    port2.close();
    expect(await driver.closed).toMatchObject({ code: 'EXECUTOR_LOST' });
  });

  it('works over a worker, and notices when it dies, fails or exits', async () => {
    const echo = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', (value) => {
      const line = value?.[0] ?? '';
      if (line.includes('666')) throw new Error('bug');
      if (line.includes('999')) process.exit();
      parentPort.postMessage(value);
    });`;
    for (const [kill, detail] of [
      [666, 'failed'],
      [999, 'exited'],
      [undefined, 'exited'],
    ] as const) {
      const worker = new Worker(echo, { eval: true });
      onTestFinished(async () => void (await worker.terminate()));
      const channel = createPortChannel(worker, { half: 'driver' });
      const { messages, closed } = hear(channel);
      channel.send(ping(1));
      channel.send(ping(2));
      while (messages.length < 2) await once(worker, 'message');
      if (kill === undefined) await worker.terminate();
      else channel.send(ping(kill));
      expect(await closed).toMatchObject({ code: 'EXECUTOR_LOST', message: expect.stringContaining(detail) as unknown });
      expect(messages).toEqual([ping(1), ping(2)]);
    }
  });

  it('listens by events, and by onmessage, where a port has no more', async () => {
    const target = new EventPort();
    const byEvents = hear(createPortChannel(target, { half: 'driver' }));
    expect(target.started).toBe(true);
    target.dispatchEvent(Object.assign(new Event('message'), { data: ['{"type":"ping","nonce":1}'] }));
    target.dispatchEvent(new Event('messageerror'));
    expect(await byEvents.closed).toMatchObject({ code: 'EXECUTOR_LOST' });
    expect(byEvents.messages).toEqual([ping(1)]);

    const bare = new BarePort();
    const byProperty = hear(createPortChannel(bare, { half: 'driver' }));
    bare.receive(['{"type":"ping","nonce":2}']);
    bare.receive(null);
    bare.receive(['{"type":"ping","nonce":3}']);
    expect(await byProperty.closed).toBeUndefined();
    expect(byProperty.messages).toEqual([ping(2)]);
  });

  it('closes itself at the first posted value that is no message, and tells the other end', async () => {
    const junk: readonly unknown[] = [
      undefined,
      0,
      'x',
      {},
      [],
      [{}],
      [{ type: 'ping', nonce: 1 }],
      [null],
      ['{'],
      ['[]'],
      ['{"type":"ping"}'],
      ['{"type":"ping","nonce":1}', 'extra'],
      ['{"type":"fault","code":"TIMEOUT"}'],
      ['{"type":"fault","code":"TIMEOUT"}', 1],
      [`{"type":"ping","nonce":1,"x":"${'x'.repeat(100)}"}`],
      ['{"type":"abort","run":"r","code":"ABORTED"}'],
    ];
    for (const value of junk) {
      const port = new BarePort();
      const { messages, closed } = hear(createPortChannel(port, { half: 'driver', maxHeaderLength: 100 }));
      port.receive(value);
      port.receive(['{"type":"ping","nonce":1}']);
      const fault = await closed;
      expect(['PROTOCOL_ERROR', 'FRAME_INVALID']).toContain(fault?.code);
      expect(messages).toEqual([]);
      expect(port.posted).toEqual([[`{"type":"fault","code":"${fault?.code ?? ''}"}`, JSON.stringify(fault?.message)]]);
    }
  });

  it('takes a port that throws as gone', async () => {
    const port: PortLike = {
      postMessage: () => {
        throw new Error('detached');
      },
      close: () => {
        throw new Error('detached');
      },
    };
    const channel = createPortChannel(port, { half: 'driver' });
    const { closed } = hear(channel);
    channel.send(ping(1));
    expect(await closed).toMatchObject({ code: 'EXECUTOR_LOST' });
    expect(() => createPortChannel(port, { half: 'driver' }).close()).not.toThrow();
  });
});
