/** Resident memory that a sandbox process may use before it is killed: what stands behind the limits of its engine. */
export interface MemoryAllowance {
  /** Bytes beside its runs. */
  readonly processBytes: number;
  /** Bytes for each run beyond its memory limit. */
  readonly runBytes: number;
  /** How many times its memory limit a run may use. */
  readonly runFactor: number;
  /**
   * A process that crashed, or that the system ended for want of memory, with more than this many bytes beside the memory limits
   * of its runs is taken to have run out of it.
   */
  readonly crashBytes: number;
}

const MiB = 1024 * 1024;

/** What a process is allowed unless told otherwise. */
export const DEFAULT_MEMORY_ALLOWANCE: MemoryAllowance = {
  processBytes: 512 * MiB,
  runBytes: 128 * MiB,
  runFactor: 2,
  crashBytes: 128 * MiB,
};

/** The most that a process may use whose runs may use `memoryBytes` together. */
export function allowedBytes({ processBytes, runBytes, runFactor }: MemoryAllowance, runs: number, memoryBytes: number): number {
  return processBytes + memoryBytes * runFactor + runs * runBytes;
}
