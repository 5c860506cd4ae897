#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { UsageError } from './clause-failure.ts';
import { type Clause, familyOf } from './clause.ts';
import { clauses } from './clauses/index.ts';
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
    ...(command.clauseTimeoutMs === undefined ? {} : { clauseTimeoutMs: command.clauseTimeoutMs }),
  };
  const result = command.isolate ? await runSuiteIsolated(command.subject, options) : await runSuite(await loadSubject(command.subject), options);
  const report = renderReport(command.report, result);
  if (command.out === undefined) process.stdout.write(report);
  else writeFileSync(command.out, report);
  return exitCode(result);
}

function exitCode(result: SuiteResult): number {
  const failures = result.results.flatMap(({ verdict }) => (verdict.status === 'failed' ? [verdict.blame] : []));
  if (failures.includes('harness')) return BROKEN;
  return failures.length > 0 ? FAILED : FINE;
}

function list(only: readonly string[] | undefined): number {
  for (const clause of selectClauses(clauses, only)) process.stdout.write(`${clause.id.padEnd(12)} ${clause.level.padEnd(6)} ${clause.title}\n`);
  return FINE;
}

function explain(id: string): number {
  const clause = clauses.find((one) => one.id === id);
  if (clause === undefined) throw new UsageError(`There is no clause ${id}.`);
  process.stdout.write(explanation(clause));
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
    case 'help':
      process.stdout.write(HELP);
      return FINE;
  }
}

let code = BROKEN;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(error instanceof UsageError ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`);
}
// A subject may leave handles behind; what it was asked is answered.
process.exit(code);
