import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const script = join(import.meta.dirname, '..', '..', '.ci', 'count-tests.mjs');
const folder = mkdtempSync(join(tmpdir(), 'isomux-counts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function count(report: string, status: number): string {
  const path = join(folder, 'report.json');
  writeFileSync(path, report);
  return execFileSync(process.execPath, [script, path, String(status)], { encoding: 'utf8' }).trim();
}

const report = (numPassedTests: number, numFailedTests: number, testResults: readonly object[] = []): string =>
  JSON.stringify({ numPassedTests, numFailedTests, numPendingTests: 2, numTodoTests: 1, testResults });

describe('counting tests', () => {
  test('passed, failed and skipped are those of the report', () => {
    expect(count(report(5, 0), 0)).toBe('5 0 3');
    expect(count(report(5, 4), 1)).toBe('5 4 3');
  });

  test('a file that does not load is a failure', () => {
    const unloaded = { status: 'failed', assertionResults: [] };
    expect(count(report(5, 0, [unloaded]), 1)).toBe('5 1 3');
  });

  test('a file with a failed test is not counted twice', () => {
    const failed = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    expect(count(report(1, 1, [failed]), 1)).toBe('1 1 3');
  });

  test('a run that failed without a failed test is a failure', () => {
    expect(count(report(5, 0), 1)).toBe('5 1 3');
  });

  test('a report that cannot be read is a failure', () => {
    expect(count('{ "numPassed', 0)).toBe('0 1 0');
  });
});
