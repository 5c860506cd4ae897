import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createExecutor } from '../src/executor.ts';
import { createQuickJsTestEngine } from './quickjs-engine.ts';
import { randomValue } from './random-value.ts';
import { runScript, type Recording } from './scripted-driver.ts';
import { createVmEngine } from './vm-engine.ts';

const executors = [createExecutor(createVmEngine()), createExecutor(createQuickJsTestEngine())] as const;
afterAll(() => Promise.all(executors.map((executor) => executor.close())));

/** The same program on both engines: what each of them made of it. */
async function runBoth(code: string): Promise<readonly [Recording, Recording]> {
  const options = { tools: { external_echo: () => 0 }, limits: { wallMs: 10_000, maxLogBytes: 8_000_000 } };
  const recordings = await Promise.all([runScript(executors[0], code, options), runScript(executors[1], code, options)]);
  for (const { status, error } of recordings) {
    expect(status).not.toBe('pending');
    expect(['ENGINE_CRASHED', 'TIMEOUT', 'MEMORY_LIMIT']).not.toContain(error?.code);
    for (const text of Object.values(error ?? {})) expect(typeof text).toBe('string');
  }
  return recordings;
}

const rejectionless = (logs: readonly string[]): string[] => logs.filter((line) => !line.startsWith('WARN: Unhandled promise rejection'));
const same = (make: (recording: Recording) => unknown, [a, b]: readonly [Recording, Recording]): void => expect(make(b)).toEqual(make(a));

describe('any value at all', () => {
  it('can be logged and passed to a tool: the same text on each engine, and the program goes on', async () => {
    await fc.assert(
      fc.asyncProperty(randomValue, async (value) => {
        const both = await runBoth(
          `const v = () => ${value};
           console.log(v()); console.warn('%s %d %i %f %j %o %c', v(), v(), v(), v(), v(), v(), v()); console.dir(v()); console.log([v()], { v: v() }); console.assert(false, v()); console.count(v());
           let outcome; try { await external_echo(v()); outcome = 'called' } catch (e) { outcome = [e.name, e.code, e.message] }
           setTimeout(() => {}, 0, v()); return outcome`,
        );
        for (const { error } of both) expect(error).toBeUndefined();
        same(({ value: outcome }) => outcome, both);
        same(({ logs }) => rejectionless(logs), both);
        same(({ calls }) => calls, both);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 6_000 },
    );
  });

  it('can be returned: it is data, nothing, or a failure with a name, the same on each engine', async () => {
    await fc.assert(
      fc.asyncProperty(randomValue, async (value) => {
        const both = await runBoth(`return ${value}`);
        // What the engine itself throws on the way, such as for a revoked proxy, it says in its own words.
        same(({ status, value: got, error }) => [status, got, error?.name, error?.code, error?.code === undefined || error.message], both);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 6_000 },
    );
  });

  it('can be thrown: the failure is plain strings, the same on each engine', async () => {
    await fc.assert(
      fc.asyncProperty(randomValue, async (value) => {
        const both = await runBoth(`throw ${value}`);
        for (const { status } of both) expect(status).toBe('failure');
        same(({ error }) => [error?.name, error?.message, error?.code], both);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 6_000 },
    );
  });
});
