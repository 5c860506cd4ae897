import { after, describe, it } from 'node:test';
import type { Subject } from './subject.ts';
import { createSuite, type SuiteOptions } from './suite.ts';
import { reasonOf } from './report/lines.ts';

/**
 * Declares the suite to `node:test`: one test a clause. Skips carry their reason; a known failure passes and says so in
 * its title.
 *
 * @example
 * ```ts
 * import { describeConformance } from '@isomux/conformance/node-test';
 * import { subject } from './subjects/my-driver.mjs';
 *
 * describeConformance(subject);
 * ```
 */
export function describeConformance(subject: Subject, options: SuiteOptions = {}): void {
  const suite = createSuite(subject, options);
  void describe(`conformance of ${subject.name}`, { concurrency: 1 }, () => {
    after(() => suite.close());
    for (const clause of suite.clauses) {
      const known = subject.knownFailures?.[clause.id];
      void it(`${clause.id} ${clause.title}${known === undefined ? '' : ` (known to fail: ${known})`}`, async (context) => {
        const { verdict } = await suite.judge(clause);
        if (verdict.status === 'skipped') context.skip(verdict.reason);
        if (verdict.status === 'failed') throw new Error(reasonOf(verdict));
      });
    }
  });
}
