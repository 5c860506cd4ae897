import { LIMIT_CEILINGS } from '@isomux/protocol';

const MiB = 1024 * 1024;
/** Less would leave the process's own thread, through which every argument and result passes as text, no room. */
export const MIN_MEMORY_BYTES: number = 32 * MiB;
/** The young generation, of which V8 has three, comes on top of the old one. */
const YOUNG_SHARE = 1 / 16;
const MAX_YOUNG_MB = 16;

/** The heap of a process's realms in whole MB: V8 takes its limit when the process starts, for all of them. */
export function memoryClassMb(memoryBytes: number): number {
  // What is no number of bytes is refused when the run is made.
  const bytes = memoryBytes > 0 ? Math.min(memoryBytes, LIMIT_CEILINGS.memoryBytes) : MIN_MEMORY_BYTES;
  return Math.ceil(Math.max(bytes, MIN_MEMORY_BYTES) / MiB);
}

/** V8's flags for a process of a class. */
export function heapFlags(classMb: number): string {
  const youngMb = Math.min(MAX_YOUNG_MB, Math.ceil(classMb * YOUNG_SHARE));
  return `--v8-flags=--max-old-space-size=${classMb},--max-semi-space-size=${youngMb}`;
}
