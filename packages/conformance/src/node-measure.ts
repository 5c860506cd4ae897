import { readdirSync, readFileSync } from 'node:fs';
import { property } from './property.ts';
import type { Measurement } from './subject.ts';

const MiB = 1024 * 1024;

/**
 * What a driver in this process may leak: open handles, threads, child processes, heap, and memory that no heap accounts for
 * (WebAssembly's, native code's). For a subject's `measure`. Threads and processes are counted on Linux only. Garbage is
 * collected first where Node runs with `--expose-gc`.
 */
export function measureProcess(): Measurement {
  const gc = property(globalThis, 'gc');
  if (typeof gc === 'function') gc();
  const counts: Record<string, { readonly value: number; readonly tolerance: number }> = {
    handles: { value: process.getActiveResourcesInfo().length, tolerance: 20 },
    heapMegabytes: { value: process.memoryUsage().heapUsed / MiB, tolerance: gc === undefined ? 60 : 12 },
    residentMegabytes: { value: process.memoryUsage.rss() / MiB, tolerance: 120 },
  };
  if (process.platform === 'linux') {
    counts.threads = { value: readdirSync('/proc/self/task').length, tolerance: 12 };
    counts.processes = { value: childCount(), tolerance: 4 };
  }
  return counts;
}

function childCount(): number {
  const lists = readdirSync('/proc/self/task').map((task) => readQuietly(`/proc/self/task/${task}/children`));
  return lists
    .join(' ')
    .split(' ')
    .filter((pid) => pid !== '').length;
}

/** A thread may end between being listed and being read. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
