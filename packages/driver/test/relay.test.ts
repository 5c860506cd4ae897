import { DEFAULT_LIMITS, IsomuxError, createChannelPair, parseMessage } from '@isomux/protocol';
import type { Capabilities, Channel, DriverHeader, ExecutorHeader, Message, OpenHeader } from '@isomux/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { Pool, PoolOptions } from '../src/pool.ts';
import { createPool } from '../src/pool.ts';
import type { Relay, RelayOptions } from '../src/relay.ts';
import { createRelay } from '../src/relay.ts';
import { Spawner } from './scripted-worker.ts';
import type { ScriptedWorker } from './scripted-worker.ts';

const relays: Relay[] = [];

afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()));
});

function createTestRelay(
  options: Partial<RelayOptions> = {},
  pool: Partial<PoolOptions> = {},
): { relay: Relay; spawner: Spawner; pool: Pool } {
  const spawner = new Spawner();
  const workers = createPool({ spawn: spawner.spawn, minWorkers: 0, maxWorkers: 1, runsPerWorker: 1, ...pool });
  const backend = { connect: workers.connect, close: () => workers.close() };
  const relay = createRelay({ backend, engine: 'scripted', capabilities: {} as Capabilities, graceMs: 20, ...options });
  relays.push(relay);
  return { relay, spawner, pool: workers };
}

/** A driver half as a test plays it. */
class Client {
  readonly received: Message<ExecutorHeader>[] = [];
  closedWith: IsomuxError | undefined | null = null;
  readonly #end: Channel;
  #waiting: (() => void)[] = [];

  constructor(relay: Relay) {
    const [driverEnd, executorEnd] = createChannelPair();
    this.#end = driverEnd;
    driverEnd.listen({
      message: (message) => {
        this.received.push(parseMessage(message, 'executor'));
        this.#wake();
      },
      closed: (fault) => {
        this.closedWith = fault;
        this.#wake();
      },
    });
    relay.attach(executorEnd);
  }

  send(header: DriverHeader, payloads: readonly string[] = []): void {
    this.#end.send({ header, payloads });
  }

  open(run: string, changes: Partial<OpenHeader> = {}, payloads: readonly string[] = ['"return 1"', '["tool"]', 'null']): void {
    this.send(
      {
        type: 'open',
        run,
        limits: DEFAULT_LIMITS,
        startMs: 0,
        spentMs: 0,
        clock: 'logical',
        globals: 'agent',
        seed: '0'.repeat(64),
        replayTurns: 0,
        ...changes,
      },
      payloads,
    );
  }

  close(): void {
    this.#end.close();
  }

  /** The headers about a run, in order. */
  about(run: string): readonly ExecutorHeader[] {
    return this.received.flatMap(({ header }) => ('run' in header && header.run === run ? [header] : []));
  }

