/**
 * `pnpm check [step…]`: every check of the repository, or those named, one line each; what a check has to say is shown only when it
 * fails. Exits 1 if one failed.
 */
import { styleText } from 'node:util';
import { checkChangesets } from './check/changesets.ts';
import { checkPublished, checkPublishedTypes } from './check/packed.ts';
import { pnpm } from './check/pnpm.ts';
import { runCommand, runCommands } from './check/run-command.ts';
import type { CommandResult } from './check/run-command.ts';
import { checkTypes } from './check/type-check.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<CommandResult>;
  /** Reads what the build wrote. */
  readonly built?: true;
}

const STEPS: readonly Step[] = [
  { name: 'format', run: () => runCommand('oxfmt', ['--check']) },
  { name: 'boundaries', run: () => runCommand('node', ['scripts/boundaries.ts']) },
  { name: 'sherif', run: () => runCommand('sherif', ['--fail-on-warnings', '--ignore-rule', 'non-existant-packages']) },
  { name: 'changesets', run: checkChangesets },
  { name: 'knip', run: () => runCommand('knip', ['--no-progress', '--no-config-hints']) },
  { name: 'build', run: () => runCommands([pnpm('run', 'build', '--output-logs=errors-only')]) },
  { name: 'lint', run: () => runCommand('oxlint', ['--type-aware']), built: true },
  { name: 'types', run: checkTypes, built: true },
  { name: 'tests', run: () => runCommand('vitest', ['run']), built: true },
  { name: 'publint', run: checkPublished, built: true },
  { name: 'attw', run: checkPublishedTypes, built: true },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => STEPS.every((step) => step.name !== name));
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there are ${STEPS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const chosen = STEPS.filter(({ name }) => asked.length === 0 || asked.includes(name));
const needsBuild = chosen.some(({ built }) => built === true);
let failures = 0;
let buildFailed = false;
for (const step of STEPS) {
  if (!chosen.includes(step) && !(needsBuild && step.name === 'build')) continue;
  if (step.built === true && buildFailed) {
    failures += 1;
    console.log(`${styleText('red', 'fail')}  ${step.name.padEnd(12)}not run: the build failed`);
    continue;
  }
  const start = performance.now();
  const { passed, output } = await step.run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  console.log(`${passed ? styleText('green', 'pass') : styleText('red', 'fail')}  ${step.name.padEnd(12)}${seconds} s`);
  if (passed) continue;
  failures += 1;
  if (step.name === 'build') buildFailed = true;
  console.log(`\n${output.trimEnd()}\n`);
}
console.log(failures === 0 ? 'all checks pass' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
