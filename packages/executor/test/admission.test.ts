import fc from 'fast-check';
import { DEFAULT_LIMITS, createChannelPair, type Message } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { createManualTime, settled } from './manual-time.ts';
import { openRun, SEED, typesOf, type OpenRun } from './scripted-driver.ts';
import { createScriptedEngine, emitted, NEVER } from './scripted-engine.ts';

const oneCall = () => createScriptedEngine(({ turn }) => emitted(turn === 0 ? { calls: [[0, 0, '1']] } : { value: 'done' }));
const tools = { a: () => 0 };

describe('admission', () => {
  it('starts runs first come, first served, and no more at once than it may', async () => {
    const executor = createExecutor(oneCall(), { maxRuns: 2, maxQueuedRuns: 10 });
    const started: number[] = [];
    const runs = Array.from({ length: 6 }, (_, index) =>
      openRun(executor, '', { tools }, ({ header }) => {
        if (header.type === 'started') started.push(index);
      }),
    );
    await settled();
    expect(started).toEqual([0, 1]);
    expect(executor.stats()).toMatchObject({ running: 2, queued: 4 });
    runs[1]?.settle(0, 1);
    await settled();
    expect(started).toEqual([0, 1, 2]);
    runs[4]?.abort('ABORTED');
    runs[3]?.drop();
    runs[0]?.settle(0, 1);
    await settled();
    expect(started).toEqual([0, 1, 2, 5]);
    expect(executor.stats()).toMatchObject({ running: 2, queued: 0 });
  });

  it('refuses at once what can neither run nor wait', async () => {
    const executor = createExecutor(oneCall(), { maxRuns: 1, maxQueuedRuns: 1 });
    const runs = [openRun(executor, '', { tools }), openRun(executor, '', { tools }), openRun(executor, '', { tools })] as const;
    expect((await runs[2].ended).error).toMatchObject({ code: 'OVERLOADED', name: 'OverloadedError' });
    expect(typesOf(runs[2].recording)).toEqual(['outcome']);
    for (const run of [runs[0], runs[1]]) {
      await settled();
      run.settle(0, 1);
      await run.ended;
    }
    expect((await Promise.all([runs[0].ended, runs[1].ended])).map(({ value }) => value)).toEqual(['done', 'done']);
    const later = openRun(executor, '', { tools });
    await settled();
    expect(later.recording.status).toBe('pending');
    expect(typesOf(later.recording)[0]).toBe('started');
  });

  it('bounds runs whose ledger has yet to arrive, too', async () => {
    const executor = createExecutor(oneCall(), { maxRuns: 1, maxQueuedRuns: 2 });
    const waiting = Array.from({ length: 3 }, () => openRun(executor, '', { header: { replayTurns: 1 } }));
    expect((await openRun(executor, '').ended).error?.code).toBe('OVERLOADED');
    waiting[0]?.drop();
    await settled();
    const run = openRun(executor, '', { tools });
    await settled();
    expect(typesOf(run.recording)).toEqual(['started', 'turn']);
  });

  it('refuses a program over maxCodeBytes without a realm', async () => {
    const engine = oneCall();
    const executor = createExecutor(engine);
    expect((await openRun(executor, 'x'.repeat(11), { limits: { maxCodeBytes: 10 } }).ended).error?.code).toBe('CODE_TOO_LARGE');
    expect((await openRun(executor, 'éééééé', { limits: { maxCodeBytes: 10 } }).ended).error?.code).toBe('CODE_TOO_LARGE');
    expect(engine.realms).toHaveLength(0);
    const fits = openRun(executor, 'ééééé', { tools, limits: { maxCodeBytes: 10 } });
    await settled();
    expect(fits.recording.status).not.toBe('failure');
  });

  it('clamps limits to its ceilings and to what its engine needs', async () => {
    const told: number[] = [];
    const engine = createScriptedEngine(({ timeoutMs }) => {
      told.push(timeoutMs);
      return emitted({ value: 1 });
    });
    Object.assign(engine, { minMemoryBytes: 32 * 1024 * 1024 });
    const executor = createExecutor(engine, { ceilings: { wallMs: 1000 }, time: createManualTime() });
    await openRun(executor, '', { limits: { wallMs: 60_000, memoryBytes: 16 * 1024 * 1024 } }).ended;
    expect(told).toEqual([1000]);
    expect(engine.realms[0]?.request.memoryBytes).toBe(32 * 1024 * 1024);
  });
});

