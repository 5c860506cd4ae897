import type { Driver, Result } from '@isomux/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantCanaries, type Canaries } from './canaries.ts';
import { expectEnding, expectJson } from './endings.ts';
import { toProgram } from './escapes/attack.ts';
import { ATTACKS } from './escapes/corpus.ts';
import { createHostileTools } from './escapes/hostile-tools.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS } from './subjects.ts';

expectQuietHost();

interface Findings {
  readonly evidence: readonly string[];
  readonly ended: string;
}

describe.each(SUBJECTS)('on $name', (subject) => {
  let canaries: Canaries;
  let driver: Driver;
  beforeAll(async () => {
    canaries = await plantCanaries();
    driver = subject.create({ timeout: 10_000 });
  });
  afterAll(async () => {
    await driver.close();
    await canaries.close();
  });

  async function run(code: string, received: unknown[]): Promise<{ result: Result; texts: string[] }> {
    await using context = await driver.createContext({ bindings: createHostileTools((args) => received.push(args)) });
    const result = await context.execute(code);
    return { result, texts: [JSON.stringify({ ...result, calls: [] }), ...received.map((args) => JSON.stringify(args) ?? '')] };
  }

  for (const [theme, attacks] of Object.entries(ATTACKS)) {
    it.each(attacks)(`gives nothing away to ${theme}: $name`, async (attack) => {
      const received: unknown[] = [];
      const { result, texts } = await run(toProgram(attack, canaries.bait), received);
      expect(await canaries.examine(texts)).toEqual([]);
      expectEnding(result, ['own', 'RESULT_NOT_SERIALIZABLE', 'STACK_OVERFLOW', 'TIMEOUT']);
      if (result.success) expect((result.value as Findings).evidence).toEqual([]);
      for (const args of received) expectJson(args);
      const after = await run(CLEAN_WORLD, []);
      expect(after.result).toMatchObject({ success: true, value: { sum: 2, polluted: [] }, logs: ['clean'] });
    });
  }
});

/** Says what an earlier run has left behind: nothing. */
const CLEAN_WORLD = `
const polluted = [];
for (const name of Reflect.ownKeys(globalThis)) {
  const value = globalThis[name];
  for (const holder of [value, value?.prototype]) if (holder && Reflect.has(Object(holder), 'polluted')) polluted.push(String(name));
}
for (const key of Reflect.ownKeys(globalThis)) if (String(key) === 'escaped' || String(key) === 'polluted') polluted.push(String(key));
console.log('clean');
await echo({});
return { sum: 1 + 1, polluted };`;
