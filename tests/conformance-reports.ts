/**
 * Judges the four subjects and writes what came out to docs/results, as Markdown and JSON. `pnpm conformance:reports`.
 * The same verdicts give the same files. Exits 1 when a clause failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport, runSuite } from '@isomux/conformance';
import { loadSubject } from '@isomux/conformance/node';
import { CONFORMANCE_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';

let hasFailed = false;
mkdirSync(RESULTS_FOLDER, { recursive: true });
for (const name of CONFORMANCE_SUBJECTS) {
  const result = await runSuite(await loadSubject(join(import.meta.dirname, 'subjects', `${name}.mjs`)));
  for (const format of ['md', 'json'] as const) writeFileSync(join(RESULTS_FOLDER, `${name}.${format}`), renderReport(format, result));
  process.stdout.write(`${renderReport('text', result)}\n`);
  hasFailed ||= result.counts.failed > 0;
}
process.exit(hasFailed ? 1 : 0);
