import type { Driver, Result } from '@isomux/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settledWithin } from './deadline.ts';
import { expectWellFormed } from './endings.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS } from './subjects.ts';

expectQuietHost();

/** One guest for each phase. Each writes a line on its way in, so that it is ended in the middle and not before. */
const PHASES: Readonly<Record<string, string>> = {
  'executing the first turn': 'console.log("in"); for (;;) {}',
  'a catastrophic regular expression': 'console.log("in"); /^(a+)+$/.test("a".repeat(40) + "b")',
  'one native call without end': 'console.log("in"); Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
  'a microtask loop': 'console.log("in"); for (;;) await null',
  'waiting for a tool': 'console.log("in"); await never({})',
  'looping while a tool runs': 'console.log("in"); never({}); for (;;) {}',
  'waiting for a timer': 'console.log("in"); await new Promise((resolve) => setTimeout(resolve, 1e6))',
  'timers that follow each other': 'console.log("in"); for (;;) await new Promise((resolve) => setTimeout(resolve, 0))',
  'serialising the result': 'console.log("in"); return { toJSON() { for (;;) {} } }',
  'serialising an argument': 'console.log("in"); await never({ get a() { for (;;) {} } })',
  'describing an error': 'console.log("in"); throw { get message() { for (;;) {} } }',
  'formatting for the console': 'console.log("in"); console.log({ toJSON() { for (;;) {} } })',
  'growing without end': 'console.log("in"); const all = []; for (;;) { all.push(new Array(100).fill(1)); await null; }',
  'logging without end': 'for (;;) console.log("in")',
};

/** A guest that runs on this very thread is ended only when its engine has stopped it: then this is what ends the run. */
const BUDGET_MS = { away: 20_000, host: 250 };
const GUARD_MS = 6_000;

describe.each(SUBJECTS)('a guest on $name that never finishes', (subject) => {
  const isHere = subject.guestRunsIn === 'host';
  const wallMs = isHere ? BUDGET_MS.host : BUDGET_MS.away;
  let driver: Driver;
  beforeAll(() => {
    driver = subject.create();
  });
  afterAll(() => driver.close());

  /** Starts the program and calls `end` when it has written its line. */
  async function endInTheMiddle(
    code: string,
    signal: AbortSignal | undefined,
    end: (dispose: () => Promise<void>) => unknown,
  ): Promise<Result | 'still pending'> {
    const context = await driver.createContext({
      bindings: { never: { execute: () => new Promise(() => undefined) } },
      limits: { wallMs },
    });
    let ended: unknown;
    const running = context.execute(code, {
      signal,
      onEvent: (event) => {
        if (event.type === 'console' && ended === undefined) ended = end(() => context.dispose());
      },
    });
    const result = await settledWithin(running, wallMs === BUDGET_MS.host ? wallMs + GUARD_MS : GUARD_MS);
    await ended;
    return result;
  }

  it.each(Object.entries(PHASES))('%s is ended by dispose', async (_, code) => {
    const result = await endInTheMiddle(code, undefined, (dispose) => setTimeout(() => void dispose(), 20));
    if (result === 'still pending') throw new Error('The run did not end.');
    expectWellFormed(result);
    expect(isHere ? ['DISPOSED', 'TIMEOUT', 'MEMORY_LIMIT'] : ['DISPOSED', 'MEMORY_LIMIT']).toContain(result.error?.code);
    expect(result.logs[0]).toBe('in');
    await expectHealthy();
  });

  it.each(Object.entries(PHASES).slice(0, 5))('%s is ended by an AbortSignal', async (_, code) => {
    const controller = new AbortController();
    const result = await endInTheMiddle(code, controller.signal, () => setTimeout(() => controller.abort(), 20));
    if (result === 'still pending') throw new Error('The run did not end.');
    expectWellFormed(result);
    expect(isHere ? ['ABORTED', 'TIMEOUT'] : ['ABORTED']).toContain(result.error?.code);
    await expectHealthy();
  });

  it('ends when the driver is closed, which settles at once', async () => {
    const doomed = subject.create();
    const run = async (code: string): Promise<Result> => {
      const bindings = { never: { execute: () => new Promise(() => undefined) } };
      const context = await doomed.createContext({ bindings, limits: { wallMs: isHere ? 60 : wallMs } });
      return context.execute(code);
    };
    const running = Promise.all(Object.values(PHASES).map(run));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await settledWithin(doomed.close(), GUARD_MS)).toBeUndefined();
    const results = await settledWithin(running, GUARD_MS);
    if (results === 'still pending') throw new Error('A run did not end.');
    for (const result of results) expect(['DISPOSED', 'TIMEOUT', 'MEMORY_LIMIT', 'QUEUE_TIMEOUT']).toContain(result.error?.code);
    expect(await doomed.createContext({ bindings: {} }).catch((error: { code?: string }) => error.code)).toBe('DRIVER_CLOSED');
  });

  async function expectHealthy(): Promise<void> {
    await using context = await driver.createContext({ bindings: {} });
    expect(await settledWithin(context.execute('return 1 + 1'), 2 * GUARD_MS)).toMatchObject({ success: true, value: 2 });
  }
});
