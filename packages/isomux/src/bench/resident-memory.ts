import { execFileSync } from 'node:child_process';

/**
 * Resident memory of a process and of all that it started, as `ps` has it: pages that they share count once for each.
 * Throws where there is no `ps`.
 */
export function residentBytesOfTree(root: number): number {
  return sumOfTree(root, parseProcessList(execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })));
}

/** One line of the list of processes. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly residentBytes: number;
}

/** Reads what `ps -o pid=,ppid=,rss=` prints, whose sizes are in units of 1024 bytes. */
export function parseProcessList(text: string): ListedProcess[] {
  return text.split('\n').flatMap((line) => {
    const [pid, parent, kibibytes] = line.trim().split(/\s+/).map(Number);
    return pid === undefined || parent === undefined || kibibytes === undefined ? [] : [{ pid, parent, residentBytes: kibibytes * 1024 }];
  });
}

/** Adds up a process and its descendants. */
export function sumOfTree(root: number, processes: readonly ListedProcess[]): number {
  const own = processes.find(({ pid }) => pid === root)?.residentBytes ?? 0;
  return processes.filter(({ parent }) => parent === root).reduce((sum, { pid }) => sum + sumOfTree(pid, processes), own);
}
