import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Carrier,
  type CarrierEnd,
  type CarrierLink,
  type IsomuxError,
  type Message,
  type ResumableChannel,
  createResumableChannel,
  encodeMessage,
} from '../src/index.ts';

const ping = (nonce: number): Message => ({ header: { type: 'ping', nonce }, payloads: [] });

const nonceOf = ({ header }: Message): number => (header.type === 'ping' ? header.nonce : -1);

/** A carrier as a test plays it: what was sent is kept. */
class ScriptedCarrier implements Carrier {
  readonly sent: Uint8Array<ArrayBuffer>[] = [];
  readonly ends: CarrierEnd[] = [];

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.sent.push(bytes.slice());
  }

  close(reason: CarrierEnd): void {
    this.ends.push(reason);
  }

  /** Number and acknowledgement of each unit that was sent. */
  get words(): readonly (readonly [number, number])[] {
    return this.sent.map((bytes) => {
      const view = new DataView(bytes.buffer);
      return [view.getUint32(0), view.getUint32(4)] as const;
    });
  }
}

/** A numbered unit; without a message one that only acknowledges. */
function unit(number: number, acknowledged: number, message?: Message): Uint8Array<ArrayBuffer> {
  const body = message === undefined ? new Uint8Array(0) : encodeMessage(message);
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setUint32(0, number);
  new DataView(bytes.buffer).setUint32(4, acknowledged);
  bytes.set(body, 8);
  return bytes;
}

interface Heard {
  readonly nonces: number[];
  readonly faults: (IsomuxError | undefined)[];
}

