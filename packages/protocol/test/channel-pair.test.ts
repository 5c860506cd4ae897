import { describe, expect, it } from 'vitest';
import { IsomuxError, type Message, createChannelPair } from '../src/index.ts';

function ping(nonce: number): Message {
  return { header: { type: 'ping', nonce }, payloads: [] };
}

function nonceOf(message: Message): number {
  return message.header.type === 'ping' ? message.header.nonce : Number.NaN;
}

/** Every microtask queued so far, and those they queue, has run. */
const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function listenTo(channel: ReturnType<typeof createChannelPair>[number], log: unknown[]): void {
  channel.listen({ message: (message) => void log.push(nonceOf(message)), closed: (fault) => void log.push(fault?.code ?? 'closed') });
}

describe('createChannelPair', () => {
  it('delivers in the order sent, in a later microtask, both ways', async () => {
    const [a, b] = createChannelPair();
    const atA: unknown[] = [];
    const atB: unknown[] = [];
    listenTo(a, atA);
    listenTo(b, atB);
    for (let i = 0; i < 5; i++) a.send(ping(i));
    b.send(ping(9));
    expect([atA, atB]).toEqual([[], []]);
    await Promise.resolve();
    expect([atA, atB]).toEqual([[9], [0, 1, 2, 3, 4]]);
  });

  it('keeps messages until somebody listens, and the close after them', async () => {
    const [a, b] = createChannelPair();
    a.send(ping(1));
    a.send(ping(2));
    a.close();
    await idle();
    const log: unknown[] = [];
    listenTo(b, log);
    expect(log).toEqual([]);
    await idle();
    expect(log).toEqual([1, 2, 'closed']);
  });

  it('never calls a handler from within send or within another handler', async () => {
    const [a, b] = createChannelPair();
    let inside = 0;
    const seen: number[] = [];
    const handlers = (answer: (n: number) => void) => ({
      message: (message: Message) => {
        expect(++inside).toBe(1);
        const n = nonceOf(message);
        seen.push(n);
        if (n < 50) answer(n + 1);
        inside--;
      },
      closed: () => undefined,
    });
    a.listen(handlers((n) => a.send(ping(n))));
    b.listen(handlers((n) => (b.send(ping(n)), b.send(ping(1000 + n)))));
    a.send(ping(0));
    await idle();
    expect(seen.filter((n) => n < 1000)).toEqual(Array.from({ length: 51 }, (_, i) => i));
    expect(seen.filter((n) => n >= 1000).length).toBe(25);
  });

  it('keeps order when one handler makes both ends send', async () => {
    const [a, b] = createChannelPair();
    const log: unknown[] = [];
    a.listen({
      message: (message) => {
        log.push(nonceOf(message));
        if (nonceOf(message) < 3) b.send(ping(nonceOf(message) + 10));
      },
      closed: () => undefined,
    });
    for (let i = 0; i < 4; i++) b.send(ping(i));
    await idle();
    expect(log).toEqual([0, 1, 2, 3, 10, 11, 12]);
  });

  it('delivers what was sent before a close, then closes both ends once, with the fault', async () => {
    const [a, b] = createChannelPair();
    const atA: unknown[] = [];
    const atB: unknown[] = [];
    listenTo(a, atA);
    listenTo(b, atB);
    b.send(ping(5));
    a.send(ping(1));
    a.close(new IsomuxError('ENGINE_CRASHED', 'gone'));
    a.close();
    b.close(new IsomuxError('PROTOCOL_ERROR', 'too late'));
    a.send(ping(2));
    b.send(ping(6));
    await idle();
    expect(atA).toEqual([5, 'ENGINE_CRASHED']);
    expect(atB).toEqual([1, 'ENGINE_CRASHED']);
  });

  it('delivers the rest of a batch when a handler closes in the middle of it', async () => {
    const [a, b] = createChannelPair();
    const log: unknown[] = [];
    b.listen({
      message: (message) => {
        log.push(nonceOf(message));
        b.close();
      },
      closed: () => void log.push('closed'),
    });
    a.send(ping(1));
    a.send(ping(2));
    await idle();
    expect(log).toEqual([1, 2, 'closed']);
  });

  it('closes with the cause when a handler throws, after which nothing more is delivered to it', async () => {
    const [a, b] = createChannelPair();
    const bug = new Error('bug');
    const faults: unknown[] = [];
    let delivered = 0;
    b.listen({
      message: () => {
        delivered++;
        throw bug;
      },
      closed: (fault) => {
        faults.push(fault);
        throw new Error('another bug');
      },
    });
    a.listen({ message: () => undefined, closed: (fault) => void faults.push(fault) });
    a.send(ping(1));
    a.send(ping(2));
    await idle();
    a.send(ping(3));
    await idle();
    expect(delivered).toBe(1);
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatchObject({ code: 'PROTOCOL_ERROR', cause: bug });
  });

  it('refuses a second listener', () => {
    const [a] = createChannelPair();
    listenTo(a, []);
    expect(() => listenTo(a, [])).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }) as Error);
  });

  it('passes messages by reference, untouched', async () => {
    const [a, b] = createChannelPair();
    const message = ping(1);
    let received: Message | undefined;
    b.listen({ message: (arrived) => void (received = arrived), closed: () => undefined });
    a.send(message);
    await idle();
    expect(received).toBe(message);
  });
});
