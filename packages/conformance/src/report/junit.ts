import { familyOf } from '../clause.ts';
import type { ClauseResult, SuiteResult } from '../verdict.ts';
import { reasonOf } from './lines.ts';

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\n': '&#10;', '\t': '&#9;' };

/** XML 1.0 has no other control characters, no lone surrogates and no U+FFFE, escaped or not. */
function escape(text: string): string {
  return text.toWellFormed().replaceAll(/[&<>"'\n\t]|[\u0000-\u001f\ufffe\uffff]/g, (character) => NAMES[character] ?? '\ufffd');
}

function testCase(subject: string, result: ClauseResult): string {
  const { clause, verdict } = result;
  const open = `    <testcase classname="${escape(`${subject}.${familyOf(clause.id)}`)}" name="${escape(`${clause.id} ${clause.title}`)}"`;
  const reason = escape(reasonOf(verdict));
  switch (verdict.status) {
    case 'passed':
      return `${open}/>`;
    case 'failed': {
      const kind = verdict.blame === 'harness' ? 'error' : 'failure';
      return `${open}>\n      <${kind} message="${reason}"/>\n    </testcase>`;
    }
    case 'skipped':
    case 'knownFailure':
      // JUnit knows no known failure: it counts as skipped, and its message says more.
      return `${open}>\n      <skipped message="${verdict.status === 'knownFailure' ? 'known to fail: ' : ''}${reason}"/>\n    </testcase>`;
  }
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
