/**
 * Times the drivers of the edge: Deno and a local Worker used from Node, QuickJS used in Node, Bun, Deno and Chromium. `pnpm bench:edge`; `--write`
 * writes what came out to docs/results/bench-edge.md, `--quick` takes fewer samples.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBench } from 'isomux/bench';
import { measureChromium } from './edge/chromium.ts';
import { measureHosts } from './edge/hosts.ts';
import { renderEdgePage } from './edge/page.ts';
import { EDGE_SCENARIOS, EDGE_SUBJECTS } from './edge/subjects.ts';
import { PEERS, REFERENCE } from './peers.ts';

const PAGE = join(import.meta.dirname, '../../../docs/results/bench-edge.md');

const quick = process.argv.includes('--quick');
const report = await runBench({
  subjects: [...PEERS.filter(({ id }) => id === REFERENCE), ...EDGE_SUBJECTS],
  scenarios: EDGE_SCENARIOS,
  reference: REFERENCE,
  quick,
  onProgress: (line) => process.stderr.write(`${line}\n`),
});
process.stderr.write('QuickJS in Node, Bun, Deno and Chromium\n');
const page = renderEdgePage(report, [...(await measureHosts(quick)), await measureChromium(quick)]);
process.stdout.write(page);
if (process.argv.includes('--write')) writeFileSync(PAGE, page);
