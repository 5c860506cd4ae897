import { describe, expect, it } from 'vitest';
import {
  type Clause,
  countVerdicts,
  everythingSupported,
  REPORT_FORMATS,
  renderReport,
  type SuiteResult,
  type Verdict,
} from '../src/index.ts';

const program = {
  code: "\n    const a = '`````';\n      return \u2028a < 'x';",
  tools: ['external_a'],
  timeout: 300,
  memoryLimit: undefined,
};

function result(id: string, title: string, verdict: Verdict): SuiteResult['results'][number] {
  const clause: Clause = { id, level: 'MUST', title, refs: ['values.json'], run: async () => {} };
  return { clause, verdict, programs: id === 'A-002' ? [program] : [], durationMs: 12.5 };
}

const results = [
  result('A-001', 'passes', { status: 'passed' }),
  result('A-002', 'a | pipe & <tag>', { status: 'failed', blame: 'subject', reason: 'expected "a",\ngot \u0001 & \ud800 <b>' }),
  result('A-003', 'breaks', { status: 'failed', blame: 'harness', reason: 'a bug' }),
  result('B-001', 'skips', { status: 'skipped', reason: 'intl is unsupported: no ICU' }),
  result('B-002', 'is known', { status: 'knownFailure', reason: 'is wrong', found: 'got 2' }),
];
const suite: SuiteResult = {
  subject: 'scripted <1>',
  capabilities: { ...everythingSupported, intl: { unsupported: 'no ICU' }, limits: { weaker: 'no stack' } },
  results,
  counts: countVerdicts(results),
};

describe('a report', () => {
  it.each(REPORT_FORMATS)('as %s is the same text each time, and names every clause or counts it', (format) => {
    const later = { ...suite, results: suite.results.map((one) => ({ ...one, durationMs: 99 })) };
    expect(renderReport(format, later)).toBe(renderReport(format, suite));
    if (format !== 'text') for (const { clause } of results) expect(renderReport(format, suite)).toContain(clause.id);
  });

  it('as text tells what did not pass and why, the claims that are not whole, and the sum', () => {
    expect(renderReport('text', suite)).toBe(`Conformance of scripted <1>

FAIL  A-002        MUST   a | pipe & <tag>
      expected "a",
      got \u0001 & \ud800 <b>
      ran with tools: external_a; timeout 300 ms:
        const a = '\`\`\`\`\`';
          return \\u2028a < 'x';
FAIL  A-003        MUST   breaks
      [harness] a bug
skip  B-001        MUST   skips
      intl is unsupported: no ICU
known B-002        MUST   is known
      is wrong (found: got 2)

intl: unsupported: no ICU
limits: weaker: no stack

1 passed + 2 failed + 1 skipped + 1 known to fail = 5 clauses
`);
  });

  it('as Markdown keeps each row on its line, whatever a reason holds', () => {
    const text = renderReport('md', suite);
    expect(text).toContain('| A-002 | a \\| pipe &amp; &lt;tag> | expected "a", got ');
    expect(text).toContain('| A | 3 | 1 | 2 | 0 | 0 |');
    expect(text).toContain('| B | 2 | 0 | 0 | 1 | 1 |');
    expect(text).toContain('| intl | unsupported: no ICU |');
    expect(text).toContain("``````js\nconst a = '`````';\n  return \\u2028a < 'x';\n``````\n");
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.filter((row) => !row.endsWith('|'))).toEqual([]);
  });

  it('as JSON has the counts, the claims and each verdict', () => {
    const data = JSON.parse(renderReport('json', suite)) as Record<string, unknown>;
    expect(data.counts).toEqual({ total: 5, passed: 1, failed: 2, skipped: 1, knownFailures: 1 });
    expect(data.capabilities).toEqual(suite.capabilities);
    expect((data.clauses as unknown[])[1]).toMatchObject({
      id: 'A-002',
      programs: [{ code: program.code, tools: ['external_a'], timeout: 300 }],
    });
    expect((data.clauses as unknown[])[4]).toEqual({
      id: 'B-002',
      level: 'MUST',
      title: 'is known',
      refs: ['values.json'],
      status: 'knownFailure',
      reason: 'is wrong',
      found: 'got 2',
      programs: [],
    });
  });

  it('as JUnit is well-formed XML with failures, errors and skips apart', () => {
    const text = renderReport('junit', suite);
    expect(text).toContain('<testsuites tests="5" failures="1" errors="1" skipped="2">');
    expect(text).toContain(
      '<failure message="expected &quot;a&quot;,&#10;got \ufffd &amp; \ufffd &lt;b&gt;">tools: external_a; timeout 300 ms:',
    );
    expect(text).toContain('<error message="[harness] a bug"/>');
    expect(text).toContain('<skipped message="known to fail: is wrong (found: got 2)"/>');
    // Nothing is left that XML cannot hold.
    expect(text.replaceAll(/<failure[^<]*<\/failure>|<[^<>]*>/g, '').trim()).toBe('');
    expect(text).toBe(text.toWellFormed());
  });
});