describe('a channel', () => {
  function connect(executor = createExecutor(oneCall())) {
    const [near, far] = createChannelPair();
    executor.attach(far);
    const received: Message[] = [];
    const closed: unknown[] = [];
    near.listen({ message: (message) => void received.push(message), closed: (fault) => void closed.push(fault?.code) });
    return { executor, near, received, closed };
  }
  const open = (run: string, header: object = {}, payloads: readonly string[] = ['""', '["a"]', 'null']): Message => ({
    header: {
      type: 'open',
      run,
      limits: DEFAULT_LIMITS,
      startMs: 0,
      spentMs: 0,
      clock: 'logical',
      globals: 'agent',
      seed: SEED,
      replayTurns: 0,
      ...header,
    },
    payloads,
  });

  it('is greeted first, with what the engine can do', async () => {
    const { received, near } = connect(createExecutor(oneCall(), { maxRuns: 7 }));
    near.send({ header: { type: 'ping', nonce: 3 }, payloads: [] });
    await settled();
    expect(received.map(({ header }) => header)).toMatchObject([
      { type: 'hello', engine: 'scripted', runsPerConnection: 7 + 1024 },
      { type: 'pong', nonce: 3 },
    ]);
  });

  it.each<[string, (near: { send(message: Message): void }) => void]>([
    ['a run named twice', (near) => [open('r'), open('r')].forEach((message) => near.send(message))],
    ['payloads that are no JSON', (near) => near.send(open('r', {}, ['x', '[]', 'null']))],
    ['code that is no string', (near) => near.send(open('r', {}, ['{}', '[]', 'null']))],
    ['tools that are no names', (near) => near.send(open('r', {}, ['""', '["a b"]', 'null']))],
    ['a tool offered twice', (near) => near.send(open('r', {}, ['""', '["a","a"]', 'null']))],
    ['too few payloads', (near) => near.send(open('r', {}, ['""', '[]']))],
    ['limits that are none', (near) => near.send(open('r', { limits: null }))],
    [
      'a replayed turn too many',
      (near) => {
        const replay: Message = {
          header: { type: 'replay', run: 'r', turn: 0, nowMs: 0, inputs: [{ kind: 'start' }], calls: [], logLines: 0 },
          payloads: [],
        };
        near.send(open('r'));
        near.send(replay);
      },
    ],
    [
      'a replayed settlement without its text',
      (near) => {
        near.send(open('r', { replayTurns: 1 }));
        near.send({
          header: { type: 'replay', run: 'r', turn: 0, nowMs: 0, inputs: [{ kind: 'settle', id: 0, ok: true }], calls: [], logLines: 0 },
          payloads: [],
        });
      },
    ],
  ])('that brings %s is closed, and its runs with it', async (_what, send) => {
    const engine = oneCall();
    const { near, closed, executor } = connect(createExecutor(engine));
    near.send(open('bystander'));
    await settled();
    send(near);
    await settled();
    expect(closed).toEqual(['PROTOCOL_ERROR']);
    expect(executor.stats()).toEqual({ running: 0, queued: 0, channels: 0 });
    expect(engine.live()).toBe(0);
  });

  it('may name runs that are over, or were never opened', async () => {
    const { near, closed, received } = connect();
    const run = 'gone';
    near.send({ header: { type: 'settle', run, calls: [{ id: 0, ok: true }] }, payloads: ['1'] });
    near.send({ header: { type: 'abort', run, code: 'ABORTED' }, payloads: [] });
    near.send({ header: { type: 'replay', run, turn: 0, nowMs: 0, inputs: [], calls: [], logLines: 0 }, payloads: [] });
    await settled();
    expect(closed).toEqual([]);
    expect(received).toHaveLength(1);
  });

  it('that gives up is closed', async () => {
    const { near, closed, executor } = connect();
    near.send({ header: { type: 'fault', code: 'PROTOCOL_ERROR' }, payloads: ['"x"'] });
    await settled();
    expect(closed).toEqual([undefined]);
    expect(executor.stats().channels).toBe(0);
  });
});

