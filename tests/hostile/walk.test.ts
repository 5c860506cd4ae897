import type { Driver } from '@isomux/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantCanaries, type Canaries } from './canaries.ts';
import { expectEnding } from './endings.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS } from './subjects.ts';
import { createWalk } from './walk.ts';

expectQuietHost();

const SEEDS = [1, 2, 3, 5, 8, 13, 21, 34];
const CALLS = 5_000;

describe.each(SUBJECTS)('calling everything with junk on $name', (subject) => {
  let canaries: Canaries;
  let driver: Driver;
  beforeAll(async () => {
    canaries = await plantCanaries();
    driver = subject.create({ timeout: 2_000 });
  });
  afterAll(async () => {
    await driver.close();
    await canaries.close();
  });

  it.each(SEEDS)('harms neither the host nor the context (seed %i)', async (seed) => {
    const received: unknown[] = [];
    await using context = await driver.createContext({
      bindings: {
        echo: {
          execute: (args) => {
            received.push(args);
            return args;
          },
        },
      },
    });
    const result = await context.execute<[number, number, number]>(createWalk(seed, CALLS));
    // Junk also freezes, never ends, allocates and recurses.
    expectEnding(result, ['own', 'TIMEOUT', 'MEMORY_LIMIT', 'STACK_OVERFLOW', 'RESULT_NOT_SERIALIZABLE', 'STALLED']);
    if (result.success && Array.isArray(result.value)) {
      const [calls, thrown, places] = result.value;
      expect(calls).toBe(CALLS);
      expect(places).toBeGreaterThan(500);
      expect(thrown).toBeLessThan(CALLS);
    }
    expect(await canaries.examine([JSON.stringify({ ...result, calls: [] }), JSON.stringify(received)])).toEqual([]);
    expect(await context.execute('return 1 + 1')).toMatchObject({ success: true, value: 2 });
  });
});
