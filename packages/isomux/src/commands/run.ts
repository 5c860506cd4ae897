import { defineCommand, type Command } from '../cli/command.ts';
import { UsageError } from '../cli/usage-error.ts';

/** `isomux run`: one program, one result. */
export const run: Command = defineCommand({
  summary: 'Run a program in a sandbox and show its console, its tool calls and its value.',
  usage: 'PROGRAM [options]',
  operands: { min: 1, max: 1, what: 'the path of one program, or - for standard input' },
  options: {
    driver: {
      type: 'string',
      value: 'URL',
      about:
        'the sandbox: quickjs:, isolated-vm:, deno:, workerd:, one with parameters, or the https: or cloudflare: URL of one elsewhere; $ISOMUX_URL, or else quickjs:',
    },
    tools: { type: 'string', value: 'FILE', about: 'a module whose exports are the tools: functions, or { execute }' },
    prefix: { type: 'string', value: 'TEXT', about: 'what goes before the name of each tool, such as external_' },
    env: { type: 'string', value: 'JSON', about: 'data for the frozen global env; or the path of a file of JSON' },
    timeout: { type: 'string', value: 'MS', about: 'milliseconds the run may take; 30000' },
    memory: { type: 'string', value: 'MB', about: 'megabytes the program may use; 128' },
    json: { type: 'boolean', about: 'one JSON document on standard output, and nothing else' },
  },
  notes: [
    'A program is the body of an async function: return and await stand at its top level, and tools are global functions. Types are removed, ' +
      'and lines and columns stay what they are; a file that ends in .js, .mjs or .cjs is taken as it is.',
    'The value and what the program logs go to standard output; its errors and warnings, and all that isomux has to say, to standard error.',
    'An executor elsewhere is shown what ISOMUX_AUTHORIZATION says: "Bearer" and a token. The tools run here all the same.',
    'Exit codes: 0 the program returned; 1 it failed; 2 it could not be run; 130 it was interrupted. Ctrl-C ends the run and shows what there is; ' +
      'a second Ctrl-C ends isomux.',
  ],
  run: async ({ options, operands: [path = ''], terminal }) => {
    const timeout = readAmount('--timeout', options.timeout, 'milliseconds');
    const memoryLimit = readAmount('--memory', options.memory, 'megabytes');
    const { runProgram } = await import('../run/run-program.ts');
    return runProgram(
      {
        path,
        driver: options.driver ?? (process.env['ISOMUX_URL']?.trim() || 'quickjs:'),
        tools: options.tools,
        prefix: options.prefix ?? '',
        env: options.env,
        timeout,
        memoryLimit,
        json: options.json === true,
      },
      terminal,
    );
  },
});

function readAmount(option: string, text: string | undefined, unit: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new UsageError(`${option} must be a number of ${unit} greater than 0, not ${text}.`);
}
