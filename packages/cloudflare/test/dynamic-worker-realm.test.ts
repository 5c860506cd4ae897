import { createDriver } from '@isomux/driver';
import { createExecutor, type TurnResult } from '@isomux/executor';
import { createChannelPair, DEFAULT_LIMITS } from '@isomux/protocol';
import { createQuickJSEngine } from '@isomux/quickjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorkerLoaderEngine } from '../src/worker/loader/engine.ts';
import type { DynamicWorkerCode, WorkerLoader } from '../src/worker/platform.ts';

const MIN_TURN = `${JSON.stringify({ n: 0, i: [['s', 2, 10]] })}\n{}"return 1"`;

/** What a Dynamic Worker answers to a turn: the platform is scripted, because it cannot be made to fail. */
type Answer = (input: string, call: number) => unknown;

interface ScriptedLoader extends WorkerLoader {
  readonly loaded: DynamicWorkerCode[];
  disposals: number;
}

function createScriptedLoader(answer: Answer): ScriptedLoader {
  const loader: ScriptedLoader = {
    loaded: [],
    disposals: 0,
    load(code) {
      loader.loaded.push(code);
      let calls = 0;
      // A stub has every method that it is asked for.
      const session = new Proxy(
        {},
        {
          get(_target, name) {
            if (name === 'then') return undefined;
            if (name === Symbol.dispose) return () => void (loader.disposals += 1);
            return async (input: string) => answer(input, calls++);
          },
        },
      );
      return { getEntrypoint: () => ({ open: async () => session }) };
    },
  };
  return loader;
}

async function takeTurn(answer: Answer, timeoutMs = 5_000): Promise<{ result: TurnResult; lines: string[]; loader: ScriptedLoader }> {
  const loader = createScriptedLoader(answer);
  const engine = createWorkerLoaderEngine(loader);
  const realm = await engine.createRealm({ memoryBytes: DEFAULT_LIMITS.memoryBytes, stackBytes: DEFAULT_LIMITS.stackBytes });
  const lines: string[] = [];
  realm.onEmit = (text) => lines.push(text);
  const result = await realm.turn(MIN_TURN, timeoutMs);
  realm.dispose();
  await engine.close();
  return { result, lines, loader };
}

describe('a Dynamic Worker', () => {
  it('is loaded with the program as data, without network, bindings and variables, and with the CPU time that is left', async () => {
    const { loader } = await takeTurn(() => '[2,[],[]]\n{}', 1_234);
    expect(loader.loaded).toHaveLength(1);
    expect(loader.loaded[0]).toMatchObject({ globalOutbound: null, env: {}, limits: { cpuMs: 1_234 } });
    const modules = loader.loaded[0]?.modules ?? {};
    expect(modules['program.txt']).toEqual({ text: expect.stringContaining('"return 1"') });
    expect(
      Object.values(modules)
        .filter((source) => typeof source === 'string')
        .join(''),
    ).not.toContain('return 1"');
  });

  it('gives lines and a result, and is let go', async () => {
    const { result, lines, loader } = await takeTurn(() => '[2,[2],[3]]\n{}lxbad');
    expect({ result, lines }).toEqual({ result: { kind: 'emitted', text: '{}', rejections: ['bad'] }, lines: ['lx'] });
    await expect.poll(() => loader.disposals).toBe(1);
  });

  it('gives what is too long for one answer in parts', async () => {
    const parts = ['[6,[],[]]\n{}', 'ab', 'cd'];
    expect((await takeTurn((_input, call) => parts[call])).result).toEqual({ kind: 'emitted', text: '{}abcd', rejections: [] });
  });

  it.each<[string, Answer]>([
    ['an object', () => ({ length: 3 })],
    ['a function', () => (): void => {}],
    ['no header', () => 'x'.repeat(1_000)],
    ['more than it may', () => '[99999999999,[],[]]\n'],
    ['less than it said', (_input, call) => (call === 0 ? '[9,[],[]]\n{}' : '')],
    ['something else in the middle', (_input, call) => (call === 0 ? '[9,[],[]]\n{}' : 7)],
    ['more than it said', () => '[2,[],[]]\n{}more'],
  ])('that answers with %s has crashed', async (_what, answer) => {
    expect((await takeTurn(answer)).result.kind).toBe('crashed');
  });

  it('that goes is lost, and out of time where its time was up', async () => {
    const fail = (): never => {
      throw new Error('Worker exceeded CPU time limit. out of memory');
    };
    expect((await takeTurn(fail)).result).toEqual({ kind: 'lost' });
    expect((await takeTurn(fail, 1)).result).toEqual({ kind: 'interrupted' });
  });

  it('that never answers is interrupted at the end of its time', async () => {
    const { result, loader } = await takeTurn(() => new Promise(() => {}), 50);
    expect(result).toEqual({ kind: 'interrupted' });
    await expect.poll(() => loader.disposals).toBe(1);
  });

  it('ends its turn when it is disposed', async () => {
    const engine = createWorkerLoaderEngine(createScriptedLoader(() => new Promise(() => {})));
    const realm = await engine.createRealm({ memoryBytes: 1, stackBytes: 1 });
    const turn = realm.turn(MIN_TURN, 60_000);
    realm.dispose();
    expect(await turn).toEqual({ kind: 'interrupted' });
    expect(await realm.turn(MIN_TURN, 1_000)).toEqual({ kind: 'interrupted' });
  });
});

describe('a run whose Dynamic Worker goes', () => {
  function createDriverOn(loader: WorkerLoader): ReturnType<typeof createDriver> {
    const executor = createExecutor(createWorkerLoaderEngine(loader));
    const [driverEnd, executorEnd] = createChannelPair();
    executor.attach(executorEnd);
    const driver = createDriver(() => Promise.resolve({ channel: driverEnd, release: () => {} }));
    onTestFinished(async () => {
      await driver.close();
      await executor.close();
    });
    return driver;
  }

  it('is replayed in another one: its tools are called once', async () => {
    // QuickJS is in the place of the guests, so that the turns are real.
    const quickjs = createQuickJSEngine();
    let turns = 0;
    const calls: unknown[] = [];
    const loader: WorkerLoader = {
      load: () => {
        const realm = quickjs.createRealm({ memoryBytes: DEFAULT_LIMITS.memoryBytes, stackBytes: DEFAULT_LIMITS.stackBytes });
        const turn = async (input: string): Promise<string> => {
          if (++turns === 3) throw new Error('gone');
          const result = await (await realm).turn(input, 1_000);
          return result.kind === 'emitted' ? `[${result.text.length},[],[]]\n${result.text}` : '';
        };
        const session = new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : turn) });
        return { getEntrypoint: () => ({ open: async () => session }) };
      },
    };
    const tool = { name: 'step', description: '', inputSchema: {}, execute: async (n: unknown) => calls.push(n) };
    const context = await createDriverOn(loader).createContext({ bindings: { external_step: tool } });
    const result = await context.execute('const seen = []; for (let n = 0; n < 4; n++) seen.push(await external_step(n)); return seen');
    expect(result).toMatchObject({ success: true, value: [1, 2, 3, 4] });
    expect(calls).toEqual([0, 1, 2, 3]);
  });

  it('fails by name when it takes the next one with it, too', async () => {
    const loader = createScriptedLoader(() => Promise.reject(new Error('gone')));
    const context = await createDriverOn(loader).createContext({ bindings: {} });
    expect(await context.execute('return 1')).toMatchObject({ success: false, error: { code: 'ENGINE_CRASHED' } });
    expect(loader.loaded.length).toBeLessThanOrEqual(3);
  });
});
