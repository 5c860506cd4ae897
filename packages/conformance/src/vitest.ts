import { afterAll, describe, it } from 'vitest';
import type { Subject } from './subject.ts';
import { createSuite, type SuiteOptions } from './suite.ts';
import { reasonOf } from './report/lines.ts';

/** How much longer than a clause itself the test runner waits for its verdict: creating and discarding instances. */
const SLACK_MS = 60_000;

/**
 * Declares the suite to vitest: one test a clause. Skips carry their reason; a known failure passes and says so in its
 * title.
 *
 * @example
 * ```ts
 * import { describeConformance } from '@isomux/conformance/vitest';
 * import { subject } from './subjects/my-driver.mjs';
 *
 * describeConformance(subject);
 * ```
 */
export function describeConformance(subject: Subject, options: SuiteOptions = {}): void {
  const suite = createSuite(subject, options);
  describe(`conformance of ${subject.name}`, () => {
    afterAll(() => suite.close());
    for (const clause of suite.clauses) {
      const known = subject.knownFailures?.[clause.id];
      const title = `${clause.id} ${clause.title}${known === undefined ? '' : ` (known to fail: ${known})`}`;
      // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- the clause brings both.
      it(title, { timeout: suite.clauseTimeoutMs + SLACK_MS }, async (context) => {
        const { verdict } = await suite.judge(clause);
        if (verdict.status === 'skipped') context.skip(verdict.reason);
        if (verdict.status === 'failed') throw new Error(reasonOf(verdict));
      });
    }
  });
}
