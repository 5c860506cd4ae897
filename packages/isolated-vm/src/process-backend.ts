import { type Backend, createPool } from '@isomux/driver';
import { startSandboxProcess } from '@isomux/sandbox-process';
import { childCommand } from './child-command.ts';
import { findAddon, unavailable } from './native-addon.ts';
import type { BackendOptions } from './options.ts';

/** Runs that one process holds at most. The pool shares them out long before; no run should wait for another to end. */
const MAX_RUNS = 1_000;

/** A pool of child processes. */
export function createProcessBackend({
  minProcesses,
  maxProcesses,
  runsPerProcess,
  warmRealms,
  warmLimits,
  reuse,
}: BackendOptions): Backend {
  const child = { addonPath: findAddon(), maxRuns: MAX_RUNS, warmRealms, warmLimits, reuse };
  const pool = createPool({
    // The child's own watch over memory is tighter than that over its process.
    spawn: () => startSandboxProcess({ command: childCommand(child), unavailable }),
    minWorkers: minProcesses,
    maxWorkers: maxProcesses,
    runsPerWorker: runsPerProcess,
  });
  return { connect: pool.connect, close: () => pool.close() };
}
