import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE_BYTES = 4096;
const MiB = 1024 * 1024;

/** Process ids of the Deno processes that a process has started. Linux only, as everything here that looks at processes. */
export function sandboxesOf(pid: number = process.pid): number[] {
  return childrenOf(pid).filter((child) => read(`/proc/${child}/cmdline`).includes('--deny-run'));
}

/** False also for a zombie. */
export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/** Resident memory of this process and its Deno processes, in MiB. */
export function treeMegabytes(): number {
  const pages = [process.pid, ...sandboxesOf()].map((pid) => Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0));
  return (pages.reduce((sum, one) => sum + one, 0) * PAGE_BYTES) / MiB;
}

/** Waits until it holds, or fails. */
export async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it did not hold within ${withinMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A host application in a process of its own. */
export interface Host {
  readonly pid: number;
  kill(): void;
  /** Resolves once what it has printed contains the text. */
  printed(text: string): Promise<void>;
  /** Resolves when it has ended, with its exit code or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const hosts: ChildProcess[] = [];

/** Starts `fixtures/host.mjs`, which does what its arguments say. `killHosts` ends whatever is left. */
export function startHost(...steps: readonly string[]): Host {
  const path = fileURLToPath(new URL('./fixtures/host.mjs', import.meta.url));
  const child = spawn(process.execPath, [path, ...steps], { stdio: ['ignore', 'pipe', 'inherit'] });
  hosts.push(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    pid: child.pid ?? -1,
    kill: () => void child.kill('SIGKILL'),
    printed: (text) => until(() => output.includes(text), 20_000),
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code ?? -1))),
  };
}

export function killHosts(): void {
  for (const child of hosts.splice(0)) child.kill('SIGKILL');
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`).split(/\s+/).filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
