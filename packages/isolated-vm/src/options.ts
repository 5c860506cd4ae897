import { availableParallelism } from 'node:os';
import type { DriverOptions } from '@isomux/driver';
import { DEFAULT_LIMITS, IsomuxError, type Limits } from '@isomux/protocol';
import type { Isolation } from './capabilities.ts';

/** How many runs an isolate serves: one, or several, one after the other. */
export type Reuse = 'one-shot' | 'serial';

/** Options of `createNodeIsolateDriver`. Those of TanStack's driver of the same name mean the same. */
export interface NodeIsolateDriverOptions extends DriverOptions {
  /**
   * `process` (default): guests run in supervised child processes, which may crash without harm to the host.
   * `in-process`: on threads of the host process; faster to start, and a crash of V8 is a crash of the host.
   */
  readonly isolation?: Isolation | undefined;
  /** In process only: loads isolated-vm without trying it out in a child process first. Default false. */
  readonly skipProbe?: boolean | undefined;
  /** Child processes kept running even when there is nothing to do. Default 1. */
  readonly minProcesses?: number | undefined;
  /** Child processes at most, but for runs that are suspected of crashing them. Default: the number of cores, at least 4. */
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
   * a run has left in good order serves later runs, one at a time, each with a fresh context. Twice as fast back to back;
   * but runs then share one heap over time, and with it V8's hidden state. Only for runs that trust one another.
   */
  readonly reuse?: Reuse | undefined;
}

/** What a backend is made of. */
export interface BackendOptions {
  readonly isolation: Isolation;
  readonly minProcesses: number;
  readonly maxProcesses: number;
  readonly runsPerProcess: number;
  readonly warmRealms: number;
  readonly reuse: Reuse;
  /** What ready realms are made for until a run asks for something else. */
  readonly warmLimits: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
}

const MiB = 1024 * 1024;

/** Checks what is the backend's. Throws `INVALID_OPTION`. */
export function parseBackendOptions(options: NodeIsolateDriverOptions): BackendOptions {
  if (typeof options !== 'object' || options === null) throw new IsomuxError('INVALID_OPTION', 'the driver options must be an object');
  const { isolation = 'process', reuse = 'one-shot', memoryLimit, limits } = options;
  if (isolation !== 'process' && isolation !== 'in-process') {
    throw new IsomuxError('INVALID_OPTION', "isolation must be 'process' or 'in-process'");
  }
  if (reuse !== 'one-shot' && reuse !== 'serial') throw new IsomuxError('INVALID_OPTION', "reuse must be 'one-shot' or 'serial'");
  const maxProcesses = parseCount(options.maxProcesses, 'maxProcesses', 1) ?? Math.max(4, availableParallelism());
  return {
    isolation,
    maxProcesses,
    minProcesses: Math.min(maxProcesses, parseCount(options.minProcesses, 'minProcesses', 0) ?? 1),
    runsPerProcess: parseCount(options.runsPerProcess, 'runsPerProcess', 1) ?? 1,
    warmRealms: parseCount(options.warmRealms, 'warmRealms', 0) ?? 2,
    reuse,
    warmLimits: {
      memoryBytes: limits?.memoryBytes ?? (typeof memoryLimit === 'number' ? memoryLimit * MiB : DEFAULT_LIMITS.memoryBytes),
      stackBytes: limits?.stackBytes ?? DEFAULT_LIMITS.stackBytes,
    },
  };
}

function parseCount(value: number | undefined, name: string, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= 10_000)) return value;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${least} to 10000; it is ${value}`);
}
