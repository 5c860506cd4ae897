import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios/all.ts';
import type { BenchSubject } from './subject.ts';

/** What a command line asks of the bench. */
export interface BenchArguments {
  readonly quick: boolean;
  /** Ids of scenarios; undefined for all. */
  readonly scenarios: readonly string[] | undefined;
  /** The chosen ones, in the order in which they were offered. */
  readonly subjects: readonly BenchSubject[];
  /** Where to write the report as JSON, `-` for the terminal instead of the table. */
  readonly json: string | undefined;
  readonly help: boolean;
}

/** A command line that cannot be understood. The message is for its author. */
export class BenchUsageError extends Error {
  override readonly name = 'BenchUsageError';
}

/** The options, for a help text. */
export const BENCH_OPTIONS_HELP: string = `  --quick              fewer samples
  --only ID,ID         only these scenarios: ${SCENARIOS.map(({ id }) => id).join(', ')}
  --subjects ID,ID     only these drivers
  --json FILE          write every sample as JSON too; - for JSON on the terminal instead of the table
`;

/** Reads the arguments of `isomux bench`. Throws {@link BenchUsageError}. */
export function parseBenchArguments(args: readonly string[], offered: readonly BenchSubject[]): BenchArguments {
  const values = parse(args);
  const scenarios = values.only === undefined ? undefined : choose(values.only, '--only', SCENARIOS).map(({ id }) => id);
  return {
    quick: values.quick === true,
    scenarios,
    subjects: values.subjects === undefined ? offered : choose(values.subjects, '--subjects', offered),
    json: values.json,
    help: values.help === true,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseStrictly> {
  try {
    return parseStrictly(args);
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseStrictly(args: readonly string[]): {
  quick?: boolean | undefined;
  only?: string[] | undefined;
  subjects?: string[] | undefined;
  json?: string | undefined;
  help?: boolean | undefined;
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      subjects: { type: 'string', multiple: true },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values;
}

function choose<T extends { readonly id: string }>(lists: readonly string[], option: string, offered: readonly T[]): T[] {
  const asked = lists.flatMap((list) => list.split(',')).filter((id) => id !== '');
  const ids = offered.map(({ id }) => id);
  const unknown = asked.filter((id) => !ids.includes(id));
  if (unknown.length > 0 || asked.length === 0) {
    throw new BenchUsageError(`${option} takes some of ${ids.join(', ')}${unknown.length > 0 ? `; not ${unknown.join(', ')}` : ''}`);
  }
  return offered.filter(({ id }) => asked.includes(id));
}
