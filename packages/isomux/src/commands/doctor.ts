import { defineCommand, type Command } from '../cli/command.ts';
import { EXIT } from '../cli/exit-code.ts';
import { printableJson } from '../cli/printable.ts';
import { parseDriverUrl } from '../url/driver-url.ts';
import { installedVariants } from '../url/installed-schemes.ts';

/** `isomux doctor`: which backends work here. */
export const doctor: Command = defineCommand({
  summary: 'Try every backend out on this machine, and say what to do about those that do not work.',
  usage: '[options]',
  operands: { min: 0, max: 0, what: '' },
  options: {
    driver: { type: 'string', value: 'URL', multiple: true, about: 'only this one; may be given several times' },
    json: { type: 'boolean', about: 'one JSON document on standard output' },
  },
  notes: [
    'Each backend runs real programs in a process of its own: one that calls tools, one that never ends, one that uses up its memory.',
    'Exit codes: 0 one backend works, or each that was named with --driver; 1 otherwise; 2 a URL says nothing.',
  ],
  run: async ({ options: { driver: named, json }, terminal: { out } }) => {
    const [{ examineInProcess }, { describeMachine }, report] = await Promise.all([
      import('../doctor/probe-in-process.ts'),
      import('../doctor/machine.ts'),
      import('../doctor/report.ts'),
    ]);
    const urls = named ?? installedVariants();
    // All of them first: a misspelt one is told before anything takes its time.
    for (const url of urls) parseDriverUrl(url);
    const machine = describeMachine();
    if (json !== true) out.write(report.renderMachine(machine));
    const found = [];
    for (const url of urls) {
      const examination = await examineInProcess(url);
      found.push(examination);
      if (json !== true) out.write(report.renderExamination(examination, out));
    }
    out.write(json === true ? `${printableJson(report.toDocument(machine, found))}\n` : report.renderSummary(found, out));
    const enough = named === undefined ? found.some(({ works }) => works) : found.every(({ works }) => works);
    return enough ? EXIT.fine : EXIT.failed;
  },
});
