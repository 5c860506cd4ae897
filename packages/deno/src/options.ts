import { availableParallelism } from 'node:os';
import type { DriverOptions } from '@isomux/driver';
import { DEFAULT_LIMITS, IsomuxError } from '@isomux/protocol';

/** How many runs a thread, that is a V8 isolate, serves: one, or several, one after the other. */
export type Reuse = 'one-shot' | 'serial';

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
  /**
   * `one-shot` (default): each run has an isolate, that is a heap, of its own, which ends with it. `serial`: an isolate that
   * a run has left in good order serves later runs, one at a time, each with a fresh context. Many times as fast back to back;
   * but runs then share one heap over time, and with it V8's hidden state. Only for runs that trust one another.
   */
  readonly reuse?: Reuse | undefined;
}

/** What a backend is made of. */
export interface BackendOptions {
  readonly denoPath: string | undefined;
  readonly minProcesses: number;
  readonly maxProcesses: number;
  readonly runsPerProcess: number;
  readonly warmRealms: number;
  readonly reuse: Reuse;
  /** The memory limit that processes are kept ready for. */
  readonly memoryBytes: number;
}

const MiB = 1024 * 1024;

/** Checks what is the backend's. Throws `INVALID_OPTION`. */
export function parseBackendOptions(options: DenoIsolateDriverOptions): BackendOptions {
  if (typeof options !== 'object' || options === null) throw new IsomuxError('INVALID_OPTION', 'the driver options must be an object');
  const { denoPath, memoryLimit, limits, reuse = 'one-shot' } = options;
  if (denoPath !== undefined && (typeof denoPath !== 'string' || denoPath === '')) {
    throw new IsomuxError('INVALID_OPTION', 'denoPath must be the path of the Deno program');
  }
  if (reuse !== 'one-shot' && reuse !== 'serial') throw new IsomuxError('INVALID_OPTION', "reuse must be 'one-shot' or 'serial'");
  const maxProcesses = parseCount(options.maxProcesses, 'maxProcesses', 1) ?? Math.max(4, availableParallelism());
  return {
    denoPath,
    maxProcesses,
    minProcesses: Math.min(maxProcesses, parseCount(options.minProcesses, 'minProcesses', 0) ?? 1),
    runsPerProcess: parseCount(options.runsPerProcess, 'runsPerProcess', 1) ?? 1,
    warmRealms: parseCount(options.warmRealms, 'warmRealms', 0) ?? 2,
    reuse,
    // What is no number is refused with the driver's other options.
    memoryBytes: limits?.memoryBytes ?? (typeof memoryLimit === 'number' ? memoryLimit * MiB : DEFAULT_LIMITS.memoryBytes),
  };
}

function parseCount(value: number | undefined, name: string, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= 10_000)) return value;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${least} to 10000; it is ${value}`);
}
