import { hashText } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { createManualTime, settled, type ManualTime } from './manual-time.ts';
import { openRun, START_MS, turnsOf, typesOf, type OpenRun, type ScriptOptions } from './scripted-driver.ts';
import { createScriptedEngine, emitted, NEVER, type EmissionScript, type ScriptedEngine } from './scripted-engine.ts';

interface Bench {
  readonly engine: ScriptedEngine;
  readonly time: ManualTime;
  readonly run: OpenRun;
  /** Inputs of each turn as the realm got them. */
  readonly inputs: unknown[];
}

/** A run on a realm that emits these, turn by turn, and nothing afterwards. */
async function bench(script: readonly EmissionScript[], options: ScriptOptions = {}): Promise<Bench> {
  const inputs: unknown[] = [];
  const engine = createScriptedEngine(({ turn, line }) => {
    inputs.push(line.i);
    return emitted(script[turn] ?? {});
  });
  const time = createManualTime();
  const executor = createExecutor(engine, { time });
  const run = openRun(executor, 'CODE', { tools: { a: () => 0, b: () => 0 }, ...options });
  await settled();
  return { engine, time, run, inputs };
}

describe('turns', () => {
  it('reports a run as started, one turn, and its outcome', async () => {
    const { run, engine } = await bench([{ value: 5 }]);
    expect(typesOf(run.recording)).toEqual(['started', 'turn', 'outcome']);
    expect(run.recording.value).toBe(5);
    expect(run.recording.stats?.turns).toBe(1);
    expect(turnsOf(run.recording)).toEqual([
      { type: 'turn', run: run.run, turn: 0, nowMs: expect.any(Number) as number, inputs: [{ kind: 'start' }], calls: [], logLines: 0 },
    ]);
    expect(engine.live()).toBe(0);
  });

  it('sends the calls of one turn in one message, with the hashes of their arguments', async () => {
    const { run } = await bench([
      {
        calls: [
          [0, 0, '{"x":1}'],
          [1, 1, '[]'],
        ],
      },
    ]);
    const [turn] = turnsOf(run.recording);
    expect(turn?.calls).toEqual([
      { id: 0, tool: 'a', hash: hashText('{"x":1}') },
      { id: 1, tool: 'b', hash: hashText('[]') },
    ]);
    expect(run.recording.messages.at(-1)?.payloads).toEqual(['{"x":1}', '[]']);
  });

  it('delivers one batch of settlements in one turn, in the order they came', async () => {
    const { run, inputs } = await bench([
      {
        calls: [
          [0, 0, '1'],
          [1, 0, '2'],
          [2, 0, '3'],
        ],
      },
      {},
      { value: 1 },
    ]);
    run.settle(2, 'two');
    run.fail(0, { name: 'E', message: 'm' });
    await settled();
    run.settle(1, undefined);
    await run.ended;
    expect(inputs).toEqual([
      [['s', expect.any(Number), expect.any(Number)]],
      [
        ['v', 2, 5],
        ['e', 0, 26],
      ],
      [['v', 1, 0]],
    ]);
    expect(turnsOf(run.recording).map((turn) => turn.inputs)).toEqual([
      [{ kind: 'start' }],
      [
        { kind: 'settle', id: 2, ok: true },
        { kind: 'settle', id: 0, ok: false },
      ],
      [{ kind: 'settle', id: 1, ok: true }],
    ]);
  });

  it('keeps what comes during a turn for the next one', async () => {
    let finishTurn = (): void => {};
    const engine = createScriptedEngine(async ({ turn }) => {
      if (turn === 0)
        return emitted({
          calls: [
            [0, 0, '1'],
            [1, 0, '2'],
            [2, 0, '3'],
          ],
        });
      if (turn === 1) await new Promise<void>((resolve) => (finishTurn = resolve));
      return emitted(turn === 2 ? { value: 1 } : {});
    });
    const run = openRun(createExecutor(engine), '', { tools: { a: () => 0 } });
    await settled();
    run.settle(0, 0);
    await settled();
    run.settle(1, 1);
    run.settle(2, 2);
    await settled();
    expect(turnsOf(run.recording)).toHaveLength(1);
    finishTurn();
    await run.ended;
    expect(turnsOf(run.recording).map((turn) => turn.inputs.length)).toEqual([1, 1, 2]);
  });

  it('ignores settlements of unknown calls and second settlements of known ones', async () => {
    const { run, inputs } = await bench([
      {
        calls: [
          [0, 0, '1'],
          [1, 0, '1'],
        ],
      },
      {},
      { value: 1 },
    ]);
    run.settle(7, 'unknown');
    run.settle(0, 'first');
    run.settle(0, 'second');
    await settled();
    run.settle(0, 'third');
    await settled();
    expect(inputs.slice(1)).toEqual([[['v', 0, 7]]]);
    run.settle(1, 'end');
    await run.ended;
    run.settle(1, 'after the end');
    await settled();
    expect(run.recording.status).toBe('value');
    expect(typesOf(run.recording).at(-1)).toBe('outcome');
  });

  it('lets time stand still within a turn and advance between turns, by a microsecond at least', async () => {
    const { run, time } = await bench([
      {
        calls: [
          [0, 0, '1'],
          [1, 0, '1'],
          [2, 0, '1'],
        ],
      },
      {},
      {},
      { value: 1 },
    ]);
    await time.advance(250);
    run.settle(0, 0);
    await settled();
    run.settle(1, 0);
    await settled();
    await time.advance(1.5);
    run.settle(2, 0);
    await run.ended;
    const nows = turnsOf(run.recording).map(({ nowMs }) => nowMs - START_MS);
    expect(nows[0]).toBeCloseTo(0.001, 3);
    expect(nows[1]).toBeCloseTo(250, 3);
    expect(nows[2]).toBeCloseTo(250.001, 3);
    expect(nows[3]).toBeCloseTo(251.5, 3);
    expect(turnsOf(run.recording).every(({ nowMs }) => Math.round(nowMs * 1000) / 1000 === nowMs)).toBe(true);
  });

  it('writes console lines as they come, numbered over the whole run', async () => {
    const engine = createScriptedEngine(({ turn, realm }) => {
      realm.onEmit(`l${turn}a`);
      realm.onEmit(`e${turn}b`);
      return emitted(turn === 0 ? { calls: [[0, 0, '1']] } : { value: 1 }, [`Error: ${turn}`]);
    });
    const run = openRun(createExecutor(engine), '', { tools: { a: () => 0 } });
    await settled();
    run.settle(0, 0);
    await run.ended;
    const logs = run.recording.messages.flatMap(({ header, payloads }) =>
      header.type === 'log' ? [[header.turn, header.seq, ...header.levels, ...payloads]] : [],
    );
    expect(logs).toEqual([
      [0, 0, 'log', '"0a"'],
      [0, 1, 'error', '"0b"'],
      [0, 2, 'warn', '"WARN: Unhandled promise rejection: Error: 0"'],
      [1, 3, 'log', '"1a"'],
      [1, 4, 'error', '"1b"'],
      [1, 5, 'warn', '"WARN: Unhandled promise rejection: Error: 1"'],
    ]);
    expect(typesOf(run.recording)).toEqual(['started', 'log', 'log', 'log', 'turn', 'log', 'log', 'log', 'turn', 'outcome']);
    expect(turnsOf(run.recording).map(({ logLines }) => logLines)).toEqual([3, 6]);
  });

  it('gives each run of a channel what is its own', async () => {
    const executor = createExecutor(createScriptedEngine(({ turn }) => emitted(turn === 0 ? { calls: [[0, 0, '1']] } : { value: turn })));
    const one = openRun(executor, '', { tools: { a: () => 0 } });
    const two = openRun(executor, '', { tools: { a: () => 0 } });
    await settled();
    one.settle(0, 1);
    await one.ended;
    expect(one.recording.status).toBe('value');
    expect(two.recording.status).toBe('pending');
    two.abort('ABORTED');
    await two.ended;
    expect(two.recording.error?.code).toBe('ABORTED');
  });
});

