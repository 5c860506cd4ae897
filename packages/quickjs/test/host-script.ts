import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script of `fixtures` in a process of its own and gives what it printed and how it ended. */
export function runHost(
  script: string,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string; readonly ms: number }> {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL(`./fixtures/${script}`, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output, ms: performance.now() - startedAt })));
}
