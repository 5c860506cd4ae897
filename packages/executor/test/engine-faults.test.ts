import { IsomuxError } from '@isomux/protocol';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import type { TurnResult } from '../src/engine.ts';
import { settled } from './manual-time.ts';
import { openRun, turnsOf, typesOf, type Recording } from './scripted-driver.ts';
import { createScriptedEngine, emitted, NEVER, type ScriptedTurn } from './scripted-engine.ts';

async function runOnce(script: (turn: ScriptedTurn) => TurnResult | Promise<TurnResult>): Promise<Recording> {
  const engine = createScriptedEngine(script);
  const executor = createExecutor(engine);
  const { recording } = await settledRun(executor);
  expect(engine.live()).toBe(0);
  expect(executor.stats().running).toBe(0);
  return recording;
}

async function settledRun(executor: ReturnType<typeof createExecutor>, code = 'CODE') {
  const run = openRun(executor, code, { tools: { a: () => 0 } });
  await settled();
  return run;
}

describe('each way a turn can end', () => {
  it.each([
    [{ kind: 'interrupted' }, 'TIMEOUT', 'TimeoutError'],
    [{ kind: 'memory' }, 'MEMORY_LIMIT', 'MemoryLimitError'],
    [{ kind: 'stack' }, 'STACK_OVERFLOW', 'StackOverflowError'],
    [{ kind: 'crashed', detail: 'secret /host/path' }, 'ENGINE_CRASHED', 'EngineCrashedError'],
    [{ kind: 'no such kind' } as never, 'ENGINE_CRASHED', 'EngineCrashedError'],
    [{ kind: 'emitted', text: 'garbage', rejections: [] }, 'ENGINE_CRASHED', 'EngineCrashedError'],
    [{ kind: 'emitted', text: undefined as never, rejections: [] }, 'ENGINE_CRASHED', 'EngineCrashedError'],
  ] satisfies [TurnResult, string, string][])('%j ends the run with %s', async (result, code, name) => {
    const recording = await runOnce(() => result);
    expect(recording.error).toMatchObject({ code, name });
    expect(typesOf(recording)).toEqual(['started', 'outcome']);
    expect(JSON.stringify(recording.error)).not.toContain('secret');
  });

  it('a turn that rejects or throws is a crash of this run only', async () => {
    expect((await runOnce(() => Promise.reject(new Error('secret')))).error?.code).toBe('ENGINE_CRASHED');
    const recording = await runOnce(() => {
      throw new Error('secret');
    });
    expect(recording.error?.code).toBe('ENGINE_CRASHED');
    expect(JSON.stringify(recording.error)).not.toContain('secret');
  });

  it('a realm that is lost gives the run back to its driver half', async () => {
    const recording = await runOnce(() => ({ kind: 'lost' }));
    expect(typesOf(recording)).toEqual(['started', 'lost']);
    expect(recording.error).toBeUndefined();
  });

  it('lines written before the fault are kept', async () => {
    const recording = await runOnce(({ realm }) => {
      realm.onEmit('lbefore');
      return { kind: 'memory' };
    });
    expect(recording.logs).toEqual(['before']);
  });
});

describe('a realm that cannot be made', () => {
  it.each([
    ['rejects', () => Promise.reject(new IsomuxError('ENGINE_UNAVAILABLE', 'secret'))],
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
  ])('ends one run when createRealm %s, and the next one goes on', async (_how, refuse) => {
    let isBroken = true;
    const engine = createScriptedEngine(
      () => emitted({ value: 1 }),
      () => (isBroken ? refuse() : undefined),
    );
    const executor = createExecutor(engine, { maxRuns: 1, warmRealms: 2 });
    const { recording } = await settledRun(executor);
    expect(recording.error?.code).toBe('ENGINE_CRASHED');
    expect(JSON.stringify(recording.error)).not.toContain('secret');
    expect(executor.stats().running).toBe(0);
    isBroken = false;
    expect((await settledRun(executor)).recording.value).toBe(1);
    await executor.close();
  });
});

