import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a leak would leave behind, counted. */
export interface Footprint {
  /** Handles that keep this process alive. */
  readonly handles: number;
  readonly threads: number;
  readonly descriptors: number;
  readonly children: number;
  readonly heapMiB: number;
  /** WebAssembly memories and other buffers. */
  readonly externalMiB: number;
}

const canCount = process.platform === 'linux';
const MiB = 1024 * 1024;

/** Counts now, after the garbage is collected. */
export async function takeFootprint(): Promise<Footprint> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Twice, and turns of the event loop between: finalizers run after a collection and free more.
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    handles: process.getActiveResourcesInfo().length,
    threads: canCount ? readdirSync('/proc/self/task').length : 0,
    descriptors: canCount ? readdirSync('/proc/self/fd').length : 0,
    children: process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length,
    heapMiB: heapUsed / MiB,
    externalMiB: (external + arrayBuffers) / MiB,
  };
}

/** How much of each may be there afterwards that was not there before: pools keep a few spare workers and realms. */
const TOLERANCE: Footprint = { handles: 6, threads: 6, descriptors: 12, children: 2, heapMiB: 4, externalMiB: 8 };

/** What has grown beyond its tolerance, in words. */
export function findGrowth(before: Footprint, after: Footprint, tolerance: Footprint = TOLERANCE): string[] {
  const grown: string[] = [];
  for (const key of Object.keys(tolerance) as (keyof Footprint)[]) {
    const growth = after[key] - before[key];
    if (growth > tolerance[key]) grown.push(`${key} grew by ${Math.round(growth * 10) / 10}, from ${Math.round(before[key] * 10) / 10}`);
  }
  return grown;
}