describe('closing an executor', () => {
  it('drops every run, closes every channel, and the engine last', async () => {
    let liveAtClose = -1;
    const engine = oneCall();
    engine.close = async () => void (liveAtClose = engine.live());
    const executor = createExecutor(engine, { maxRuns: 2, warmRealms: 1 });
    const runs = Array.from({ length: 4 }, () => openRun(executor, '', { tools }));
    await settled();
    await Promise.all([executor.close(), executor.close()]);
    expect(liveAtClose).toBe(0);
    const recordings = await Promise.all(runs.map(({ ended }) => ended));
    expect(recordings.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending', 'pending']);
    expect(executor.stats()).toEqual({ running: 0, queued: 0, channels: 0 });
    const late = openRun(executor, '');
    expect((await late.ended).fault?.code).toBe('DRIVER_CLOSED');
  });

  it('disposes a realm that is ready too late', async () => {
    let arrive = (): void => {};
    const engine = createScriptedEngine(
      () => NEVER,
      () => new Promise<void>((resolve) => (arrive = resolve)),
    );
    const executor = createExecutor(engine);
    openRun(executor, '');
    await settled();
    await executor.close();
    arrive();
    await settled();
    expect(engine.realms.map(({ disposals }) => disposals)).toEqual([1]);
  });
});

describe('whatever happens in whatever order', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('open' as const),
        behaviour: fc.constantFrom('call', 'hang', 'memory', 'timer', 'refuse', 'late', 'ledger'),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), at: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('abort' as const, 'drop' as const), at: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(700) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('arrive' as const) }) },
  );

  it('places are given back, realms disposed, and each run has one outcome at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, byClosing) => {
        const time = createManualTime();
        const behaviours: string[] = [];
        const behaviourOf = new Map<unknown, string>();
        let late: (() => void)[] = [];
        // Which run a realm is for is not told: any behaviour of those that were asked for will do.
        const engine = createScriptedEngine(
          ({ turn, realm }) => {
            if (turn === 0) behaviourOf.set(realm, behaviours.shift() ?? 'call');
            const behaviour = behaviourOf.get(realm);
            if (behaviour === 'hang') return NEVER;
            if (behaviour === 'memory') return { kind: 'memory' };
            if (turn > 0) return emitted({ value: 1 });
            return emitted(behaviour === 'timer' ? { set: [[1, 100]] } : { calls: [[0, 0, '1']] });
          },
          () => {
            if (behaviours[0] === 'refuse') {
              behaviours.shift();
              return Promise.reject(new Error('refused'));
            }
            return behaviours[0] === 'late' ? new Promise<void>((resolve) => late.push(resolve)) : undefined;
          },
        );
        const executor = createExecutor(engine, { maxRuns: 2, maxQueuedRuns: 2, time });
        const runs: OpenRun[] = [];
        const dropped = new Set<OpenRun>();
        const at = (index: number): OpenRun | undefined => runs[index % Math.max(1, runs.length)];
        const arrive = (): void => {
          for (const resolve of late) resolve();
          late = [];
        };
        for (const todo of steps) {
          if (todo.kind === 'open') {
            if (todo.behaviour !== 'ledger') behaviours.push(todo.behaviour);
            const header = todo.behaviour === 'ledger' ? { replayTurns: 1 } : {};
            runs.push(openRun(executor, '', { tools, limits: { wallMs: 1000 }, header }));
          } else if (todo.kind === 'settle') at(todo.at)?.settle(0, 1);
          else if (todo.kind === 'abort') at(todo.at)?.abort('ABORTED');
          else if (todo.kind === 'wait') await time.advance(todo.ms);
          else if (todo.kind === 'arrive') arrive();
          else {
            const run = at(todo.at);
            run?.drop();
            if (run !== undefined) dropped.add(run);
          }
          await settled();
          const { running, queued } = executor.stats();
          expect(running).toBeLessThanOrEqual(2);
          expect(queued).toBeLessThanOrEqual(2);
          expect(running === 2 || queued === 0).toBe(true);
        }
        if (byClosing) await executor.close();
        else await time.advance(3000);
        arrive();
        await settled();
        expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
        expect(engine.live()).toBe(0);
        expect(time.pending).toBe(0);
        for (const run of runs) {
          const outcomes = typesOf(run.recording).filter((type) => type === 'outcome').length;
          if (byClosing || dropped.has(run)) expect(outcomes).toBeLessThanOrEqual(1);
          else expect(outcomes).toBe(1);
          if (outcomes === 1) expect(typesOf(run.recording).at(-1)).toBe('outcome');
        }
      }),
      { numRuns: 300 },
    );
  });
});
