import type { ClauseResult, Status, SuiteResult } from '../verdict.ts';
import { byFamily, claimRows, hasFindings, programTerms, programText, reasonOf, sumText } from './lines.ts';

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

/** Each finding with what was seen and the programs that show it: whoever doubts it can run them. */
function evidence(results: readonly ClauseResult[]): string[] {
  const found = results.filter(({ verdict, programs }) => hasFindings(verdict) && programs.length > 0);
  if (found.length === 0) return [];
  return [
    '## The programs that show it',
    '',
    'What was run last; `isomux-conformance explain` with the id of a clause shows the tools and all that is asked.',
    '',
    ...found.flatMap(({ clause, verdict, programs }) => [
      `### ${clause.id}: ${cell(clause.title)}`,
      '',
      cell(reasonOf(verdict)),
      '',
      ...programs.flatMap((program) => [`${cell(programTerms(program))}:`, '', ...fenced(programText(program)), '']),
    ]),
  ];
}

/** Code as a block that nothing in it can end. */
function fenced(code: string): string[] {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}js`, code, fence];
}

/** For a repository: the sum by family, what did not pass and why, the claims, the programs that show each failure, and every clause. */
export function renderMarkdown(result: SuiteResult): string {
  const of = (status: Status): ClauseResult[] => result.results.filter(({ verdict }) => verdict.status === status);
  const families = byFamily(result.results).map(({ family, counts }) =>
    [family, counts.total, counts.passed, counts.failed, counts.skipped, counts.knownFailures].map(String),
  );
  return [
    `# Conformance of ${result.subject}`,
    '',
    ...(result.about === undefined ? [] : [cell(result.about), '']),
    sumText(result.counts),
    '',
    ...(result.trouble === undefined ? [] : [`**${cell(result.trouble)}**`, '']),
    ...table(['Family', 'Clauses', 'Passed', 'Failed', 'Skipped', 'Known to fail'], families),
    ...reasons('Failed', of('failed')),
    ...reasons('Known to fail', of('knownFailure')),
    ...reasons('Skipped', of('skipped')),
    '## Capabilities',
    '',
    ...table(['Capability', 'Claim'], claimRows(result)),
    ...evidence(result.results),
    '## Every clause',
    '',
    ...table(
      ['Clause', 'Level', 'Behaviour', 'Verdict'],
      result.results.map(({ clause, verdict }) => [clause.id, clause.level, clause.title, WORDS[verdict.status]]),
    ),
  ].join('\n');
}
