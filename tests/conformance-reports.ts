/**
 * Judges our subjects, each where it lives, and writes what came out to docs/results, as Markdown and JSON. `pnpm conformance:reports`, for
 * some of them with their names behind it. The same verdicts give the same files. Exits 1 when a clause failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '@isomux/conformance';
import { loadSubject } from '@isomux/conformance/node';
import { CONFORMANCE_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';
import { judgeWhereItLives } from './elsewhere/judge.ts';

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !CONFORMANCE_SUBJECTS.some((known) => known === name));
if (unknown.length > 0) throw new Error(`There is no subject ${unknown.join(', ')}. There are ${CONFORMANCE_SUBJECTS.join(', ')}.`);

let hasFailed = false;
mkdirSync(RESULTS_FOLDER, { recursive: true });
for (const name of chosen.length > 0 ? chosen : CONFORMANCE_SUBJECTS) {
  const result = await judgeWhereItLives(await loadSubject(join(import.meta.dirname, 'subjects', `${name}.mjs`)));
  for (const format of ['md', 'json'] as const) writeFileSync(join(RESULTS_FOLDER, `${name}.${format}`), renderReport(format, result));
  process.stdout.write(`${renderReport('text', result)}\n`);
  hasFailed ||= result.counts.failed > 0 || result.trouble !== undefined;
}
process.exit(hasFailed ? 1 : 0);
