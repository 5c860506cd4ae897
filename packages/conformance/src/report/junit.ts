import { familyOf } from '../clause.ts';
import type { ClauseResult, SuiteResult } from '../verdict.ts';
import { hasFindings, programTerms, programText, reasonOf } from './lines.ts';

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** XML 1.0 has no other control characters, no lone surrogates and no U+FFFE, escaped or not. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a reason may hold anything a guest wrote.
  return text.toWellFormed().replaceAll(/[&<>"'\n\t]|[\u0000-\u001f\ufffe\uffff]/g, (character) => NAMES[character] ?? '\ufffd');
}

function testCase(subject: string, result: ClauseResult): string {
  const { clause, verdict } = result;
  const open = `    <testcase classname="${escape(`${subject}.${familyOf(clause.id)}`)}" name="${escape(`${clause.id} ${clause.title}`)}"`;
  const reason = escape(reasonOf(verdict));
  if (verdict.status === 'passed') return `${open}/>`;
  const kind = verdict.status !== 'failed' ? 'skipped' : verdict.blame === 'harness' ? 'error' : 'failure';
  // JUnit knows no known failure: it counts as skipped, and its message says more.
  const known = verdict.status === 'knownFailure' ? 'known to fail: ' : '';
  const body = hasFindings(verdict)
    ? result.programs.map((program) => escape(`${programTerms(program)}:\n${programText(program)}\n`).replaceAll('&#10;', '\n')).join('')
    : '';
  const end = body === '' ? '/>' : `>${body}</${kind}>`;
  return `${open}>\n      <${kind} message="${known}${reason}"${end}\n    </testcase>`;
}

/** For continuous integration: JUnit's XML, one test case a clause. */
export function renderJunit(result: SuiteResult): string {
  const { total, failed, skipped, knownFailures } = result.counts;
  const errors = result.results.filter(({ verdict }) => verdict.status === 'failed' && verdict.blame === 'harness').length;
  const numbers = `tests="${total}" failures="${failed - errors}" errors="${errors}" skipped="${skipped + knownFailures}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${numbers}>`,
    `  <testsuite name="${escape(result.subject)}" ${numbers}>`,
    ...result.results.map((one) => testCase(result.subject, one)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
