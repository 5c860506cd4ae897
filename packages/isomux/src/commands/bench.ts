import { defineCommand, type Command } from '../cli/command.ts';

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
    'An ID that does not exist is answered with those that do. Exit codes: 0 it was measured, whatever came out; 2 wrong use.',
  ],
  run: async ({ options, terminal: { out, err } }) => {
    const { OWN_SUBJECTS, runBenchCommand } = await import('../bench/index.ts');
    const { exitCode } = await runBenchCommand(toArguments(options), {
      name: 'isomux bench',
      subjects: OWN_SUBJECTS,
      reference: 'isolated-vm-process',
      out: (text) => out.write(text),
      err: (text) => err.write(text),
    });
    return exitCode;
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
