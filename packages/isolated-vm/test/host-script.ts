import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A host application in a process of its own: one of the programs in `fixtures/`. */
export interface HostScript {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Resolves with what it has printed so far, once that contains the text. */
  printed(text: string): Promise<string>;
  /** Resolves when it has ended, with its exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const started: ChildProcess[] = [];

/** Starts a fixture. `killHostScripts` ends whatever is left. */
export function startHostScript(name: string, args: readonly string[] = [], flags: readonly string[] = []): HostScript {
  const path = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  let output = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const listener of listeners) listener();
  });
  return {
    process: child,
    pid: child.pid ?? -1,
    printed: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          listeners.delete(look);
          resolve(output);
        };
        listeners.add(look);
        look();
      }),
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1))),
  };
}

export function killHostScripts(): void {
  for (const child of started.splice(0)) child.kill('SIGKILL');
}
