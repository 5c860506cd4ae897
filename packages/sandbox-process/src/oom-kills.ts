import { readFileSync } from 'node:fs';

/** How many processes the system has killed for want of memory so far, or undefined where it does not tell (all but Linux). */
export function readOomKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
