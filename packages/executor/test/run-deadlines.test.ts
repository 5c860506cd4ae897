import { describe, expect, it } from 'vitest';
import { createExecutor, type ExecutorOptions } from '../src/executor.ts';
import type { TurnResult } from '../src/engine.ts';
import { createManualTime, settled } from './manual-time.ts';
import { openRun, turnsOf, type OpenRun, type ScriptOptions } from './scripted-driver.ts';
import { createScriptedEngine, emitted, NEVER, type ScriptedEngine } from './scripted-engine.ts';

function start(engine: ScriptedEngine, script: ScriptOptions = {}, options: ExecutorOptions = {}) {
  const time = createManualTime();
  const executor = createExecutor(engine, { time, ...options });
  const open = (more: ScriptOptions = {}): OpenRun => openRun(executor, '', { tools: { a: () => 0 }, ...script, ...more });
  return { time, executor, open, run: open() };
}

describe('the wall budget', () => {
  it('ends a run that waits for a tool', async () => {
    const engine = createScriptedEngine(() => emitted({ calls: [[0, 0, '1']] }));
    const { time, run } = start(engine, { limits: { wallMs: 1000 } });
    await time.advance(999);
    expect(run.recording.status).toBe('pending');
    await time.advance(1);
    expect(run.recording.error).toMatchObject({ code: 'TIMEOUT', name: 'TimeoutError' });
    expect(run.recording.stats).toMatchObject({ wallMs: 1000, toolWaitMs: 1000, turns: 1 });
    expect(engine.live()).toBe(0);
  });

  it('ends a run in the middle of a turn that never ends, and need not wait for the realm to go', async () => {
    const engine = createScriptedEngine(() => NEVER);
    const { time, run, executor } = start(engine, { limits: { wallMs: 1000 } });
    await time.advance(1000);
    expect(run.recording.status).toBe('pending');
    await time.advance(50);
    expect(run.recording.error?.code).toBe('TIMEOUT');
    expect(engine.realms[0]?.disposals).toBe(1);
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
    expect(time.pending).toBe(0);
  });

  it('is what each turn is told, less what was spent', async () => {
    const told: number[] = [];
    const engine = createScriptedEngine(({ timeoutMs, turn }) => {
      told.push(timeoutMs);
      return emitted(turn === 0 ? { calls: [[0, 0, '1']] } : { value: 1 });
    });
    const { time, run } = start(engine, { limits: { wallMs: 1000 }, header: { spentMs: 100 } });
    await time.advance(300);
    run.settle(0, 1);
    await run.ended;
    expect(told).toEqual([900, 600]);
    expect(run.recording.stats?.wallMs).toBe(400);
  });

  it('is not refilled by another executor: a run whose budget is spent ends at once', async () => {
    const engine = createScriptedEngine(() => emitted({ value: 1 }));
    const { run, time } = start(engine, { limits: { wallMs: 1000 }, header: { spentMs: 1000 } });
    await time.advance(0);
    expect(run.recording.error?.code).toBe('TIMEOUT');
  });

  it('covers turns that follow each other without a pause', async () => {
    const engine = createScriptedEngine(async ({ turn }) => {
      await time.advance(100);
      return emitted({ set: [[turn + 1, 0]] });
    });
    const { time, run } = start(engine, { limits: { wallMs: 1000 } });
    await time.advance(5000);
    expect(run.recording.error?.code).toBe('TIMEOUT');
    expect(turnsOf(run.recording).length).toBeLessThanOrEqual(11);
  });

  it('covers a realm that takes for ever to make, and one that comes too late is disposed', async () => {
    let arrive = (): void => {};
    const engine = createScriptedEngine(
      () => emitted({ value: 1 }),
      () => new Promise<void>((resolve) => (arrive = resolve)),
    );
    const { time, run, executor } = start(engine, { limits: { wallMs: 500 } });
    await time.advance(500);
    expect(run.recording.error?.code).toBe('TIMEOUT');
    expect(executor.stats().running).toBe(0);
    arrive();
    await settled();
    expect(engine.realms.map(({ disposals }) => disposals)).toEqual([1]);
    expect(run.recording.messages).toHaveLength(1);
  });

  it('covers looking for the place of a syntax error', async () => {
    const engine = createScriptedEngine(({ realm }) => {
      realm.locateSyntaxError = () => NEVER;
      return emitted({ syntaxError: 'bad' });
    });
    const { time, run } = start(engine, { limits: { wallMs: 500 } });
    await time.advance(550);
    expect(run.recording.error?.code).toBe('TIMEOUT');
    expect(engine.live()).toBe(0);
  });

  it('covers waiting for a place, under a code of its own', async () => {
    const engine = createScriptedEngine(() => NEVER);
    const { time, open, executor } = start(engine, { limits: { wallMs: 60_000 } }, { maxRuns: 1 });
    await settled();
    const second = open({ limits: { wallMs: 300 } });
    await time.advance(299);
    expect(second.recording.status).toBe('pending');
    expect(executor.stats()).toMatchObject({ running: 1, queued: 1 });
    await time.advance(1);
    expect(second.recording.error).toMatchObject({ code: 'QUEUE_TIMEOUT', name: 'TimeoutError' });
    expect(executor.stats()).toMatchObject({ running: 1, queued: 0 });
    expect(second.recording.messages).toHaveLength(1);
  });

  it('covers waiting for a ledger that does not come', async () => {
    const engine = createScriptedEngine(() => NEVER);
    const { time, run, executor } = start(engine, { limits: { wallMs: 300 }, header: { replayTurns: 2 } });
    await settled();
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 });
    await time.advance(300);
    expect(run.recording.error?.code).toBe('TIMEOUT');
    expect(engine.realms).toHaveLength(0);
  });
});