describe('a guest that got around its runtime', () => {
  const more = Array.from({ length: 50 }, (_, index) => index);

  it('cannot write over the log caps', async () => {
    const engine = createScriptedEngine(({ realm }) => {
      for (const index of more) realm.onEmit(`l${'x'.repeat(10)}${index}`);
      return emitted({ value: 1 });
    });
    const byLines = openRun(createExecutor(engine), '', { limits: { maxLogLines: 3 } });
    expect((await byLines.ended).logs).toEqual(['xxxxxxxxxx0', 'xxxxxxxxxx1', 'xxxxxxxxxx2', '[log truncated: over maxLogLines 3]']);
    const byBytes = openRun(createExecutor(engine), '', { limits: { maxLogBytes: 25 } });
    expect((await byBytes.ended).logs).toEqual(['xxxxxxxxxx0', 'xxxxxxxxxx1', 'xxx', '[log truncated: over maxLogBytes 25]']);
    expect(turnsOf(byBytes.recording)[0]?.logLines).toBe(4);
  });

  it('cannot flood the log with rejections', async () => {
    const run = openRun(
      createExecutor(
        createScriptedEngine(() =>
          emitted(
            { value: 1 },
            more.map((index) => `Error: ${index}`),
          ),
        ),
      ),
      '',
      { limits: { maxLogLines: 2 } },
    );
    const { logs } = await run.ended;
    expect(logs).toHaveLength(3);
    expect(logs[2]).toBe('[log truncated: over maxLogLines 2]');
  });

  it('cannot write under a level of its own or write what is no text', async () => {
    const recording = await runOnce(({ realm }) => {
      for (const text of ['', 'x', 'zfoo', '__proto__', 'constructor', 'toString', undefined, null, 5, {}, ['l']])
        realm.onEmit(text as string);
      realm.onEmit('dgood');
      return emitted({ value: 1 });
    });
    expect(recording.logs).toEqual(['good']);
  });

  it('cannot have more timers than it may', async () => {
    const engine = createScriptedEngine(({ turn }) =>
      emitted({
        set: [
          [2 * turn, 1000],
          [2 * turn + 1, turn === 0 ? 0 : 1000],
        ],
      }),
    );
    const run = openRun(createExecutor(engine), '', { limits: { maxTimers: 2 } });
    expect((await run.ended).error?.code).toBe('ENGINE_CRASHED');
    expect(typesOf(run.recording)).toEqual(['started', 'turn', 'outcome']);
    expect(engine.live()).toBe(0);
  });

  it('cannot call a tool that was not offered, skip an id, or use one twice', async () => {
    for (const calls of [
      [[0, 1, '1']],
      [[1, 0, '1']],
      [
        [0, 0, '1'],
        [0, 0, '1'],
      ],
      [[0, -1, '1']],
      [[0, 0.5, '1']],
    ] as const) {
      const recording = await runOnce(() => emitted({ calls }));
      expect(recording.error?.code).toBe('ENGINE_CRASHED');
      expect(recording.calls).toEqual([]);
    }
  });

  it('cannot end twice', async () => {
    const recording = await runOnce(({ turn }) => emitted(turn === 0 ? { value: 1, calls: [[0, 0, '1']] } : { value: 2 }));
    expect(recording.value).toBe(1);
    expect(typesOf(recording)).toEqual(['started', 'turn', 'outcome']);
  });
});

describe('a syntax error', () => {
  const bad = emitted({ syntaxError: 'Unexpected thing' });

  it('is shown with the place the engine finds, in lines and columns of the program', async () => {
    const asked: string[] = [];
    const engine = createScriptedEngine(({ realm }) => {
      realm.locateSyntaxError = async (source) => {
        asked.push(source);
        return { line: 1, column: source.indexOf('BAD') + 1 };
      };
      return bad;
    });
    const { recording } = await settledRun(createExecutor(engine), 'let BAD');
    expect(recording.error).toEqual({
      name: 'SyntaxError',
      code: 'GUEST_SYNTAX_ERROR',
      message: 'Unexpected thing (1:5)',
      stack: 'SyntaxError: Unexpected thing (1:5)\n    at program.js:1:5',
    });
    expect(asked).toHaveLength(1);
  });

  it('is looked for as the runtime compiled it: without hashbang and byte order mark', async () => {
    const asked: string[] = [];
    const engine = createScriptedEngine(({ realm }) => {
      realm.locateSyntaxError = async (source) => void asked.push(source);
      return bad;
    });
    await settledRun(createExecutor(engine), '\uFEFF#!/usr/bin/env node\nlet BAD');
    expect(asked).toHaveLength(2);
    for (const source of asked) expect(source).toContain(' ///usr/bin/env node\nlet BAD\n}');
  });

  it('comes without a place when the engine does not know it, or fails to look', async () => {
    for (const locate of [undefined, async () => undefined, () => Promise.reject(new Error('x'))]) {
      const recording = await runOnce(({ realm }) => {
        if (locate !== undefined) realm.locateSyntaxError = locate;
        return bad;
      });
      expect(recording.error).toMatchObject({ message: 'Unexpected thing', stack: 'SyntaxError: Unexpected thing' });
    }
  });

  it('does not outlive its run', async () => {
    const engine = createScriptedEngine(({ realm }) => {
      realm.locateSyntaxError = () => NEVER;
      return bad;
    });
    const run = await settledRun(createExecutor(engine));
    run.abort('ABORTED');
    expect((await run.ended).error?.code).toBe('ABORTED');
    expect(typesOf(run.recording)).toEqual(['started', 'turn', 'outcome']);
  });
});
