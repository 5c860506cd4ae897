import { readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** Resident memory of another process, or undefined where the system does not tell it as a file (all but Linux). */
export function readResidentBytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ', 2)[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : undefined;
  } catch {
    return undefined;
  }
}

/** True while the system has a process stopped (SIGSTOP and its kin); false also where the system does not tell. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] === 'T';
  } catch {
    return false;
  }
}
