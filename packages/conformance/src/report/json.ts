import type { SuiteResult } from '../verdict.ts';

/** For machines: `{ subject, counts, capabilities, clauses: [{ id, level, title, refs, ...verdict }] }`. */
export function renderJson(result: SuiteResult): string {
  const clauses = result.results.map(({ clause, verdict }) => ({
    id: clause.id,
    level: clause.level,
    title: clause.title,
    refs: clause.refs,
    ...(clause.requires === undefined ? {} : { requires: clause.requires }),
    ...verdict,
  }));
  return `${JSON.stringify({ subject: result.subject, counts: result.counts, capabilities: result.capabilities, clauses }, null, 2)}\n`;
}
