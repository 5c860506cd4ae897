import { createExecutor } from '@isomux/executor';
import { createDriver } from '@isomux/driver';
import { createChannelPair } from '@isomux/protocol';
import { describe, expect, test } from 'vitest';
import { createQuickJSEngine } from '../src/engine.ts';
import { createRealm, textOf } from './realms.ts';

const BUDGET_MS = 40;
const still = (): number => 1_000;

const ENDLESS: Readonly<Record<string, string>> = {
  'a loop': 'for (;;);',
  'a loop after a turn of microtasks': 'await null; for (;;);',
  'a microtask loop': 'for (;;) await null',
  'a regular expression': 'return /^(a+)+$/.test("a".repeat(64) + "b")',
  'a search in something that only claims a length': 'return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'moving memory, again and again': 'const bytes = new Uint8Array(2e7); for (;;) bytes.copyWithin(0, 1)',
  'long products': 'const n = 3n ** 200000n; for (;;) n * n',
  'parsing JSON, again and again': 'const text = JSON.stringify(Array(1e5).fill({ a: 1 })); for (;;) JSON.parse(text)',
};

describe('where the clock stands still', () => {
  test.each(Object.entries(ENDLESS))('a turn ends by what it does: %s', async (_, code) => {
    const realm = await createRealm({ now: still });
    expect(await realm.turn(code, BUDGET_MS)).toEqual({ kind: 'interrupted' });
    expect(realm.cpuMs).toBeGreaterThanOrEqual(BUDGET_MS);
  });

  test('a longer budget is longer', async () => {
    const turn = async (budgetMs: number): Promise<number> => {
      let count = 0;
      const realm = await createRealm({ now: () => (count++, 0) });
      await realm.turn('for (;;);', budgetMs);
      return count;
    };
    expect((await turn(250)) / (await turn(25))).toBeGreaterThan(5);
  });

  test('a program within its budget ends as it would elsewhere', async () => {
    const realm = await createRealm({ now: still });
    expect(await textOf(realm.turn('let n = 0; for (let i = 0; i < 3e6; i++) n += i; return n', 1_000))).toBe('v:4499998500000');
  });

  test('what turns have executed adds up, and counts against the budgets of the run', async () => {
    const realm = await createRealm({ now: still });
    const cpuMs: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      await realm.turn('for (let i = 0; i < 1.2e7; i++);', 10_000);
      cpuMs.push(realm.cpuMs);
    }
    const [first = 0, second = 0, third = 0] = cpuMs;
    expect(first).toBeGreaterThan(20);
    expect(second).toBeCloseTo(2 * first, 0);
    expect(third).toBeCloseTo(3 * first, 0);
  });

  test('a clock that moves between turns says that they took no longer', async () => {
    let now = 0;
    const realm = await createRealm({ now: () => now });
    await realm.turn('for (let i = 0; i < 1.2e7; i++);', 10_000);
    const countedMs = realm.cpuMs;
    now += 3;
    await realm.turn('return 1', 10_000);
    expect(countedMs).toBeGreaterThan(20);
    expect(realm.cpuMs).toBe(3);
    now += 1_000;
    await realm.turn('return 1', 10_000);
    expect(realm.cpuMs).toBe(3);
  });

  test.each([
    [{ wallMs: 80 }, 'TIMEOUT'],
    [{ cpuMs: 80 }, 'CPU_TIMEOUT'],
  ] as const)('a run of many short turns ends by %j', async (limits, code) => {
    const executor = createExecutor(createQuickJSEngine({ now: still }), {
      time: { monotonicMs: still, setTimer: () => 0, clearTimer: () => undefined },
    });
    const driver = createDriver(() => {
      const [channel, executorEnd] = createChannelPair();
      executor.attach(executorEnd);
      return Promise.resolve({ channel, release: () => channel.close() });
    });
    const context = await driver.createContext({ bindings: { tick: { execute: () => Promise.resolve(1) } }, limits });
    const { error } = await context.execute('for (;;) { await tick(); for (let i = 0; i < 4e6; i++); }');
    expect(error?.code).toBe(code);
    await driver.close();
    await executor.close();
  });
});

describe('where the clock moves', () => {
  test('nothing is counted: a slow clock means a late end', async () => {
    let reads = 0;
    const realm = await createRealm({ now: () => Math.floor(reads++ / 8) });
    expect(await realm.turn('for (;;);', BUDGET_MS)).toEqual({ kind: 'interrupted' });
    expect(reads).toBeGreaterThan(8 * BUDGET_MS);
    expect(reads).toBeLessThan(8 * BUDGET_MS + 50);
    expect(realm.cpuMs).toBe(BUDGET_MS + 1);
  });
});
