import type { ClauseResult, Status, SuiteResult } from '../verdict.ts';
import { claimRows, programTerms, programText, reasonOf, sumText } from './lines.ts';

const MARKS: Readonly<Record<Status, string>> = { passed: 'pass', failed: 'FAIL', skipped: 'skip', knownFailure: 'known' };

/** One clause as one line, and its reason on the next. */
export function clauseLine(result: ClauseResult): string {
  const { clause, verdict } = result;
  const reason = reasonOf(verdict);
  const line = `${MARKS[verdict.status].padEnd(5)} ${clause.id.padEnd(12)} ${clause.level.padEnd(6)} ${clause.title}`;
  return reason === '' ? line : `${line}\n      ${reason.split('\n').join('\n      ')}`;
}

/** A failure with the programs that show it. */
function detailed(result: ClauseResult): string {
  const programs = result.verdict.status === 'failed' ? result.programs : [];
  const blocks = programs.map(
    (program) => `      ran with ${programTerms(program)}:\n        ${programText(program).split('\n').join('\n        ')}`,
  );
  return [clauseLine(result), ...blocks].join('\n');
}

/** For a terminal: every clause that did not simply pass, failures with what ran, then the capabilities that are not whole, then the sum. */
export function renderText(result: SuiteResult): string {
  const notable = result.results.filter(({ verdict }) => verdict.status !== 'passed').map(detailed);
  const claims = claimRows(result).filter(([, claim]) => claim !== 'supported');
  return [
    `Conformance of ${result.subject}`,
    ...(result.about === undefined ? [] : [result.about]),
    '',
    ...notable,
    ...(notable.length > 0 ? [''] : []),
    ...claims.map(([name, claim]) => `${name}: ${claim}`),
    ...(claims.length > 0 ? [''] : []),
    sumText(result.counts),
    ...(result.trouble === undefined ? [] : [result.trouble]),
    '',
  ].join('\n');
}
