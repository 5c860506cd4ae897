import { createIsolatedVmEngine } from '../src/engine.ts';
import type { TurnResult } from '@isomux/executor';
import { expect, test } from 'vitest';
import { stubRuntime } from './stub-runtime.ts';

const engine = createIsolatedVmEngine({ guestCode: stubRuntime });

async function turn(code: string, timeoutMs = 5_000): Promise<TurnResult> {
  const realm = await engine.createRealm({ memoryBytes: 64 * 1024 * 1024, stackBytes: 512 * 1024 });
  try {
    return await realm.turn(code, timeoutMs);
  } finally {
    realm.dispose();
  }
}

test.each([
  ['an error', 'Promise.reject(new TypeError("bad"))', 'TypeError: bad'],
  ['an error of a class', 'Promise.reject(new (class Odd extends Error { name = "Odd" })("bad"))', 'Odd: bad'],
  ['a string', 'Promise.reject("bad")', 'Error: bad'],
  ['nothing', 'Promise.reject()', 'Error: undefined'],
  ['a bigint', 'Promise.reject(10n)', 'Error: 10'],
  ['an object', 'Promise.reject({ name: "Own", message: "bad" })', 'Own: bad'],
  ['a Proxy that throws', 'Promise.reject(new Proxy({}, { get() { throw 1 } }))', expect.any(String)],
  ['a getter that throws', 'Promise.reject({ get message() { throw 1 } })', expect.any(String)],
  ['a symbol', 'Promise.reject(Symbol("s"))', expect.any(String)],
  ['a function', 'Promise.reject(() => 1)', expect.any(String)],
])('%s left rejected is told, and the turn is not lost', async (_, code, told) => {
  expect(await turn(`${code}; return 1`)).toEqual({ kind: 'emitted', text: 'v:1', rejections: [told] });
});

test('a rejection that is handled within the turn is not told', async () => {
  expect(await turn('const p = Promise.reject(1); await 0; try { await p } catch {} return 1')).toMatchObject({ rejections: [] });
});

test('a getter that rejects further promises while it is read costs neither the turn nor the result', async () => {
  const result = await turn(`
    const chain = (n) => ({ get message() { if (n > 0) Promise.reject(chain(n - 1)); return 'r' + n } });
    Promise.reject(chain(5));
    return 1;
  `);
  expect(result).toMatchObject({
    kind: 'emitted',
    text: 'v:1',
    rejections: expect.arrayContaining([expect.stringMatching(/r5$/), expect.stringMatching(/r4$/)]),
  });
});

test('a getter that never stops rejecting ends its own run only', async () => {
  const result = await turn(
    'const chain = () => ({ get message() { Promise.reject(chain()); return "" } }); Promise.reject(chain()); return 1',
  );
  expect(['crashed', 'emitted', 'interrupted']).toContain(result.kind);
  expect(await turn('return 2')).toMatchObject({ text: 'v:2' });
});

test('a getter that never returns is stopped, on the thread of the guest', async () => {
  const ticks: number[] = [];
  const ticker = setInterval(() => ticks.push(performance.now()), 10);
  const result = await turn('Promise.reject({ get message() { for (;;); } }); return 1', 300);
  clearInterval(ticker);
  expect(result).toEqual({ kind: 'interrupted' });
  expect(ticks.length).toBeGreaterThan(15);
});

test('a chain of getters cannot move its end onto the thread of the host', async () => {
  for (let depth = 1; depth <= 6; depth++) {
    const result = await turn(
      `const chain = (n) => ({ get message() { if (n > 0) Promise.reject(chain(n - 1)); else for (;;); } }); Promise.reject(chain(${depth})); return 1`,
      200,
    );
    expect(['interrupted', 'emitted']).toContain(result.kind);
  }
});

test('a rejection of half a gigabyte is cut short or ends as memory', async () => {
  const result = await turn('Promise.reject(new Error("x".repeat(2 ** 28))); return 1');
  if (result.kind === 'emitted') expect(result.rejections[0]?.length).toBeLessThan(10_000);
  else expect(result.kind).toBe('memory');
});
