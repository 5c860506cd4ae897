import type { Claim } from '@isomux/protocol';
import { familyOf } from '../clause.ts';
import { CAPABILITY_NAMES } from '../subject.ts';
import { type ClauseResult, type Counts, countVerdicts, type SuiteResult, type Verdict } from '../verdict.ts';

/** The one sentence a verdict has to say; empty for a pass. */
export function reasonOf(verdict: Verdict): string {
  if (verdict.status === 'passed') return '';
  if (verdict.status === 'knownFailure') return `${verdict.reason} (found: ${verdict.found})`;
  return verdict.status === 'failed' && verdict.blame === 'harness' ? `[harness] ${verdict.reason}` : verdict.reason;
}

/** How a claim reads. */
function claimText(claim: Claim): string {
  if (claim === true) return 'supported';
  return 'weaker' in claim ? `weaker: ${claim.weaker}` : `unsupported: ${claim.unsupported}`;
}

/** Every capability in the table's order, with the subject's claim. */
export function claimRows(result: SuiteResult): readonly (readonly [name: string, claim: string])[] {
  return CAPABILITY_NAMES.map((name) => [name, claimText(result.capabilities[name])] as const);
}

/** The counts as a sum that can be checked by eye. */
export function sumText(counts: Counts): string {
  const { passed, failed, skipped, knownFailures, total } = counts;
  return `${passed} passed + ${failed} failed + ${skipped} skipped + ${knownFailures} known to fail = ${total} clauses`;
}

/** Results by family, in the suite's order. */
export function byFamily(results: readonly ClauseResult[]): readonly { readonly family: string; readonly counts: Counts }[] {
  const families = [...new Set(results.map((result) => familyOf(result.clause.id)))];
  return families.map((family) => ({ family, counts: countVerdicts(results.filter((result) => familyOf(result.clause.id) === family)) }));
}
