import type { Driver, Result, RunEvent } from '@isomux/driver';

/** What one conversation came to. */
export interface Conversation {
  readonly result: Result;
  /** How often each tool call reached its tool, by its argument. */
  readonly counts: Readonly<Record<string, number>>;
  readonly events: readonly RunEvent['type'][];
}

const PROGRAM = `
console.log('begin');
const [a, b] = await Promise.all([echo('a'), echo('b')]);
console.log('both', a, b);
let caught;
try { await fail('c') } catch (error) { caught = error.message }
await new Promise((resolve) => setTimeout(resolve, 1));
const seen = [];
for (const key of ['d', 'e', 'f']) seen.push(await echo(key));
console.log('end');
return { a, b, caught, seen };`;

/** What it comes to when nothing goes wrong on the way. */
export const EXPECTED: object = {
  success: true,
  value: { a: 'a!', b: 'b!', caught: 'no c', seen: ['d!', 'e!', 'f!'] },
  logs: ['begin', 'both a! b!', 'end'],
};

/** Has a driver run a program of several turns, with calls in parallel, one after the other, and one that fails. */
export async function converse(driver: Driver, affinityKey?: string): Promise<Conversation> {
  const counts: Record<string, number> = {};
  const events: RunEvent['type'][] = [];
  const count = (key: unknown): string => {
    counts[String(key)] = (counts[String(key)] ?? 0) + 1;
    return String(key);
  };
  const context = await driver.createContext({
    affinityKey,
    onEvent: ({ type }) => events.push(type),
    bindings: {
      echo: { execute: async (key) => `${count(key)}!` },
      fail: {
        execute: async (key) => {
          throw new Error(`no ${count(key)}`);
        },
      },
    },
  });
  const result = await context.execute(PROGRAM);
  await context.dispose();
  return { result, counts, events };
}
