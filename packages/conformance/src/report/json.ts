import type { SuiteResult } from '../verdict.ts';
import { hasFindings } from './lines.ts';

/** For machines: `{ subject, about, counts, capabilities, clauses: [{ id, level, title, refs, ...verdict, programs }] }`. */
export function renderJson(result: SuiteResult): string {
  const clauses = result.results.map(({ clause, verdict, programs }) => ({
    id: clause.id,
    level: clause.level,
    title: clause.title,
    refs: clause.refs,
    ...(clause.requires === undefined ? {} : { requires: clause.requires }),
    ...verdict,
    ...(hasFindings(verdict) ? { programs } : {}),
  }));
  const { subject, about, counts, trouble, capabilities } = result;
  return `${JSON.stringify({ subject, about, counts, trouble, capabilities, clauses }, null, 2)}\n`;
}
