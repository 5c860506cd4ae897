import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { globalsTurn } from '../src/globals-turn.ts';
import { guestRuntimeSource, loadGuestChunk } from '../src/guest-source.ts';
import type { RealmConfig } from '../src/realm-wire.ts';
import { encodeTurnInput } from '../src/turn-input.ts';

interface Runtime {
  deliver(input: string): void;
  collect(): string;
}

const PRESETS = ['minimal', 'compute', 'data', 'agent'] as const;
const START_MS = 1_700_000_000_000;

const configOf = (globals: RealmConfig['globals'], clock: RealmConfig['clock']): RealmConfig => ({
  tools: ['external_a', 'external_b'],
  seed: '5e'.repeat(32),
  startMs: START_MS,
  clock,
  globals,
  env: '{"key":[1]}',
  maxCalls: 2,
  maxArgumentBytes: 1_000,
  maxReturnBytes: 100_000,
  maxLogBytes: 1_000,
  maxLogLines: 5,
  maxTimers: 2,
});

/** What a program emits, in a world whose globals were made ahead, or were not. */
async function play(config: RealmConfig, program: string, isAhead: boolean): Promise<readonly string[]> {
  const emitted: string[] = [];
  // The context has a queue of its own, which is drained when a script has ended.
  const world = createContext({ __proto__: null }, { microtaskMode: 'afterEvaluate' });
  const { createRuntime } = runInContext(guestRuntimeSource, world) as { createRuntime(host: object): Runtime };
  const runtime = createRuntime({ emit: (text: string) => void emitted.push(text), load: loadGuestChunk });
  const turn = (input: string): void => {
    runtime.deliver(input);
    runInContext('0', world);
    emitted.push(runtime.collect());
  };
  if (isAhead) {
    turn(globalsTurn(config.globals, config.clock).input);
    expect(emitted.splice(0)).toEqual(['{}\n']);
  }
  turn(encodeTurnInput([{ kind: 'start' }], START_MS + 5, config, program));
  await Promise.resolve();
  return emitted;
}

/** Every property that can be reached from the global object by names, and what it is. */
const LIST = `
  const lines = [], seen = new Set();
  const walk = (path, value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || path.length > 60) return;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const d = Object.getOwnPropertyDescriptor(value, key);
      const at = path + '.' + String(key);
      lines.push(at + ' ' + [d.writable, d.enumerable, d.configurable, typeof d.value, typeof d.get, typeof d.value === 'function' ? d.value.length : d.value?.toString?.length].join());
      walk(at, d.value); walk(at + '[get]', d.get);
    }
  };
  walk('', globalThis);
  return lines.length + ' ' + lines.sort().join(String.fromCharCode(10)).slice(0, 90000);`;

describe.each(PRESETS)('globals of the preset %s that are made ahead', (globals) => {
  test('are those that a run makes when it starts', async () => {
    const config = configOf(globals, 'logical');
    const ahead = await play(config, LIST, true);
    expect(ahead).toEqual(await play(config, LIST, false));
    expect(ahead.join('').length).toBeGreaterThan(10_000);
  });
});

test.each([
  ['time', 'return [Date.now(), performance.now(), performance.timeOrigin, new Date().toISOString()]'],
  ['chance', 'return [Math.random(), crypto.randomUUID()]'],
  ['env', 'return env'],
  ['the tools', 'external_a({ x: 1 }); external_b(); external_a().catch((e) => console.log(e.code))'],
  ['the caps of logs', 'for (let i = 0; i < 20; i++) console.log("line", i)'],
  ['the caps of timers', 'setTimeout(() => {}, 1); setTimeout(() => {}, 2); try { setTimeout(() => {}, 3) } catch (e) { return e.code }'],
  ['the caps of values', 'return "x".repeat(200000)'],
  ['unknown tools', 'external_c()'],
  ['errors', 'null.x'],
])('%s: a run finds its own, whatever its globals were made with', async (_, program) => {
  const config = configOf('agent', 'logical');
  expect(await play(config, program, true)).toEqual(await play(config, program, false));
});

test('a live clock is live', async () => {
  const [ahead = ''] = await play(configOf('agent', 'live'), 'return Date.now()', true);
  expect(Number(/\n(\d+)$/.exec(ahead)?.[1])).toBeGreaterThan(START_MS + 60_000);
});
