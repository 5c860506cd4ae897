import { availableParallelism } from 'node:os';
import type { DriverOptions } from '@isomux/driver';
import { DEFAULT_LIMITS, IsomuxError } from '@isomux/protocol';

/** Options of `createDenoIsolateDriver`. */
export interface DenoIsolateDriverOptions extends DriverOptions {
  /** Path of the Deno program. Default: that of the npm package `deno`. */
  readonly denoPath?: string | undefined;
  /** Processes kept running for runs with this driver's memory limit even when there is nothing to do. Default 1. */
  readonly minProcesses?: number | undefined;
  /**
   * Processes at most for each memory limit that runs have, but for runs that are suspected of crashing them. Default: the
   * number of cores, at least 4.
   */
  readonly maxProcesses?: number | undefined;
  /**
   * Runs that share a process before another one is started. Default 1: while there are fewer runs than `maxProcesses`, each
   * has a process of its own. Beyond that they share, whatever this says: no run waits for another one to end.
   */
  readonly runsPerProcess?: number | undefined;
  /** Realms that each process keeps ready for the next runs. Default 2. */
  readonly warmRealms?: number | undefined;
}

/** What a backend is made of. */
export interface BackendOptions {
  readonly denoPath: string | undefined;
  readonly minProcesses: number;
  readonly maxProcesses: number;
  readonly runsPerProcess: number;
  readonly warmRealms: number;
  /** The memory limit that processes are kept ready for. */
  readonly memoryBytes: number;
}

const MiB = 1024 * 1024;

/** Checks what is the backend's. Throws `INVALID_OPTION`. */
export function parseBackendOptions(options: DenoIsolateDriverOptions): BackendOptions {
  if (typeof options !== 'object' || options === null) throw new IsomuxError('INVALID_OPTION', 'the driver options must be an object');
  const { denoPath, memoryLimit, limits } = options;
  if (denoPath !== undefined && (typeof denoPath !== 'string' || denoPath === '')) {
    throw new IsomuxError('INVALID_OPTION', 'denoPath must be the path of the Deno program');
  }
  const maxProcesses = parseCount(options.maxProcesses, 'maxProcesses', 1) ?? Math.max(4, availableParallelism());
  return {
    denoPath,
    maxProcesses,
    minProcesses: Math.min(maxProcesses, parseCount(options.minProcesses, 'minProcesses', 0) ?? 1),
    runsPerProcess: parseCount(options.runsPerProcess, 'runsPerProcess', 1) ?? 1,
    warmRealms: parseCount(options.warmRealms, 'warmRealms', 0) ?? 2,
    memoryBytes: limits?.memoryBytes ?? (memoryLimit === undefined ? DEFAULT_LIMITS.memoryBytes : memoryLimit * MiB),
  };
}

function parseCount(value: number | undefined, name: string, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= 10_000)) return value;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${least} to 10000; it is ${value}`);
}
