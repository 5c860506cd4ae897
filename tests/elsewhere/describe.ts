import { type ClauseResult, clauses, type SuiteResult } from '@isomux/conformance';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeWhereItLives, type PlacedSubject } from './judge.ts';

/** The whole suite, and the start of what it runs in. */
const SUITE_MS = 10 * 60_000;
const CLAUSE_MS = 180_000;

/** Declares the suite to vitest for a subject that lives elsewhere: one run of it there, one test a clause here. A clause that is tried again is judged again, alone. */
export function describeElsewhere(subject: PlacedSubject): void {
  describe(`conformance of ${subject.name}`, () => {
    let result: SuiteResult;
    let verdicts: ReadonlyMap<string, ClauseResult['verdict']>;

    beforeAll(async () => {
      result = await judgeWhereItLives(subject);
      verdicts = new Map(result.results.map(({ clause, verdict }) => [clause.id, verdict]));
    }, SUITE_MS);

    it('came to its end without trouble', () => {
      expect(result.trouble).toBeUndefined();
      expect(result.results).toHaveLength(clauses.length);
    });

    for (const { id, title } of clauses) {
      const known = subject.knownFailures?.[id];
      // oxlint-disable-next-line vitest/expect-expect -- the clause brings its own.
      it(`${id} ${title}${known === undefined ? '' : ` (known to fail: ${known})`}`, { timeout: CLAUSE_MS }, async (context) => {
        const again = (context.task.result?.retryCount ?? 0) > 0;
        const verdict = again ? (await judgeWhereItLives(subject, [id])).results[0]?.verdict : verdicts.get(id);
        if (verdict?.status === 'skipped') context.skip(verdict.reason);
        if (verdict === undefined) throw new Error('There is no verdict.');
        if (verdict.status === 'failed') throw new Error(verdict.reason);
      });
    }
  });
}
