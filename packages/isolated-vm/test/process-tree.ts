import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;
const MiB = 1024 * 1024;

/** Process ids of the sandbox processes that a process has started. Linux only, as everything in this file. */
export function sandboxesOf(pid: number = process.pid): number[] {
  return childrenOf(pid).filter((child) => read(`/proc/${child}/cmdline`).includes('child.js'));
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => numbers(read(`/proc/${pid}/task/${task}/children`)));
  } catch {
    return [];
  }
}

/** False also for a zombie. */
export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
}

/** Resident memory of a process and its sandbox processes, in MiB. */
export function treeMegabytes(pid: number = process.pid): number {
  return [pid, ...sandboxesOf(pid)].reduce((sum, one) => sum + residentMegabytes(one), 0);
}

function residentMegabytes(pid: number): number {
  return ((numbers(read(`/proc/${pid}/statm`))[1] ?? 0) * PAGE_BYTES) / MiB;
}

/** Waits until it holds, or fails. */
export async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it did not hold within ${withinMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}
