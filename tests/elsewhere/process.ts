import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Subject, SuiteResult } from '@isomux/conformance';
import { Collection } from './collect.ts';

/** How each runtime that is a process is started; both come from npm. */
const COMMANDS = { bun: ['bun'], deno: ['deno', 'run', '--allow-all'] } as const;

/** Runtimes that are a process of their own. */
export type Runtime = keyof typeof COMMANDS;

/** A clause takes two minutes at most: who says nothing for longer than that never will. */
const SILENCE_MS = 180_000;
const tests = join(import.meta.dirname, '..');

/** The command line that runs a script in a runtime. */
export function commandOf(runtime: Runtime): readonly [file: string, ...args: string[]] {
  const [name, ...args] = COMMANDS[runtime];
  return [join(tests, 'node_modules/.bin', name), ...args];
}

/** Runs the suite in another runtime, on the subject that has that name in `subjects/`. Rejects when it does not come to its end. */
export async function judgeInProcess(runtime: Runtime, subject: Subject, only?: readonly string[]): Promise<SuiteResult> {
  const [file, ...args] = commandOf(runtime);
  const selection = only === undefined ? [] : [only.join(',')];
  const child = spawn(file, [...args, 'elsewhere/main.ts', subject.name, ...selection], { cwd: tests, stdio: ['ignore', 'pipe', 'pipe'] });
  const collection = new Collection();
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-4_000)));
  const ending = await new Promise<string>((resolve, reject) => {
    let silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
    let rest = '';
    // Not readline: it ends lines at characters that JSON does not escape.
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      clearTimeout(silence);
      silence = setTimeout(() => child.kill('SIGKILL'), SILENCE_MS);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      try {
        for (const line of lines) collection.take(line);
      } catch (cause) {
        reject(new Error(`${runtime} said what is no verdict.`, { cause }));
        child.kill('SIGKILL');
      }
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(silence);
      resolve(`${runtime} ended with ${signal ?? code}.\n${complaints}`);
    });
  });
  return collection.result(subject, ending);
}