describe('the CPU budget', () => {
  const interrupted: TurnResult = { kind: 'interrupted' };

  it('names an interruption when it was the scarcer one', async () => {
    const { run } = start(
      createScriptedEngine(() => interrupted),
      { limits: { wallMs: 1000, cpuMs: 100 } },
    );
    expect((await run.ended).error).toMatchObject({ code: 'CPU_TIMEOUT', name: 'TimeoutError' });
    const { run: other } = start(
      createScriptedEngine(() => interrupted),
      { limits: { wallMs: 1000, cpuMs: 1000 }, header: { spentMs: 1 } },
    );
    expect((await other.ended).error?.code).toBe('TIMEOUT');
  });

  it('counts execution over all turns and not waiting', async () => {
    const told: number[] = [];
    const engine = createScriptedEngine(({ timeoutMs, turn, realm }) => {
      told.push(timeoutMs);
      realm.cpuMs += 40;
      return emitted({ calls: [[turn, 0, '1']] });
    });
    const { time, run } = start(engine, { limits: { wallMs: 60_000, cpuMs: 100 } });
    for (let id = 0; id < 5; id++) {
      await time.advance(1000);
      run.settle(id, 1);
    }
    await settled();
    expect(told).toEqual([100, 60, 20]);
    expect(run.recording.error?.code).toBe('CPU_TIMEOUT');
    expect(run.recording.stats?.cpuMs).toBe(120);
  });

  it('is enforced from outside when the engine does not heed it', async () => {
    const engine = createScriptedEngine(() => NEVER);
    const { time, run } = start(engine, { limits: { wallMs: 60_000, cpuMs: 100 } });
    await time.advance(100);
    expect(run.recording.status).toBe('pending');
    await time.advance(50);
    expect(run.recording.error?.code).toBe('CPU_TIMEOUT');
    expect(engine.live()).toBe(0);
    expect(time.pending).toBe(0);
  });
});

describe('the clocks of an outcome', () => {
  it('tell queueing, waiting for tools and the whole apart', async () => {
    const engine = createScriptedEngine(({ turn }) => emitted(turn === 0 ? { calls: [[0, 0, '1']] } : { value: 1 }));
    const { time, open, run: first } = start(engine, {}, { maxRuns: 1 });
    await settled();
    const second = open();
    await time.advance(200);
    first.settle(0, 1);
    await time.advance(30);
    second.settle(0, 1);
    await second.ended;
    expect(second.recording.stats).toMatchObject({ queueWaitMs: 200, toolWaitMs: 30, wallMs: 230 });
    expect(second.recording.messages[0]?.header).toMatchObject({ type: 'started', queueWaitMs: 200 });
  });
});
