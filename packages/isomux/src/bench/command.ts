import { writeFileSync } from 'node:fs';
import { BENCH_OPTIONS_HELP, BenchUsageError, parseBenchArguments } from './options.ts';
import type { BenchReport } from './report.ts';
import { runBench } from './run-bench.ts';
import type { BenchSubject } from './subject.ts';
import { renderTable } from './table.ts';
import type { Target } from './target.ts';

/** What a command line offers its user. */
export interface BenchCommand {
  /** How it is called, for its help: `isomux bench`. */
  readonly name: string;
  readonly subjects: readonly BenchSubject[];
  /** Id of the subject that ratios are against. */
  readonly reference: string;
  readonly targets?: readonly Target[];
  /** Where results go, the table or JSON. */
  readonly out: (text: string) => void;
  /** Where progress and complaints go. */
  readonly err: (text: string) => void;
}

/** How a command ended: with an exit code, and with a report unless it was only asked for help or misunderstood. */
export interface BenchCommandResult {
  /** 0, or 2 for arguments that make no sense. Slow drivers and failed cells are results. */
  readonly exitCode: 0 | 2;
  readonly report?: BenchReport;
}

/** Does what the arguments after the command's name ask for: `--quick`, `--only`, `--subjects`, `--json`, `--help`. */
export async function runBenchCommand(args: readonly string[], command: BenchCommand): Promise<BenchCommandResult> {
  let parsed;
  try {
    parsed = parseBenchArguments(args, command.subjects);
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    command.err(`${error.message}\n`);
    return { exitCode: 2 };
  }
  if (parsed.help) {
    command.out(helpOf(command));
    return { exitCode: 0 };
  }
  const { json, ...asked } = parsed;
  const report = await runBench({
    ...asked,
    reference: command.reference,
    targets: command.targets,
    onProgress: (line) => command.err(`${line}\n`),
  });
  const text = `${JSON.stringify(report)}\n`;
  if (json !== undefined && json !== '-') writeFileSync(json, text);
  command.out(json === '-' ? text : renderTable(report));
  return { exitCode: 0, report };
}

function helpOf({ name, subjects, reference }: BenchCommand): string {
  return `Times drivers in turn, each in a process of its own, and says how they compare with ${reference}.

  ${name} [options]

${BENCH_OPTIONS_HELP}
Drivers: ${subjects.map(({ id }) => id).join(', ')}
`;
}
