import { writeFile } from 'node:fs/promises';
import { defineCommand, type Command } from '../cli/command.ts';
import { EXIT } from '../cli/exit-code.ts';
import { UsageError } from '../cli/usage-error.ts';

/** `isomux bench`: how fast the backends are here. */
export const bench: Command = defineCommand({
  summary: 'Time every backend on this machine, in turn, in one run.',
  usage: '[--quick] [options]',
  operands: { min: 0, max: 0, what: '' },
  options: {
    quick: { type: 'boolean', about: 'fewer samples: rougher figures, much sooner' },
    only: { type: 'string', value: 'ID,ID', multiple: true, about: 'only these scenarios' },
    subjects: { type: 'string', value: 'ID,ID', multiple: true, about: 'only these drivers' },
    json: { type: 'string', value: 'FILE', about: 'write every sample as JSON too; - for JSON on standard output instead of the table' },
  },
  notes: [
    'Each backend has a process of its own, and samples are taken in turn, so that what disturbs the machine disturbs all of them.',
    'Exit codes: 0 everything was measured; 1 a backend failed in a scenario; 2 wrong use. A backend that is not available here is no failure.',
  ],
  run: async ({ options, terminal: { out, err } }) => {
    const { OWN_SUBJECTS, parseBenchArguments, BenchUsageError, renderTable, runBench } = await import('../bench/index.ts');
    const parse = (): ReturnType<typeof parseBenchArguments> => {
      try {
        return parseBenchArguments(toArguments(options), OWN_SUBJECTS);
      } catch (error) {
        throw error instanceof BenchUsageError ? new UsageError(`${error.message}.`) : error;
      }
    };
    const { quick, scenarios, subjects, json } = parse();
    const report = await runBench({
      subjects,
      reference: 'isolated-vm-process',
      scenarios,
      quick,
      onProgress: (line) => err.write(`${line}\n`),
    });
    const text = `${JSON.stringify(report)}\n`;
    if (json !== undefined && json !== '-') await writeFile(json, text);
    out.write(json === '-' ? text : renderTable(report));
    return report.counts.failed > 0 ? EXIT.failed : EXIT.fine;
  },
});

/** The same options in the words of the bench, which knows its scenarios and drivers. */
function toArguments(options: {
  readonly quick?: boolean;
  readonly only?: string[];
  readonly subjects?: string[];
  readonly json?: string;
}): string[] {
  const { quick, only = [], subjects = [], json } = options;
  return [
    ...(quick === true ? ['--quick'] : []),
    ...only.map((list) => `--only=${list}`),
    ...subjects.map((list) => `--subjects=${list}`),
    ...(json === undefined ? [] : [`--json=${json}`]),
  ];
}
