import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { parse } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** What a sandbox process is started with. It gets three pipes and, beyond what is said here, nothing of its host. */
export interface SandboxCommand {
  /** Absolute path of the program to start. */
  readonly file: string;
  /** Its arguments. Nothing secret: `ps` shows them. */
  readonly args: readonly string[];
  /** Its whole environment. Default: none. Windows adds `SystemRoot`, without which it starts no process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Starts the process, in the root directory. */
export function spawnCommand({ file, args, env }: SandboxCommand): ChildProcessByStdio<Writable, Readable, Readable> {
  return spawn(file, args, {
    cwd: parse(file).root,
    env: { ...env, ...(process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {}) },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}
