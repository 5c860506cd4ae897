import type { Driver, Result, ToolBinding } from '@isomux/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countThreadMs, settledWithin } from './deadline.ts';
import { expectWellFormed } from './endings.ts';
import { ENDLESS } from './endless/corpus.ts';
import type { Endless } from './endless/phase.ts';
import { expectQuietHost } from './host-watch.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

expectQuietHost();

const BUDGET_MS = 200;
/** Far more than the contract's small margin, so that a busy machine is not taken for a hanging sandbox. */
const GUARD_MS = 6_000;
const MAX_TRIES = 20;
/** How many run at once where guests do not run on this thread. */
const AT_ONCE = 5;

function createTools(): Record<string, ToolBinding> {
  return {
    echo: { execute: (args) => args },
    never: { execute: () => new Promise(() => undefined) },
    slow: { execute: () => new Promise((resolve) => setTimeout(resolve, 40)) },
    fail: {
      execute: () => {
        throw new Error('a tool failed');
      },
    },
  };
}

/** Runs one program to its end, and another after it. Says in words what was wrong. */
async function findFault(driver: Driver, endless: Endless): Promise<string | undefined> {
  const context = await driver.createContext({ bindings: createTools(), limits: { wallMs: BUDGET_MS, maxCodeBytes: 4 * 1024 * 1024 } });
  let result: Result | 'still pending';
  let tries = 0;
  do {
    result = await settledWithin(context.execute(endless.code), BUDGET_MS + GUARD_MS);
    if (result === 'still pending') return `${endless.name}: did not end`;
    // The budget is small: where a process must be replaced first, it may pass before the guest has begun.
  } while (result.error?.code === 'QUEUE_TIMEOUT' && ++tries < MAX_TRIES);
  expectWellFormed(result);
  if (!isExpected(endless, result)) return `${endless.name}: ended with ${JSON.stringify(result.error ?? result.value)?.slice(0, 300)}`;
  const next = await settledWithin(context.execute('return 1 + 1', { limits: { wallMs: GUARD_MS } }), 2 * GUARD_MS);
  if (next === 'still pending') return `${endless.name}: the run after it did not end`;
  if (next.value !== 2) return `${endless.name}: the run after it ended with ${JSON.stringify(next.error)}`;
  await context.dispose();
  return undefined;
}

function isExpected({ compiles, orElse }: Endless, { error }: Result): boolean {
  const { code } = error ?? {};
  if (code === 'TIMEOUT') return true;
  if (compiles === true) return code === undefined || ['GUEST_SYNTAX_ERROR', 'STACK_OVERFLOW', 'MEMORY_LIMIT'].includes(code);
  return (orElse ?? []).some((ending) => (ending === 'own' ? code === undefined : ending === code));
}

async function findFaults(driver: Driver, corpus: readonly Endless[], subject: Subject): Promise<string[]> {
  const faults: string[] = [];
  const left = [...corpus];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const fault = await findFault(driver, next);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: subject.guestRunsIn === 'host' ? 1 : AT_ONCE }, work));
  return faults;
}

describe.each(SUBJECTS)('a guest on $name that never finishes', (subject) => {
  let driver: Driver;
  beforeAll(() => {
    driver = subject.create();
  });
  afterAll(() => driver.close());

  it.each(Object.entries(ENDLESS))('%s ends at its deadline, and the next run works', { timeout: 120_000 }, async (_, corpus) => {
    const threadMs = countThreadMs();
    const faults = await findFaults(
      driver,
      subject.guestRunsIn === 'host' ? corpus.filter((_one, index) => index % 2 === 0) : corpus,
      subject,
    );
    const msPerGuest = threadMs() / corpus.length;
    expect(faults).toEqual([]);
    // Had the guests run on this thread, each would have used its whole budget of it.
    if (subject.guestRunsIn !== 'host') expect(msPerGuest).toBeLessThan(BUDGET_MS * 0.9);
  });
});
