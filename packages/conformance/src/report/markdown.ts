import type { ClauseResult, Status, SuiteResult } from '../verdict.ts';
import { byFamily, claimRows, reasonOf, sumText } from './lines.ts';

const WORDS: Readonly<Record<Status, string>> = {
  passed: 'passed',
  failed: '**failed**',
  skipped: 'skipped',
  knownFailure: 'known to fail',
};

function cell(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('|', '\\|')
      // oxlint-disable-next-line no-control-regex -- a reason may hold anything a guest wrote.
      .replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`), ''];
}

function reasons(title: string, results: readonly ClauseResult[]): string[] {
  if (results.length === 0) return [];
  return [
    `## ${title}`,
    '',
    ...table(
      ['Clause', 'Behaviour', 'Reason'],
      results.map((result) => [result.clause.id, result.clause.title, reasonOf(result.verdict)]),
    ),
  ];
}

/** For a repository: the sum by family, the claims, what did not pass and why, and every clause. */
export function renderMarkdown(result: SuiteResult): string {
  const of = (status: Status): ClauseResult[] => result.results.filter(({ verdict }) => verdict.status === status);
  const families = byFamily(result.results).map(({ family, counts }) =>
    [family, counts.total, counts.passed, counts.failed, counts.skipped, counts.knownFailures].map(String),
  );
  return [
    `# Conformance of ${result.subject}`,
    '',
    sumText(result.counts),
    '',
    ...table(['Family', 'Clauses', 'Passed', 'Failed', 'Skipped', 'Known to fail'], families),
    ...reasons('Failed', of('failed')),
    ...reasons('Known to fail', of('knownFailure')),
    ...reasons('Skipped', of('skipped')),
    '## Capabilities',
    '',
    ...table(['Capability', 'Claim'], claimRows(result)),
    '## Every clause',
    '',
    ...table(
      ['Clause', 'Level', 'Behaviour', 'Verdict'],
      result.results.map(({ clause, verdict }) => [clause.id, clause.level, clause.title, WORDS[verdict.status]]),
    ),
  ].join('\n');
}
