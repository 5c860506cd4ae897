import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createComparison, type Comparison } from './comparison.ts';
import { expectWellFormed } from './endings.ts';
import { expectQuietHost } from './host-watch.ts';
import { propertyOptions } from './properties.ts';
import { valueSource } from './sources/values.ts';

expectQuietHost();

let comparison: Comparison;
beforeAll(async () => {
  comparison = await createComparison({ echo: (args) => args }, 10_000);
});
afterAll(() => comparison.close());

/** Runs a program on all subjects and holds what they say against each other. */
async function expectAgreement(code: string): Promise<void> {
  const seen = await comparison.run(code);
  for (const { result } of seen.values()) expectWellFormed(result);
  const [first, ...others] = [...seen].map(([name, { observation }]) => ({ name, observation }));
  for (const other of others) expect({ [other.name]: other.observation }).toEqual({ [other.name]: first?.observation });
}

const RUNS = 120;

describe('any JavaScript value, on every subject alike,', () => {
  it('is returned', async () => {
    await fc.assert(
      fc.asyncProperty(valueSource, (source) => expectAgreement(`return ${source};`)),
      propertyOptions(RUNS),
    );
  });

  it('is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(valueSource, (source) => expectAgreement(`throw ${source};`)),
      propertyOptions(RUNS),
    );
  });

  it('is passed to a tool', async () => {
    const toProgram = (source: string): string => `
try {
  return { back: await echo(${source}) };
} catch (error) {
  return { name: error.name, message: error.message, code: error.code, own: error instanceof Error };
}`;
    await fc.assert(
      fc.asyncProperty(valueSource, (source) => expectAgreement(toProgram(source))),
      propertyOptions(RUNS),
    );
  });

  it('is logged', async () => {
    const toProgram = (source: string): string => `
const make = () => ${source};
console.log(make());
console.error('text', make(), [make()]);
console.log('%s|%d|%i|%f|%j|%o|%O|%c|%%', make(), make(), make(), make(), make(), make(), make(), make());
console.table(make());
console.table([make(), { a: make() }]);
console.dir(make());
console.assert(make(), make());
console.count(make());
console.group(make());
console.info(make(), 1);
console.groupEnd();
return 'logged';`;
    await fc.assert(
      fc.asyncProperty(valueSource, (source) => expectAgreement(toProgram(source))),
      propertyOptions(RUNS),
    );
  });

  it('is left rejected, thrown by a timer and thrown by a microtask', async () => {
    const toProgram = (source: string): string => `
setTimeout(() => { throw ${source}; }, 0);
setTimeout(async () => { throw 'plain'; }, 0);
await new Promise((resolve) => setTimeout(resolve, 2));
return 'survived';`;
    await fc.assert(
      fc.asyncProperty(valueSource, (source) => expectAgreement(toProgram(source))),
      propertyOptions(RUNS / 4),
    );
  });
});
