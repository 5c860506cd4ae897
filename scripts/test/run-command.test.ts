import { describe, expect, test } from 'vitest';
import { runCommand, runCommands } from '../check/run-command.ts';

const script = (source: string): readonly [string, ...string[]] => ['node', '-e', source];

describe('running checks', () => {
  test('a command passes by its exit code, whatever it prints', async () => {
    const [command, ...given] = script('console.log("out"); console.error("error")');
    const { passed, output } = await runCommand(command, given);
    expect(passed).toBe(true);
    expect(output.split('\n').toSorted()).toEqual(['', 'error', 'out']);
  });

  test('a command that a signal ends has failed', async () => {
    const [command, ...given] = script('process.kill(process.pid, "SIGKILL")');
    expect((await runCommand(command, given)).passed).toBe(false);
  });

  test('a command that does not exist has failed', async () => {
    const { passed, output } = await runCommand('no-such-command-here', []);
    expect(passed).toBe(false);
    expect(output).toContain('no-such-command-here');
  });

  test('every command runs, and only what failed is shown', async () => {
    const { passed, output } = await runCommands([
      script('console.log("one"); process.exit(1)'),
      script('console.log("two")'),
      script('console.log("three"); process.exit(3)'),
    ]);
    expect(passed).toBe(false);
    expect(output).toMatch(/^one$/m);
    expect(output).toMatch(/^three$/m);
    expect(output).not.toMatch(/^two$/m);
  });
});
