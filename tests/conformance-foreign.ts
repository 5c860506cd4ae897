/**
 * Judges drivers that others publish and writes what came out to docs/results, as Markdown and JSON. `pnpm conformance:foreign`
 * judges everything, each clause in a process of its own and twice (some end differently: they are reported as unstable);
 * `pnpm conformance:foreign ID FAMILY` judges only those clauses again, and keeps the other verdicts of the committed reports.
 * Failures are what it is here to find: it exits with 1 only when the suite itself broke.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clauses, type ClauseResult, countVerdicts, renderReport, type SuiteResult, type Verdict } from '@isomux/conformance';
import { runSuiteIsolated } from '@isomux/conformance/node';
import { FOREIGN_SUBJECTS, RESULTS_FOLDER } from './conformance-subjects.ts';

const ROOT = join(import.meta.dirname, '..');
const CLAUSE_TIMEOUT_MS = 30_000;
const REPEAT = 2;

type Kept = Verdict & { readonly id: string; readonly programs?: ClauseResult['programs'] };

/** The committed verdicts, by clause. */
function committed(path: string): ReadonlyMap<string, Kept> {
  if (!existsSync(path)) return new Map();
  const report = JSON.parse(readFileSync(path, 'utf8')) as { readonly clauses: readonly Kept[] };
  return new Map(report.clauses.map((kept) => [kept.id, kept]));
}

function restore({ programs = [], ...kept }: Kept): { readonly verdict: Verdict; readonly programs: ClauseResult['programs'] } {
  const { status } = kept;
  if (status === 'passed') return { verdict: { status }, programs };
  if (status === 'failed') return { verdict: { status, blame: kept.blame, reason: kept.reason }, programs };
  if (status === 'skipped') return { verdict: { status, reason: kept.reason }, programs };
  return { verdict: { status, reason: kept.reason, found: kept.found }, programs };
}

/** This run's verdicts, and the committed ones for what was not judged. */
function merged(run: SuiteResult, before: ReadonlyMap<string, Kept>): SuiteResult {
  const results = clauses.flatMap((clause): ClauseResult[] => {
    const judged = run.results.find((result) => result.clause.id === clause.id);
    const kept = before.get(clause.id);
    if (judged !== undefined) return [judged];
    return kept === undefined ? [] : [{ clause, ...restore(kept), durationMs: 0 }];
  });
  return { ...run, results, counts: countVerdicts(results) };
}

const only = process.argv.slice(2);
let isBroken = false;
for (const name of FOREIGN_SUBJECTS) {
  const path = join(RESULTS_FOLDER, `${name}.json`);
  const run = await runSuiteIsolated(join(import.meta.dirname, 'subjects', `${name}.mjs`), {
    clauseTimeoutMs: CLAUSE_TIMEOUT_MS,
    repeat: REPEAT,
    ...(only.length === 0 ? {} : { only }),
    onResult: ({ clause, verdict }) => void process.stderr.write(`${name} ${clause.id} ${verdict.status}\n`),
  });
  const result = merged(run, only.length === 0 ? new Map() : committed(path));
  for (const format of ['md', 'json'] as const) {
    // What a dying process prints has paths of this machine.
    writeFileSync(join(RESULTS_FOLDER, `${name}.${format}`), renderReport(format, result).replaceAll(`${ROOT}/`, ''));
  }
  isBroken ||= run.results.some(({ verdict }) => verdict.status === 'failed' && verdict.blame === 'harness');
}
process.exit(isBroken ? 1 : 0);
