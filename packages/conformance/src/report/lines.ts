import { CAPABILITIES, type Capability, type Claim } from '@isomux/protocol';
import { familyOf } from '../clause.ts';
import { type ClauseResult, type Counts, countVerdicts, type SuiteResult, type Verdict } from '../verdict.ts';

/** The one sentence a verdict has to say; empty for a pass. */
export function reasonOf(verdict: Verdict): string {
  switch (verdict.status) {
    case 'passed':
      return '';
    case 'failed':
      return verdict.blame === 'harness' ? `[harness] ${verdict.reason}` : verdict.reason;
    case 'skipped':
      return verdict.reason;
    case 'knownFailure':
      return `${verdict.reason} (found: ${verdict.found})`;
  }
}

/** How a claim reads. */
export function claimText(claim: Claim): string {
  if (claim === true) return 'supported';
  return 'weaker' in claim ? `weaker: ${claim.weaker}` : `unsupported: ${claim.unsupported}`;
}

/** Every capability in the table's order, with the subject's claim. */
export function claimRows(result: SuiteResult): readonly (readonly [name: string, claim: string])[] {
  return (Object.keys(CAPABILITIES) as Capability[]).map((name) => [name, claimText(result.capabilities[name])] as const);
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
