import { parseArgs } from 'node:util';
import { UsageError } from './clause-failure.ts';
import { REPORT_FORMATS, type ReportFormat } from './report/report.ts';

/** What the command line asks for. */
export type Command =
  | {
      readonly command: 'run';
      readonly subject: string;
      readonly only: readonly string[] | undefined;
      readonly report: ReportFormat;
      readonly out: string | undefined;
      readonly isolate: boolean;
      readonly clauseTimeoutMs: number | undefined;
      readonly repeat: number;
    }
  | { readonly command: 'list'; readonly only: readonly string[] | undefined }
  | { readonly command: 'explain'; readonly id: string }
  | { readonly command: 'help' };

/** What `help` prints. */
export const HELP: string = `Tests an IsolateDriver against the driver contract.

  isomux-conformance run ./subject.mjs [options]   judge a subject
  isomux-conformance list [--only …]               list the clauses
  isomux-conformance explain ID                    what one clause says and which lines it proves

Options of run:
  --only ID,FAMILY    only these clauses and families
  --report FORMAT     ${REPORT_FORMATS.join(', ')}; text by default
  --out FILE          write the report there instead of to the terminal
  --isolate           each clause in a process of its own, for subjects that hang or crash
  --timeout MS        how long one clause may take; 120000 by default
  --repeat N          judge each clause N times; one that ends differently is unstable, and fails

A subject module exports name, capabilities and create, or one subject that has them.
Exit codes: 0 every clause passed, was skipped or is known to fail; 1 a clause failed; 2 the suite or its use is broken.
`;

/** Reads the arguments after the program's name. Throws {@link UsageError}. */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [command, operand, ...rest] = positionals;
  const only = values.only?.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (values.help === true || command === undefined || command === 'help') return { command: 'help' };
  if (rest.length > 0) throw new UsageError(`There is one argument too many: ${rest.join(' ')}`);
  switch (command) {
    case 'run': {
      if (operand === undefined) throw new UsageError('run needs the path of a subject module.');
      const report = values.report ?? 'text';
      if (!isReportFormat(report)) throw new UsageError(`--report must be one of ${REPORT_FORMATS.join(', ')}, not ${report}.`);
      return {
        command,
        subject: operand,
        only,
        report,
        out: values.out,
        isolate: values.isolate === true,
        clauseTimeoutMs: parseMs(values.timeout),
        repeat: parseCount(values.repeat),
      };
    }
    case 'list':
      return { command, only };
    case 'explain':
      if (operand === undefined) throw new UsageError('explain needs the id of a clause.');
      return { command, id: operand };
    default:
      throw new UsageError(`There is no command ${command}.`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string', multiple: true },
        report: { type: 'string' },
        out: { type: 'string' },
        isolate: { type: 'boolean' },
        timeout: { type: 'string' },
        repeat: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isReportFormat(text: string): text is ReportFormat {
  return REPORT_FORMATS.some((format) => format === text);
}

function parseCount(text: string | undefined): number {
  const count = Number(text ?? 1);
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`--repeat must be a whole number, 1 or more, not ${text}.`);
  return count;
}

function parseMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!Number.isFinite(ms) || ms < 1) throw new UsageError(`--timeout must be milliseconds, 1 or more, not ${text}.`);
  return ms;
}
