import type { ClauseResult, Verdict } from './verdict.ts';

/**
 * Judges a clause several times and tells one result: the first, when all ended the same way. Otherwise the clause is unstable,
 * which is a failure: a law that holds sometimes does not hold.
 */
export async function judgeRepeatedly(times: number, judge: () => Promise<ClauseResult>): Promise<ClauseResult> {
  const first = await judge();
  const results = [first];
  // What was not run will not be run the next time either.
  while (results.length < times && first.verdict.status !== 'skipped') results.push(await judge());
  const odd = results.find(({ verdict }) => verdict.status !== first.verdict.status);
  if (odd === undefined) return first;
  const telling = [odd, first].find(({ verdict }) => verdict.status === 'failed') ?? first;
  const failed = results.filter(({ verdict }) => verdict.status === 'failed').length;
  return { ...telling, verdict: unstable(telling.verdict, `Unstable: it failed ${failed} of ${results.length} times`) };
}

function unstable(verdict: Verdict, word: string): Verdict {
  if (verdict.status === 'failed') return { ...verdict, reason: `${word}. ${verdict.reason}` };
  const found = verdict.status === 'knownFailure' ? ` ${verdict.found}` : '';
  return { status: 'failed', blame: 'subject', reason: `${word}.${found}` };
}
