/**
 * Times our drivers and the published ones in turn. `pnpm bench [options]`; `--help` lists them, and `--write` writes what came out to
 * docs/results/bench.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_SUBJECTS, runBenchCommand } from 'isomux/bench';
import { NOT_REACHED } from './not-reached.ts';
import { PEERS, REFERENCE } from './peers.ts';
import { renderPage } from './results-page.ts';
import { TARGETS } from './targets.ts';

const PAGE = join(import.meta.dirname, '../../../docs/results/bench.md');

const asked = process.argv.slice(2);
const args = asked.filter((arg) => arg !== '--write');
const { exitCode, report } = await runBenchCommand(args, {
  name: 'pnpm bench [--write]',
  subjects: [...PEERS, ...OWN_SUBJECTS],
  reference: REFERENCE,
  targets: TARGETS,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
if (report !== undefined && args.length < asked.length) {
  writeFileSync(PAGE, renderPage(report, { command: ['pnpm bench', ...asked].join(' '), notReached: NOT_REACHED }));
}
process.exitCode = exitCode;
