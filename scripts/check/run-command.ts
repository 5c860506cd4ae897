import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** What a finished command left behind. */
export interface CommandResult {
  readonly passed: boolean;
  /** Its standard output and error, in the order they came. */
  readonly output: string;
}

export const root: string = join(import.meta.dirname, '..', '..');

/** Runs one command in `cwd` with the workspace's tools on the path. A command that cannot start has failed, and says so. */
export function runCommand(command: string, commandArguments: readonly string[], cwd: string = root): Promise<CommandResult> {
  const { promise, resolve } = Promise.withResolvers<CommandResult>();
  const chunks: Buffer[] = [];
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(command, commandArguments, {
    cwd,
    env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('error', (error) => resolve({ passed: false, output: `${command}: ${error.message}\n` }));
  child.on('close', (code) => resolve({ passed: code === 0, output: Buffer.concat(chunks).toString() }));
  return promise;
}

/** Runs commands one after the other, all of them; passes when each did. The output is that of those that failed. */
export async function runCommands(commands: Iterable<readonly [string, ...string[]]>, cwd: string = root): Promise<CommandResult> {
  let output = '';
  for (const [command, ...commandArguments] of commands) {
    const result = await runCommand(command, commandArguments, cwd);
    if (!result.passed) output += `$ ${[command, ...commandArguments].join(' ')}\n${result.output}\n`;
  }
  return { passed: output === '', output };
}
