/** Times our drivers and the published ones in turn. `pnpm bench [options]`; `--help` lists them. */
import { writeFileSync } from 'node:fs';
import { BENCH_OPTIONS_HELP, BenchUsageError, OWN_SUBJECTS, parseBenchArguments, renderTable, runBench } from 'isomux/bench';
import { PEERS, REFERENCE } from './peers.ts';
import { TARGETS } from './targets.ts';

const offered = [...PEERS, ...OWN_SUBJECTS];

async function bench(args: readonly string[]): Promise<void> {
  const { quick, scenarios, subjects, json, help } = parseBenchArguments(args, offered);
  if (help) {
    process.stdout.write(`Times drivers in turn.\n\n${BENCH_OPTIONS_HELP}\nDrivers: ${offered.map(({ id }) => id).join(', ')}\n`);
    return;
  }
  const report = await runBench({
    subjects,
    reference: REFERENCE,
    scenarios,
    quick,
    targets: TARGETS,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  const text = `${JSON.stringify(report)}\n`;
  if (json !== undefined && json !== '-') writeFileSync(json, text);
  process.stdout.write(json === '-' ? text : renderTable(report));
}

try {
  await bench(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
