import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComparison, type Comparison } from './comparison.ts';
import { expectWellFormed } from './endings.ts';
import { expectQuietHost } from './host-watch.ts';
import { propertyOptions } from './properties.ts';
import { programSource } from './sources/programs.ts';

expectQuietHost();

const TOOLS: Readonly<Record<string, (args: never) => unknown>> = {
  add: ({ a, b }: { readonly a: number; readonly b: number }) => a + b,
  echo: (args: unknown) => args,
  flaky: ({ n }: { readonly n: number }) => {
    if (n % 2 !== 0) throw Object.assign(new RangeError(`odd: ${n}`), { code: `ODD_${n}` });
    return n * 10;
  },
};

let comparison: Comparison;
beforeAll(async () => {
  comparison = await createComparison(TOOLS as Record<string, (args: unknown) => unknown>, 10_000);
});
afterAll(() => comparison.close());

describe('a generated program', () => {
  it('returns, logs and calls exactly the same on every subject', { timeout: 120_000 }, async () => {
    let ended = 0;
    let succeeded = 0;
    await fc.assert(
      fc.asyncProperty(programSource, async (code) => {
        const seen = await comparison.run(code);
        const [first, ...others] = [...seen].map(([name, { result, observation }]) => ({ name, result, observation }));
        for (const other of others) expect({ [other.name]: other.observation }).toEqual({ [other.name]: first?.observation });
        for (const { result } of seen.values()) expectWellFormed(result);
        ended++;
        if (first?.observation.success === true) succeeded++;
      }),
      propertyOptions(150),
    );
    // A generator whose programs all fail at once would compare nothing.
    expect(succeeded).toBeGreaterThan(ended * 0.9);
  });
});
