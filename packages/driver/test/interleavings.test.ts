import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDriver } from '../src/driver.ts';
import type { RunEvent } from '../src/events.ts';
import { ModelExecutor } from './model-executor.ts';
import type { Choose, ModelProgram } from './model-executor.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', note));
afterEach(() => void process.off('unhandledRejection', note));

const program: fc.Arbitrary<ModelProgram> = fc.record({
  lines: fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
  calls: fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }),
});

/** An endless tape of choices. */
const choices = fc.array(fc.nat(1_000), { minLength: 50, maxLength: 50 }).map((tape): Choose => {
  let next = 0;
  return (max) => (tape[next++ % tape.length] ?? 0) % (Math.max(0, max) + 1);
});

interface Played {
  readonly toolCalls: Map<string, number>;
  readonly events: RunEvent[];
  readonly borrowed: number;
  readonly returned: number;
}

async function play(
  programs: readonly ModelProgram[],
  choose: Choose,
  deaths: readonly number[],
  interfere: (abort: readonly AbortController[], dispose: () => Promise<void>) => void,
): Promise<
  Played & {
    readonly results: readonly Awaited<ReturnType<Awaited<ReturnType<ReturnType<typeof createDriver>['createContext']>>['execute']>>[];
  }
> {
  const toolCalls = new Map<string, number>();
  const events: RunEvent[] = [];
  const executors: ModelExecutor[] = [];
  let borrowed = 0;
  let returned = 0;
  const driver = createDriver(
    async ({ attempt }) => {
      borrowed++;
      for (let i = choose(3); i > 0; i--) await Promise.resolve();
      const executor = (executors[attempt] ??= new ModelExecutor(choose, deaths[attempt] ?? Number.POSITIVE_INFINITY));
      return { channel: executor.driverEnd, release: () => void returned++ };
    },
    { onEvent: (event) => events.push(event), graceMs: 5 },
  );
  const aborts = programs.map(() => new AbortController());
  const contexts = await Promise.all(
    programs.map((_, index) =>
      driver.createContext({
        bindings: {
          tool: {
            execute: async (args) => {
              const key = `${index}/${(args as { id: number }).id}`;
              toolCalls.set(key, (toolCalls.get(key) ?? 0) + 1);
              for (let i = choose(30); i > 0; i--) await Promise.resolve();
              if (choose(4) === 0) throw new Error(key);
              return key;
            },
          },
        },
        limits: { maxCallsInFlight: 1 + choose(3) },
      }),
    ),
  );
  const running = contexts.map((context, index) => context.execute(JSON.stringify(programs[index]), { signal: aborts[index]?.signal }));
  interfere(aborts, async () => {
    await contexts[choose(contexts.length - 1)]?.dispose();
  });
  const results = await Promise.all(running);
  await driver.close();
  await new Promise((resolve) => setImmediate(resolve));
  return { toolCalls, events, results, borrowed, returned };
}

function expectSoundness({ toolCalls, events, results, borrowed, returned }: Awaited<ReturnType<typeof play>>): void {
  expect(
    [...toolCalls.values()].every((count) => count === 1),
    'every tool ran at most once',
  ).toBe(true);
  expect(returned, 'every connection was given back once').toBe(borrowed);
  for (const run of new Set(events.map((event) => event.run))) {
    const mine = events.filter((event) => event.run === run);
    const seqs = mine.flatMap((event) => (event.type === 'console' ? [event.seq] : []));
    expect(seqs, 'each line was told once, in order').toEqual(seqs.map((_, index) => index));
    expect(mine.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(mine.at(-1)?.type).toBe('finished');
  }
  for (const result of results) {
    if (result.success) expect(result.logs).toEqual(result.value);
  }
  expect(unhandled.splice(0)).toEqual([]);
}

describe('programs, tools and executors in any interleaving', () => {
  it('end with their value when no executor dies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(program, { minLength: 1, maxLength: 3 }), choices, async (programs, choose) => {
        const played = await play(programs, choose, [], () => undefined);
        expectSoundness(played);
        for (const result of played.results) expect(result).toMatchObject({ success: true });
      }),
      { numRuns: 150 },
    );
  });

  it('end with their value when an executor dies once at any point, every tool having run exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(program, choices, fc.nat(40), async (one, choose, death) => {
        const played = await play([one], choose, [death], () => undefined);
        expectSoundness(played);
        expect(played.results[0]).toMatchObject({ success: true });
        expect(played.results[0]?.calls.every(({ ok }) => ok !== undefined)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('end somehow, and soundly, when executors keep dying under several of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(program, { minLength: 1, maxLength: 3 }),
        choices,
        fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }),
        async (programs, choose, deaths) => {
          const played = await play(programs, choose, deaths, () => undefined);
          expectSoundness(played);
          for (const { success, error } of played.results) expect(success || error?.code === 'ENGINE_CRASHED').toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('end soundly when they are aborted and disposed at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(program, { minLength: 1, maxLength: 3 }),
        choices,
        fc.array(fc.nat(30), { maxLength: 2 }),
        fc.array(fc.nat(120), { minLength: 1, maxLength: 3 }),
        async (programs, choose, deaths, delays) => {
          const played = await play(programs, choose, deaths, (aborts, dispose) => {
            for (const [index, delay] of delays.entries()) {
              void (async () => {
                for (let i = 0; i < delay; i++) await Promise.resolve();
                if (choose(1) === 0) aborts[index]?.abort();
                else await dispose();
              })();
            }
          });
          expectSoundness(played);
        },
      ),
      { numRuns: 200 },
    );
  });
});