describe('timers', () => {
  it('fire one to a turn, in the order they are due, the earlier set first', async () => {
    const { run, inputs, time } = await bench([
      {
        set: [
          [1, 20],
          [2, 10],
          [3, 20],
          [4, 0],
        ],
      },
      {},
      {},
      {},
      { value: 1 },
    ]);
    await time.advance(100);
    expect(inputs.slice(1)).toEqual([[['t', 4]], [['t', 2]], [['t', 1]], [['t', 3]]]);
    expect(turnsOf(run.recording).map(({ inputs: got }) => got.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('fire at their time and not before', async () => {
    const { inputs, time } = await bench([
      {
        set: [
          [1, 100],
          [2, 50],
        ],
      },
    ]);
    await time.advance(49);
    expect(inputs).toHaveLength(1);
    await time.advance(2);
    expect(inputs.slice(1)).toEqual([[['t', 2]]]);
    await time.advance(48);
    expect(inputs).toHaveLength(2);
    await time.advance(2);
    expect(inputs.slice(2)).toEqual([[['t', 1]]]);
  });

  it('do not fire once cleared, neither before they are due nor while they wait for their turn', async () => {
    const { run, inputs, time } = await bench([
      {
        set: [
          [1, 10],
          [2, 10],
          [3, 10],
          [4, 500],
        ],
      },
      { cleared: [2, 4] },
      { value: 'end' },
    ]);
    await time.advance(1000);
    expect(inputs.slice(1)).toEqual([[['t', 1]], [['t', 3]]]);
    expect(run.recording.value).toBe('end');
    expect(time.pending).toBe(0);
  });

  it('come after the settlements that were queued before them', async () => {
    let finishTurn = (): void => {};
    const time = createManualTime();
    const inputs: unknown[] = [];
    const engine = createScriptedEngine(async ({ turn, line }) => {
      inputs.push(line.i);
      if (turn === 0)
        return emitted({
          calls: [
            [0, 0, '1'],
            [1, 0, '1'],
            [2, 0, '1'],
          ],
          set: [
            [1, 5],
            [2, 6],
          ],
        });
      if (turn === 1) await new Promise<void>((resolve) => (finishTurn = resolve));
      return emitted({});
    });
    const run = openRun(createExecutor(engine, { time }), '', { tools: { a: () => 0 } });
    await settled();
    run.settle(0, 0);
    await settled();
    run.settle(1, 0);
    await time.advance(10);
    run.settle(2, 0);
    await settled();
    finishTurn();
    await settled();
    expect(inputs.slice(2)).toEqual([
      [
        ['v', 1, 1],
        ['t', 1],
      ],
      [['t', 2]],
      [['v', 2, 1]],
    ]);
  });

  it('leave no host timer behind when the run ends', async () => {
    const { run, time } = await bench([{ set: [[1, 60_000]] }]);
    run.abort('ABORTED');
    await run.ended;
    expect(time.pending).toBe(0);
  });
});

describe('a run with nothing left to wait for', () => {
  it('stalls at once', async () => {
    const { run, time } = await bench([{}]);
    expect(run.recording.error).toMatchObject({ code: 'STALLED', name: 'StalledError' });
    expect(run.recording.stats?.wallMs).toBe(0);
    expect(time.pending).toBe(0);
  });

  it('does not stall while a call or a timer is pending', async () => {
    const withCall = await bench([{ calls: [[0, 0, '1']] }, {}]);
    expect(withCall.run.recording.status).toBe('pending');
    withCall.run.settle(0, 1);
    await settled();
    expect(withCall.run.recording.error?.code).toBe('STALLED');
    const withTimer = await bench([{ set: [[1, 10]] }, {}]);
    expect(withTimer.run.recording.status).toBe('pending');
    await withTimer.time.advance(20);
    expect(withTimer.run.recording.error?.code).toBe('STALLED');
  });

  it('stalls when it clears its last timer', async () => {
    const { run } = await bench([{ set: [[1, 10]], calls: [[0, 0, '1']] }, { cleared: [1] }]);
    run.settle(0, 1);
    await run.ended;
    expect(run.recording.error?.code).toBe('STALLED');
  });
});

describe('an ended run', () => {
  it('sends nothing more, whatever its realm does', async () => {
    let finishTurn = (): void => {};
    const engine = createScriptedEngine(async ({ realm }) => {
      await new Promise<void>((resolve) => (finishTurn = resolve));
      realm.onEmit('lmore');
      return emitted({ value: 1 });
    });
    const run = openRun(createExecutor(engine), '');
    await settled();
    run.abort('DISPOSED');
    await run.ended;
    finishTurn();
    await settled();
    expect(typesOf(run.recording)).toEqual(['started', 'outcome']);
    expect(run.recording.error).toMatchObject({ code: 'DISPOSED', name: 'DisposedError' });
    expect(engine.realms[0]?.disposals).toBe(1);
  });

  it('is aborted with the code that the driver gives', async () => {
    for (const code of ['ABORTED', 'DISPOSED', 'TIMEOUT'] as const) {
      const run = openRun(createExecutor(createScriptedEngine(() => NEVER)), '');
      await settled();
      run.abort(code);
      expect((await run.ended).error?.code).toBe(code);
    }
  });
});
