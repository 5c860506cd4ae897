import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clauses, skipReason, type Subject } from '@isomux/conformance';
import { loadSubject } from '@isomux/conformance/node';
import { describe, expect, it } from 'vitest';
import { CONFORMANCE_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';

interface Report {
  readonly subject: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly capabilities: unknown;
  readonly clauses: readonly { readonly id: string; readonly level: string; readonly title: string; readonly status: string }[];
}

/** How each clause must have ended, by what the subject says of itself. */
function expected(subject: Subject): unknown {
  return clauses.map((clause) => {
    const known = Object.hasOwn(subject.knownFailures ?? {}, clause.id) ? 'knownFailure' : 'passed';
    return {
      id: clause.id,
      level: clause.level,
      title: clause.title,
      status: skipReason(subject, clause) === undefined ? known : 'skipped',
    };
  });
}

describe.each(CONFORMANCE_SUBJECTS)('the committed report of %s', (name) => {
  it('is of these clauses and of this subject, and nothing in it failed: else run pnpm conformance:reports', async () => {
    const subject = await loadSubject(join(import.meta.dirname, 'subjects', `${name}.mjs`));
    const report = JSON.parse(readFileSync(join(RESULTS_FOLDER, `${name}.json`), 'utf8')) as Report;
    expect(report.subject).toBe(name);
    expect(report.capabilities).toEqual(subject.capabilities);
    expect(report.clauses.map(({ id, level, title, status }) => ({ id, level, title, status }))).toEqual(expected(subject));
    const { total, ...parts } = report.counts;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  });
});
