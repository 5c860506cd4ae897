import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

/** Whether this machine tells the memory of processes as files. Only Linux does. */
export const canMeasure: boolean = process.platform === 'linux';

/** A process and all that descend from it, read from /proc. */
function readTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // The name, second and in brackets, may hold anything; what follows it are a state and the parent.
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2)[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const tree = [root];
  for (const member of tree) for (const [pid, parent] of parents) if (parent === member) tree.push(pid);
  return tree;
}

function readResidentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ', 2)[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** Watches the resident memory of a process tree. */
export interface TreeWatch {
  /** The most since the last call, in bytes; what is measured now where nothing was. */
  takePeak(): number;
  stop(): void;
}

const SAMPLE_MS = 8;
/** New processes take longer than this to grow. */
const LOOK_MS = 40;

export function watchTree(root: number): TreeWatch {
  let pids = readTree(root);
  let lookedAt = performance.now();
  let peak = 0;
  const sample = (): void => {
    if (performance.now() - lookedAt > LOOK_MS) {
      pids = readTree(root);
      lookedAt = performance.now();
    }
    let bytes = 0;
    for (const pid of pids) bytes += readResidentBytes(pid);
    peak = Math.max(peak, bytes);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    takePeak(): number {
      sample();
      const taken = peak;
      peak = 0;
      sample();
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
