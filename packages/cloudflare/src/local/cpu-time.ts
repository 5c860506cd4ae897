import { readFileSync } from 'node:fs';

/** What Linux counts processor time in, for files of /proc. */
const TICK_MS = 10;

/** Processor time that a process has used, in milliseconds; undefined where the system does not tell it as a file (all but Linux). */
export function readCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in parentheses, may have anything in it. After it come the state, and eleven fields on the two that count.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * TICK_MS : undefined;
  } catch {
    return undefined;
  }
}
