/** Runs every program on every backend, shows them side by side, and exits 1 when any answer differs. */
import { isDeepStrictEqual } from 'node:util';
import { backends } from './backends.ts';
import { measure, type Measurement } from './measure.ts';
import { loadPrograms, type Program } from './programs.ts';
import { formatTable } from './table.ts';
import { formatEvent } from './timeline.ts';

const programs = loadPrograms();

async function runAll(): Promise<Map<string, Measurement[]>> {
  const measurements = new Map<string, Measurement[]>();
  for (const backend of backends) {
    await using driver = backend.create();
    const first = programs[0];
    if (first !== undefined) await measure(driver, first); // Warms the backend up; not counted.
    const own: Measurement[] = [];
    for (const program of programs) own.push(await measure(driver, program));
    measurements.set(backend.name, own);
  }
  return measurements;
}

async function showTimeline(program: Program): Promise<void> {
  const [backend] = backends;
  if (backend === undefined) return;
  console.log(`\n${program.name}, live, on ${backend.name}:\n`);
  await using driver = backend.create((event) => {
    const line = formatEvent(event);
    if (line !== undefined) console.log(`  ${line}`);
  });
  await measure(driver, program);
}

const measurements = await runAll();
let differences = 0;
const reference = measurements.get(backends[0]?.name ?? '') ?? [];
const rows = programs.map((program, index) => {
  const cells = backends.map(({ name }) => {
    const own = measurements.get(name)?.[index];
    if (own === undefined) return 'missing';
    const same = own.equal && own.calls === reference[index]?.calls && isDeepStrictEqual(own.logs, reference[index]?.logs);
    if (!same) {
      differences++;
      console.error(`${program.name} differs on ${name}: ${JSON.stringify({ result: own.result, logs: own.logs, calls: own.calls })}`);
    }
    return `${same ? 'equal' : 'DIFFERS'}, ${own.ms.toFixed(1)} ms`;
  });
  return [program.name, String(reference[index]?.calls ?? 0), ...cells];
});
console.log(`${programs.length} programs on ${backends.length} backends: result, console lines and tool calls compared\n`);
console.log(formatTable([['program', 'tool calls', ...backends.map(({ name }) => name)], ...rows]));
const shown = programs.find(({ name }) => name === 'supplier-fallback');
if (shown !== undefined) await showTimeline(shown);
console.log(differences === 0 ? '\nEvery backend gave the same answer.' : `\n${differences} answers differ.`);
process.exitCode = differences === 0 ? 0 : 1;
