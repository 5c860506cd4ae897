import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands/all.ts';
import { folderWith, isomux } from './cli.ts';

const folder = folderWith({ 'ok.ts': 'return 1', 'fail.ts': 'throw new Error("no")' });
/** What begins a colour. */
const ESCAPE = '\u001b[';

describe('isomux', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
    expect(await isomux(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([['--help'], ['-h'], ['help']])('lists its commands: %s', async (argument) => {
    const { code, stdout, stderr } = await isomux([argument]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [name, { summary }] of COMMANDS) {
      expect(stdout).toContain(`  ${name}`);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(summary);
    }
  });

  it.each([...COMMANDS.keys()])('has help for %s with each of its options', async (name) => {
    const { code, stdout } = await isomux([name, '--help']);
    expect(code).toBe(0);
    for (const option of Object.keys(COMMANDS.get(name)?.options ?? {})) expect(stdout).toContain(`--${option}`);
    expect(await isomux(['help', name])).toMatchObject({ code: 0, stdout });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it.each([
    ['nothing', [], 'No command is given: isomux --help lists them.'],
    ['an unknown command', ['fly'], 'There is no command fly. There are run, serve, doctor, conformance, bench.'],
    ['a misspelt command', ['docter'], 'There is no command docter. Did you mean doctor?'],
    ['help for an unknown command', ['help', 'rum'], 'Did you mean run?'],
    ['an option before the command', ['--json', 'run'], 'The command comes before its options'],
    ['a misspelt option', ['run', '--tool', 'x', 'ok.ts'], 'isomux run has no option --tool. Did you mean --tools?'],
    ['an unknown option', ['run', '--frobnicate', 'ok.ts'], 'It has --driver, --tools,'],
    ['an inherited option', ['run', '--constructor', 'ok.ts'], 'has no option --constructor'],
    ['an unknown short option', ['run', '-x', 'ok.ts'], 'has no option -x'],
    ['a missing value at the end', ['run', 'ok.ts', '--timeout'], '--timeout needs a value: --timeout=MS'],
    ['an option in place of a value', ['run', 'ok.ts', '--timeout', '--json'], '--timeout needs a value'],
    ['a value for a flag', ['run', 'ok.ts', '--json=yes'], '--json takes no value'],
    ['an option given twice', ['run', 'ok.ts', '--memory', '1', '--memory=2'], '--memory is given twice'],
    ['no program', ['run'], 'isomux run needs the path of one program'],
    ['two programs', ['run', 'ok.ts', 'more.ts'], 'more.ts is too much'],
    ['an operand too many', ['doctor', 'me'], 'takes no operands; me is too much'],
    ['a time in words', ['run', 'ok.ts', '--timeout', 'soon'], '--timeout must be a number of milliseconds greater than 0, not soon'],
    ['no memory', ['run', 'ok.ts', '--memory', '0'], '--memory must be a number of megabytes greater than 0, not 0'],
    ['a negative time', ['run', 'ok.ts', '--timeout=-5'], '--timeout must be a number of milliseconds greater than 0, not -5'],
    ['a driver nobody knows', ['run', 'ok.ts', '--driver', 'quikjs:'], 'Did you mean quickjs:? (INVALID_OPTION)'],
    ['a driver of a later version', ['run', 'ok.ts', '--driver=nats:'], '"nats:" comes with a later version'],
    ['a wrong driver in the environment', ['run', 'ok.ts'], '"nats:" comes with a later version', { ISOMUX_URL: 'nats://x' }],
    ['a terminal command in an operand', ['run', '\u001b[2Jx'], 'The program \\x1b[2Jx cannot be read: there is no such file.'],
  ])('exits 2 and says why on standard error alone: %s', async (_, args, text, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await isomux(args, { cwd: folder, env: env ?? {} });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^isomux: /);
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    ['no terminal', {}, false],
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
    ['NO_COLOR', { NO_COLOR: '1' }, false],
    ['both', { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  ])('colours or not: %s', async (_, env, coloured) => {
    const { stderr } = await isomux(['run', 'fail.ts'], { cwd: folder, env });
    expect(stderr.includes(ESCAPE)).toBe(coloured);
  });
});
