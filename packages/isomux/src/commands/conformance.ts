import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineCommand, type Command } from '../cli/command.ts';
import { UsageError } from '../cli/usage-error.ts';
import { parseDriverUrl } from '../url/driver-url.ts';

/** `isomux conformance`: the command line of the suite, with a subject for every driver URL. */
export const conformance: Command = defineCommand({
  summary: 'Test a driver against the driver contract: one of ours by its URL, or your own.',
  usage: 'run --driver URL | run ./subject.mjs | list | explain ID [options]',
  operands: { min: 0, max: Infinity, what: '' },
  options: { driver: { type: 'string', value: 'URL', about: 'with run: judge the driver of this URL' } },
  passesOn: true,
  notes: [
    'Everything else goes to isomux-conformance as it is: isomux conformance help tells its options.',
    'Exit codes: 0 every clause passed, was skipped or is known to fail; 1 a clause failed; 2 the suite or its use is broken.',
  ],
  run: async ({ options: { driver }, operands }) => {
    if (driver === undefined) return runSuite(operands, {});
    const { href } = parseDriverUrl(driver);
    const [first = ''] = operands;
    const command = first === '' || first.startsWith('-') ? 'run' : first;
    const rest = command === first ? operands.slice(1) : operands;
    if (command !== 'run') throw new UsageError(`--driver is for isomux conformance run, not for ${command}.`);
    const subject = fileURLToPath(new URL('./conformance-subject.js', import.meta.url));
    return runSuite(['run', subject, ...rest], { ISOMUX_CONFORMANCE_URL: href });
  },
});

/** Runs the suite's own command line on this terminal and gives its exit code. */
function runSuite(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [findCommand(), ...args], { stdio: 'inherit', env: { ...process.env, ...env } });
  // A terminal sends its signals to both, and this process has only to wait for the other.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

function findCommand(): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('@isomux/conformance/package.json');
  const { bin }: { readonly bin: Readonly<Record<string, string>> } = require(manifest);
  return join(dirname(manifest), bin['isomux-conformance'] ?? '');
}