function hear(channel: ResumableChannel): Heard {
  const nonces: number[] = [];
  const faults: (IsomuxError | undefined)[] = [];
  channel.listen({ message: (message) => void nonces.push(nonceOf(message)), closed: (fault) => void faults.push(fault) });
  return { nonces, faults };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe('a resumable channel', () => {
  it('keeps what is sent until it has a carrier, and numbers it from 1', () => {
    const channel = createResumableChannel({ half: 'driver' });
    channel.send(ping(1));
    channel.send(ping(2));
    const carrier = new ScriptedCarrier();
    channel.attach(carrier, 0);
    expect(carrier.words).toEqual([
      [1, 0],
      [2, 0],
    ]);
    channel.close();
  });

  it('sends nothing before it knows what the other half has', () => {
    const channel = createResumableChannel({ half: 'driver' });
    channel.send(ping(1));
    channel.send(ping(2));
    const carrier = new ScriptedCarrier();
    const link = channel.attach(carrier);
    channel.send(ping(3));
    expect(carrier.sent).toEqual([]);
    link.receive(unit(0, 2));
    expect(carrier.words).toEqual([[3, 0]]);
    channel.close();
  });

  it('says first how far it has got, where it is the half that is attached to', () => {
    const channel = createResumableChannel({ half: 'executor' });
    const carrier = new ScriptedCarrier();
    const link = channel.attach(carrier, 0);
    expect(carrier.words).toEqual([[0, 0]]);
    link.receive(unit(1, 0, ping(1)));
    const next = new ScriptedCarrier();
    channel.attach(next, 0);
    expect(next.words).toEqual([[0, 1]]);
    channel.close();
  });

  it('drops what comes twice and lets go of a carrier that lost something', async () => {
    const detached: unknown[] = [];
    const channel = createResumableChannel({ half: 'executor', detached: (cause) => detached.push(cause) });
    const heard = hear(channel);
    const carrier = new ScriptedCarrier();
    const link = channel.attach(carrier, 0);
    link.receive(unit(1, 0, ping(1)));
    link.receive(unit(1, 0, ping(99)));
    link.receive(unit(2, 0, ping(2)));
    link.receive(unit(4, 0, ping(4)));
    await settled();
    expect(heard.nonces).toEqual([1, 2]);
    expect(carrier.ends).toEqual(['broken']);
    expect(detached).toMatchObject([{ code: 'EXECUTOR_LOST' }]);
    expect(channel.received).toBe(2);
    // What the carrier still says is nobody's.
    link.receive(unit(3, 0, ping(3)));
    expect(channel.received).toBe(2);
    channel.close();
  });

  it('frees what is acknowledged, and gives up over what is too much to keep', async () => {
    const big: Message = { header: { type: 'fault', code: 'TIMEOUT' }, payloads: [JSON.stringify('x'.repeat(1000))] };
    const channel = createResumableChannel({ half: 'executor', maxHeldBytes: 2500 });
    const heard = hear(channel);
    const carrier = new ScriptedCarrier();
    const link = channel.attach(carrier, 0);
    for (let sent = 1; sent <= 20; sent++) {
      channel.send(big);
      link.receive(unit(0, sent));
    }
    await settled();
    expect(heard.faults).toEqual([]);
    for (let sent = 1; sent <= 3; sent++) channel.send(big);
    await settled();
    expect(heard.faults).toMatchObject([{ code: 'EXECUTOR_LOST' }]);
    expect(carrier.ends).toEqual(['ended']);
  });

  it.each([
    ['more messages than were sent', [unit(0, 2)]],
    ['fewer messages than it had, over a new carrier', [unit(0, 1), undefined, unit(0, 0)]],
  ])('is lost when the other half claims to have %s', async (_, units) => {
    const channel = createResumableChannel({ half: 'driver' });
    const heard = hear(channel);
    channel.send(ping(1));
    let link = channel.attach(new ScriptedCarrier(), 0);
    for (const bytes of units) {
      if (bytes === undefined) link = channel.attach(new ScriptedCarrier());
      else link.receive(bytes);
    }
    await settled();
    expect(heard.faults).toMatchObject([{ code: 'EXECUTOR_LOST' }]);
  });

  it.each([
    ['too short', new Uint8Array(7), 'FRAME_INVALID'],
    ['an acknowledgement with something after it', unit(0, 0, ping(1)), 'FRAME_INVALID'],
    ['no unit', new Uint8Array([0, 0, 0, 1, 0, 0, 0, 0, 255]), 'FRAME_INVALID'],
    ['a message of the wrong half', unit(1, 0, { header: { type: 'started', run: 'a', queueWaitMs: 0 }, payloads: [] }), 'PROTOCOL_ERROR'],
  ])('closes with the fault at both ends over a unit that is %s', async (_, bytes, code) => {
    const channel = createResumableChannel({ half: 'executor' });
    const heard = hear(channel);
    const carrier = new ScriptedCarrier();
    channel.attach(carrier, 0).receive(bytes);
    await settled();
    expect(heard.faults).toMatchObject([{ code }]);
    expect(new TextDecoder().decode(carrier.sent.at(-1))).toContain(code);
    expect(carrier.ends).toEqual(['ended']);
  });

  it('replaces a carrier by a newer one, and ends one that comes too late', () => {
    const channel = createResumableChannel({ half: 'executor' });
    const [first, second, third] = [new ScriptedCarrier(), new ScriptedCarrier(), new ScriptedCarrier()];
    const old = channel.attach(first, 0);
    channel.attach(second, 0);
    old.lost();
    expect([first.ends, channel.attached]).toEqual([['replaced'], true]);
    channel.close();
    channel.attach(third, 0);
    expect([second.ends, third.ends]).toEqual([['ended'], ['ended']]);
  });

  it('ends without a fault when the other half ends it', async () => {
    const channel = createResumableChannel({ half: 'driver' });
    const heard = hear(channel);
    channel.attach(new ScriptedCarrier(), 0).ended();
    await settled();
    expect(heard.faults).toEqual([undefined]);
  });

  it('goes on when a carrier throws', () => {
    const detached = vi.fn<(cause: unknown) => void>();
    const channel = createResumableChannel({ half: 'driver', detached });
    channel.attach(
      {
        send: () => {
          throw new Error('gone');
        },
        close: () => {},
      },
      0,
    );
    channel.send(ping(1));
    return settled().then(() => {
      expect(detached).toHaveBeenCalledOnce();
      const carrier = new ScriptedCarrier();
      channel.attach(carrier, 0);
      expect(carrier.words).toEqual([[1, 0]]);
      channel.close();
    });
  });
});

describe('over time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps a carrier on which a large unit arrives slowly', () => {
    const detached = vi.fn<(cause: unknown) => void>();
    const channel = createResumableChannel({ half: 'executor', heartbeatMs: 10, silenceMs: 35, detached });
    const link = channel.attach(new ScriptedCarrier(), 0);
    for (let part = 0; part < 10; part++) {
      vi.advanceTimersByTime(20);
      link.heard();
    }
    expect(detached).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60);
    expect(detached).toHaveBeenCalledOnce();
    channel.close();
  });

  it('speaks within every heart-beat, and drops a carrier on which nothing comes', () => {
    const detached = vi.fn<(cause: unknown) => void>();
    const channel = createResumableChannel({ half: 'executor', heartbeatMs: 10, silenceMs: 35, detached });
    const carrier = new ScriptedCarrier();
    const link = channel.attach(carrier, 0);
    vi.advanceTimersByTime(31);
    expect(carrier.words.length).toBeGreaterThanOrEqual(3);
    link.receive(unit(0, 0));
    vi.advanceTimersByTime(30);
    expect(detached).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(detached).toHaveBeenCalledOnce();
    expect(carrier.ends).toEqual(['broken']);
    channel.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** What happens to the next unit between two ends. */
type Fate = 'passes' | 'lost' | 'doubled' | 'delayed' | 'cut';

/** Two ends, and between them carriers that do to each unit what the list says, and then behave. */
class Weather {
  readonly ends: readonly [ResumableChannel, ResumableChannel];
  #links: [CarrierLink, CarrierLink] | undefined;
  #fates: readonly Fate[];
  #delayed: (() => void)[] = [];
  #first = true;

  constructor(fates: readonly Fate[]) {
    this.#fates = fates;
    const detached = (): void => this.#cut();
    this.ends = [createResumableChannel({ half: 'driver', detached }), createResumableChannel({ half: 'executor', detached })];
  }

  connect(): void {
    const [driver, executor] = this.ends;
    const received = driver.received;
    const links: CarrierLink[] = [];
    const carrier = (to: 0 | 1): Carrier => ({
      send: (bytes) => this.#meet(bytes.slice(), () => links[to]),
      close: (reason) => {
        if (reason === 'ended') links[to]?.ended();
        else this.#cut();
      },
    });
    const first = this.#first;
    this.#first = false;
    links[0] = driver.attach(carrier(1), first ? 0 : undefined);
    links[1] = executor.attach(carrier(0), received);
    if (this.#isWhole(links)) this.#links = links;
  }

  #isWhole(links: CarrierLink[]): links is [CarrierLink, CarrierLink] {
    return links.length === 2;
  }

  #meet(bytes: Uint8Array, to: () => CarrierLink | undefined): void {
    const [fate = 'passes', ...rest] = this.#fates;
    this.#fates = rest;
    const deliver = (): void => queueMicrotask(() => to()?.receive(bytes));
    if (fate === 'cut') return this.#cut();
    if (fate === 'lost') return;
    if (fate === 'delayed') return void this.#delayed.push(deliver);
    deliver();
    if (fate === 'doubled') deliver();
    for (const late of this.#delayed.splice(0)) late();
  }

  #cut(): void {
    const links = this.#links;
    this.#links = undefined;
    this.#delayed = [];
    for (const link of links ?? []) link.lost();
  }

  get connected(): boolean {
    return this.#links !== undefined && this.ends.every(({ attached }) => attached);
  }
}

describe('in any weather', () => {
  it('delivers every message once, whole and in order, both ways', async () => {
    const fate = fc.constantFrom<Fate>('passes', 'passes', 'passes', 'lost', 'doubled', 'delayed', 'cut');
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 60 }), fc.integer({ min: 0, max: 12 }), async (fates, count) => {
        const weather = new Weather(fates);
        const heard = weather.ends.map(hear);
        weather.connect();
        for (let nonce = 1; nonce <= count; nonce++) {
          for (const end of weather.ends) end.send(ping(nonce));
          await settled();
          if (!weather.connected) weather.connect();
        }
        // What is lost without anything after it is missed by nobody: a new carrier, as after a silence, brings it.
        for (let round = 0; round < fates.length + 3 && heard.some(({ nonces }) => nonces.length < count); round++) {
          weather.connect();
          await settled();
        }
        const all = Array.from({ length: count }, (_, index) => index + 1);
        for (const { nonces, faults } of heard) {
          expect(nonces).toEqual(all);
          expect(faults).toEqual([]);
        }
        for (const end of weather.ends) end.close();
      }),
      { numRuns: 500 },
    );
  });
});
