import { UsageError } from './clause-failure.ts';
import type { Clause } from './clause.ts';
import { type End, judgeInProcess } from './node-process.ts';
import { loadSubject } from './node-subject.ts';
import { judgeRepeatedly } from './repeat.ts';
import type { Subject } from './subject.ts';
import { createSuite, type RunOptions, skipReason, suiteResult } from './suite.ts';
import type { ClauseResult, SuiteResult, Verdict } from './verdict.ts';

/**
 * Like `runSuite`, with each clause in a process of its own: for subjects that hang or crash. A process that dies, or has
 * to be killed, fails its clause and no other, with the programs that ran last. Rejects with `UsageError` when the first
 * process cannot create the subject.
 */
export async function runSuiteIsolated(
  subjectPath: string,
  options: Omit<RunOptions, 'clauses' | 'onPrograms'> = {},
): Promise<SuiteResult> {
  const subject = await loadSubject(subjectPath);
  const suite = createSuite(subject, options);
  const results: ClauseResult[] = [];
  let wasCreated = false;
  const judge = async (clause: Clause): Promise<ClauseResult> => {
    const start = performance.now();
    const skipped = skipReason(subject, clause);
    if (skipped !== undefined && subject.knownFailures?.[clause.id] === undefined) {
      return { clause, verdict: { status: 'skipped', reason: skipped }, programs: [], durationMs: 0 };
    }
    const { clauseTimeoutMs } = suite;
    const end = await judgeInProcess({ subjectPath, clause: clause.id, clauseTimeoutMs, guardMs: options.guardMs });
    if (!wasCreated && end.type !== 'judged' && !end.hadBegun) throw new UsageError(end.why);
    wasCreated = true;
    return { clause, verdict: verdictOf(end, subject, clause), programs: end.programs, durationMs: performance.now() - start };
  };
  for (const clause of suite.clauses) {
    const result = await judgeRepeatedly(options.repeat ?? 1, () => judge(clause));
    results.push(result);
    options.onResult?.(result);
  }
  return suiteResult(subject, results);
}

/** A process that ended without a verdict is a failure, and a known one where the subject admits it. */
function verdictOf(end: End, subject: Subject, clause: Clause): Verdict {
  if (end.type === 'judged') return end.verdict;
  if (!end.hadBegun) return { status: 'failed', blame: 'harness', reason: end.why };
  const known = subject.knownFailures?.[clause.id];
  return known === undefined
    ? { status: 'failed', blame: 'subject', reason: end.why }
    : { status: 'knownFailure', reason: known, found: end.why };
}
