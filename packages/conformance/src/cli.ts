#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { UsageError } from './clause-failure.ts';
import { type Clause, familyOf } from './clause.ts';
import { clauses } from './clauses/all.ts';
import { type Command, HELP, parseCommand } from './cli-options.ts';
import { CONTRACT } from './contract.ts';
import { runSuiteIsolated } from './node-isolate.ts';
import { loadSubject } from './node-subject.ts';
import { renderReport } from './report/report.ts';
import { clauseLine } from './report/text.ts';
import { runSuite, selectClauses } from './suite.ts';
import type { ClauseResult, SuiteResult } from './verdict.ts';

const [FINE, FAILED, BROKEN] = [0, 1, 2];

async function run(command: Extract<Command, { command: 'run' }>): Promise<number> {
  const onResult = (result: ClauseResult): void => void process.stderr.write(`${clauseLine(result)}\n`);
  const options = {
    onResult,
    ...(command.only === undefined ? {} : { only: command.only }),
    repeat: command.repeat,
    ...(command.clauseTimeoutMs === undefined ? {} : { clauseTimeoutMs: command.clauseTimeoutMs }),
  };
  const result = command.isolate
    ? await runSuiteIsolated(command.subject, options)
    : await runSuite(await loadSubject(command.subject), options);
  const report = renderReport(command.report, result);
  if (command.out === undefined) await print(report);
  else writeFileSync(command.out, report);
  return exitCode(result);
}

function exitCode(result: SuiteResult): number {
  const failures = result.results.flatMap(({ verdict }) => (verdict.status === 'failed' ? [verdict.blame] : []));
  if (failures.includes('harness') || result.trouble !== undefined) return BROKEN;
  return failures.length > 0 ? FAILED : FINE;
}

/** Resolves when the text is out: the process is ended soon after, and a pipe would lose what it still holds. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(text, () => resolve()));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function list(only: readonly string[] | undefined): Promise<number> {
  await print(
    selectClauses(clauses, only)
      .map(({ id, level, title }) => `${id.padEnd(12)} ${level.padEnd(6)} ${title}\n`)
      .join(''),
  );
  return FINE;
}

async function explain(id: string): Promise<number> {
  const clause = clauses.find((one) => one.id === id);
  if (clause === undefined) throw new UsageError(`There is no clause ${id}.`);
  await print(explanation(clause));
  return FINE;
}

function explanation(clause: Clause): string {
  return [
    `${clause.id} (${clause.level}, family ${familyOf(clause.id)})`,
    clause.title,
    '',
    'It proves these lines of docs/driver-contract.md:',
    ...clause.refs.map((line) => `  ${line}: ${CONTRACT[line]}`),
    ...(clause.requires === undefined ? [] : [`It is skipped for subjects without: ${clause.requires.join(', ')}`]),
    ...(clause.probes === undefined ? [] : [`It runs for subjects that declare this unsupported: ${clause.probes}`]),
    '',
    'What it does:',
    clause.run.toString(),
    '',
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommand(args);
  switch (command.command) {
    case 'run':
      return run(command);
    case 'list':
      return list(command.only);
    case 'explain':
      return explain(command.id);
    default:
      await print(HELP);
      return FINE;
  }
}

// Node would end with 1, as if a clause had failed, and without a word on what to do. Also for rejections that nobody handles.
process.on('uncaughtException', (error) => {
  process.stderr.write(
    `Nobody caught this: ${describe(error)}\nIf it is the subject's, run it with --isolate: that makes it a failure of its clause.\n`,
  );
  process.exit(BROKEN);
});

let code = BROKEN;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(error instanceof UsageError ? `${error.message}\n` : `${describe(error)}\n`);
}
// A subject may leave handles behind; what it was asked is answered.
process.exit(code);
