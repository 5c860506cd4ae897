import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clauses, skipReason, type Subject } from '@isomux/conformance';
import { loadSubject } from '@isomux/conformance/node';
import { describe, expect, it } from 'vitest';
import { FOREIGN_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';

interface Report {
  readonly subject: string;
  readonly about: string;
  readonly counts: Readonly<Record<'total' | 'passed' | 'failed' | 'skipped' | 'knownFailures', number>>;
  readonly capabilities: unknown;
  readonly clauses: readonly {
    readonly id: string;
    readonly level: string;
    readonly title: string;
    readonly status: string;
    readonly blame?: string;
    readonly reason?: string;
  }[];
}

/** Every clause, and whether this subject skips it. */
function expected(subject: Subject): unknown {
  return clauses.map((clause) => {
    const { id, level, title } = clause;
    return { id, level, title, isSkipped: skipReason(subject, clause) !== undefined };
  });
}

/** Tables are padded for people. */
const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8').replaceAll(/ +/g, ' ');

describe.each(FOREIGN_SUBJECTS)('the committed report of %s', (name) => {
  const report = JSON.parse(readFileSync(join(RESULTS_FOLDER, `${name}.json`), 'utf8')) as Report;

  it('is of these clauses, of this subject and of the installed versions: else run pnpm conformance:foreign', async () => {
    const subject = await loadSubject(join(import.meta.dirname, 'subjects', `${name}.mjs`));
    expect(report.subject).toBe(name);
    expect(report.about).toBe(subject.about);
    expect(report.capabilities).toEqual(subject.capabilities);
    const found = report.clauses.map(({ id, level, title, status }) => ({ id, level, title, isSkipped: status === 'skipped' }));
    expect(found).toEqual(expected(subject));
  });

  it('blames the driver alone, gives every failure its reason, and adds up', () => {
    const failed = report.clauses.filter(({ status }) => status === 'failed');
    expect(failed.filter(({ blame, reason }) => blame !== 'subject' || (reason ?? '') === '')).toEqual([]);
    const { total, ...parts } = report.counts;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
    expect(failed).toHaveLength(parts.failed);
  });

  it('is in the README with its counts', () => {
    const { passed, failed, skipped } = report.counts;
    expect(readme).toContain(`](docs/results/${name}.md) | ${passed} | ${failed} | ${skipped} |`);
  });
});
