import type { SuiteResult } from '../verdict.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderText } from './text.ts';

/** A kind of report. */
export type ReportFormat = 'text' | 'md' | 'json' | 'junit';

const RENDERERS: Readonly<Record<ReportFormat, (result: SuiteResult) => string>> = {
  text: renderText,
  md: renderMarkdown,
  json: renderJson,
  junit: renderJunit,
};

/** Every kind of report. */
export const REPORT_FORMATS: readonly ReportFormat[] = ['text', 'md', 'json', 'junit'];

/** A whole run as text of one kind. The same result always gives the same text: no times, no dates. */
export function renderReport(format: ReportFormat, result: SuiteResult): string {
  return RENDERERS[format](result);
}