  codeOf(run: string): string | undefined {
    const last = this.received.find(({ header }) => header.type === 'outcome' && header.run === run);
    return last === undefined ? undefined : JSON.parse(last.payloads[0] ?? '{}').code;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async end(run: string): Promise<ExecutorHeader | undefined> {
    const last = (): ExecutorHeader | undefined => this.about(run).find(({ type }) => type === 'outcome' || type === 'lost');
    await this.until(() => last() !== undefined);
    return last();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

async function workerOf(spawner: Spawner, index = 0): Promise<ScriptedWorker> {
  while (spawner.workers[index] === undefined) await new Promise((resolve) => setImmediate(resolve));
  return spawner.workers[index];
}

describe('a relay', () => {
  it('greets, and hands a run on both ways under a name of its own', async () => {
    const { relay, spawner } = createTestRelay({ runsPerConnection: 5 });
    const client = new Client(relay);
    client.open('mine', { spentMs: 7 });
    const run = await (await workerOf(spawner)).executor.opened();
    expect(client.received[0]?.header).toMatchObject({ type: 'hello', engine: 'scripted', runsPerConnection: 5 });
    expect(run.id).not.toBe('mine');
    expect(run.header.spentMs).toBeGreaterThanOrEqual(7);
    expect(run.payloads).toEqual(['"return 1"', '["tool"]', 'null']);
    run
      .started(3)
      .log('a line')
      .turn({ calls: [['tool', { a: 1 }]] });
    await client.until(() => client.about('mine').some(({ type }) => type === 'turn'));
    client.send({ type: 'settle', run: 'mine', calls: [{ id: 0, ok: true }] }, ['"done"']);
    expect((await run.settled()).payloads).toEqual(['"done"']);
    run.value(2);
    expect(await client.end('mine')).toMatchObject({ type: 'outcome', status: 'value' });
    expect(client.about('mine').map(({ type }) => type)).toEqual(['started', 'log', 'turn', 'turn', 'outcome']);
    expect(relay.stats()).toEqual({ running: 0, queued: 0, channels: 1 });
  });

  it('lets the runs of two clients have the same name on one worker', async () => {
    const { relay, spawner } = createTestRelay();
    const [one, two] = [new Client(relay), new Client(relay)];
    one.open('same');
    two.open('same');
    const { executor } = await workerOf(spawner);
    const [first, second] = [await executor.opened(), await executor.opened()];
    second.started().turn().value('second');
    await two.end('same');
    expect(one.about('same')).toEqual([]);
    first.started().turn().value('first');
    await one.end('same');
    expect(one.received.at(-1)?.payloads).toEqual(['"first"']);
    expect(two.received.at(-1)?.payloads).toEqual(['"second"']);
  });

  it('tells of a worker’s death what it was to its runs, and gives a suspect a worker of its own', async () => {
    const { relay, spawner } = createTestRelay({}, { maxWorkers: 1 });
    const client = new Client(relay);
    client.open('busy');
    client.open('waits');
    const worker = await workerOf(spawner);
    const [busy, waits] = [await worker.executor.opened(), await worker.executor.opened()];
    busy.started();
    waits.started().turn({ calls: [['tool', 1]] });
    await client.until(() => client.about('waits').length === 2);
    worker.die(new IsomuxError('ENGINE_CRASHED', 'it crashed'));
    expect(await client.end('busy')).toEqual({ type: 'lost', run: 'busy', code: 'ENGINE_CRASHED', suspect: true, alone: false });
    expect(await client.end('waits')).toEqual({ type: 'lost', run: 'waits', code: 'ENGINE_CRASHED', suspect: false, alone: false });
    client.open('other');
    client.open('busy', { suspect: true });
    const next = await workerOf(spawner, 1);
    const other = await workerOf(spawner, 2);
    const opened = [await next.executor.opened(), await other.executor.opened()];
    expect(opened).toHaveLength(2);
    expect(client.closedWith).toBeNull();
  });

  it('joins console lines that come together, in order, and sends them before what follows', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('chatty');
    const run = await (await workerOf(spawner)).executor.opened();
    run.started();
    for (let line = 0; line < 50; line++) run.log(['warn', `line ${line}`]);
    run.turn().value(1);
    await client.end('chatty');
    const log = client.received.find(({ header }) => header.type === 'log');
    expect(client.about('chatty').map(({ type }) => type)).toEqual(['started', 'log', 'turn', 'outcome']);
    expect(log?.header).toMatchObject({ turn: 0, seq: 0, levels: Array.from({ length: 50 }, () => 'warn') });
    expect(log?.payloads).toEqual(Array.from({ length: 50 }, (_, line) => JSON.stringify(`line ${line}`)));
  });

  it('sends lines on although nothing follows, and however many come at once', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('flood');
    const run = await (await workerOf(spawner)).executor.opened();
    const many = 200_000;
    run.started().log('first', 'second');
    await client.until(() => client.about('flood').some(({ type }) => type === 'log'));
    const levels = Array.from({ length: many }, () => 'log');
    run.executor.send(
      { type: 'log', run: run.id, turn: 0, seq: 2, levels },
      levels.map(() => '"x"'),
    );
    await client.until(() => client.about('flood').filter(({ type }) => type === 'log').length === 2);
    expect(client.received.at(-1)?.payloads).toHaveLength(many);
  });

  it('loses no line of a run whose worker goes', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('last-words');
    const worker = await workerOf(spawner);
    (await worker.executor.opened()).started().log('the last');
    await client.until(() => client.about('last-words').some(({ type }) => type === 'started'));
    worker.die(new IsomuxError('EXECUTOR_LOST', 'it was killed'));
    await client.end('last-words');
    expect(client.about('last-words').map(({ type }) => type)).toEqual(['started', 'log', 'lost']);
  });

  it('sends a replay on when all of it has come', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('again', { replayTurns: 1 });
    await Promise.resolve();
    expect(relay.stats()).toMatchObject({ running: 0, queued: 0 });
    client.send({ type: 'replay', run: 'again', turn: 0, nowMs: 1, inputs: [{ kind: 'start' }], calls: [], logLines: 0 });
    client.send({ type: 'settle', run: 'again', calls: [{ id: 0, ok: true }] }, ['1']);
    const { executor } = await workerOf(spawner);
    await executor.next('open');
    await executor.next('replay');
    await executor.next('settle');
    client.send({ type: 'replay', run: 'again', turn: 1, nowMs: 1, inputs: [{ kind: 'timer', id: 0 }], calls: [], logLines: 0 });
    await client.until(() => client.closedWith !== null);
    expect(client.closedWith).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('queues beyond its places and refuses beyond its queue', async () => {
    const { relay, spawner } = createTestRelay({ maxRuns: 1, maxQueuedRuns: 1 });
    const client = new Client(relay);
    for (const run of ['a', 'b', 'c']) client.open(run);
    expect(await client.end('c')).toMatchObject({ type: 'outcome' });
    expect(client.codeOf('c')).toBe('OVERLOADED');
    expect(relay.stats()).toMatchObject({ running: 1, queued: 1 });
    const { executor } = await workerOf(spawner);
    (await executor.opened()).started().turn().value('1');
    (await executor.opened()).started().turn().value('2');
    await client.end('b');
    expect(relay.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('holds a channel to its runs', async () => {
    const { relay } = createTestRelay({ runsPerConnection: 1 });
    const [one, two] = [new Client(relay), new Client(relay)];
    one.open('a');
    one.open('b');
    two.open('a');
    await one.end('b');
    expect(one.codeOf('b')).toBe('OVERLOADED');
    expect(two.about('a')).toEqual([]);
  });

  it('ends a run in the queue at its deadline, or when it is aborted', async () => {
    const { relay } = createTestRelay({ maxRuns: 1 });
    const client = new Client(relay);
    client.open('holds');
    client.open('late', { limits: { ...DEFAULT_LIMITS, wallMs: 30 } });
    client.open('given up');
    client.open('aborted');
    client.send({ type: 'abort', run: 'aborted', code: 'ABORTED' });
    await client.end('aborted');
    await client.end('late');
    expect([client.codeOf('aborted'), client.codeOf('late')]).toEqual(['ABORTED', 'QUEUE_TIMEOUT']);
  });

  it('kills a worker that says nothing past a run’s deadline, and tells the run', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('stuck', { limits: { ...DEFAULT_LIMITS, wallMs: 30 } });
    const worker = await workerOf(spawner);
    (await worker.executor.opened()).started();
    await client.end('stuck');
    expect(client.codeOf('stuck')).toBe('TIMEOUT');
    await worker.exited;
    expect(worker.killed).toBe(1);
    expect(relay.stats()).toMatchObject({ running: 0 });
  });

  it('stops the runs of a client that has gone, and keeps the worker that says so', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('orphan');
    const worker = await workerOf(spawner);
    const run = await worker.executor.opened();
    client.close();
    await worker.executor.next('abort');
    run.failure({ name: 'AbortError', message: 'aborted', code: 'ABORTED' });
    const other = new Client(relay);
    other.open('next');
    (await worker.executor.opened()).started().turn().value('1');
    await other.end('next');
    expect([spawner.asked, worker.killed]).toEqual([1, 0]);
  });

  it.each([
    ['code that is no text', ['1', '[]', 'null']],
    ['a tool that cannot be offered', ['""', '["__proto__"]', 'null']],
    ['an env that is no JSON', ['""', '[]', '{']],
  ])('closes the channel over %s, and no worker gets to see it', async (_, payloads) => {
    const { relay, spawner } = createTestRelay();
    const [bad, good] = [new Client(relay), new Client(relay)];
    bad.open('bad', {}, payloads);
    await bad.until(() => bad.closedWith !== null);
    expect(bad.closedWith).toMatchObject({ code: 'PROTOCOL_ERROR' });
    good.open('good');
    const { executor } = await workerOf(spawner);
    (await executor.opened()).started().turn().value('1');
    await good.end('good');
    expect(executor.sent('open')).toHaveLength(1);
  });

  it('drains: it refuses what is new and waits for what is there', async () => {
    const { relay, spawner } = createTestRelay();
    const client = new Client(relay);
    client.open('old');
    const run = await (await workerOf(spawner)).executor.opened();
    let drained = false;
    const draining = relay.drain().then(() => (drained = true));
    client.open('new');
    await client.end('new');
    expect([client.codeOf('new'), drained]).toEqual(['DRAINING', false]);
    run.started().turn().value('1');
    await client.end('old');
    await draining;
  });

  it('refuses counts that cannot be meant', () => {
    for (const bad of [{ maxRuns: 0 }, { maxQueuedRuns: -1 }, { runsPerConnection: 0.5 }])
      expect(() => createTestRelay(bad)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
