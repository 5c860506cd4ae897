import { createRelay } from '@isomux/driver';
import type { Executor, ExecutorOptions } from '@isomux/executor';
import { DENO_CAPABILITIES } from './capabilities.ts';
import { type DenoIsolateDriverOptions, parseBackendOptions } from './options.ts';
import { createProcessBackend } from './process-backend.ts';

/** Options of {@link createDenoExecutor}: how a server shares its machine out. */
export interface DenoExecutorOptions
  extends
    Pick<ExecutorOptions, 'maxRuns' | 'maxQueuedRuns' | 'ceilings' | 'runsPerConnection'>,
    Pick<DenoIsolateDriverOptions, 'denoPath' | 'minProcesses' | 'maxProcesses' | 'runsPerProcess' | 'warmRealms' | 'reuse'> {}

/**
 * Makes an executor for a server that runs guest code on Deno, in pooled subprocesses without any permission: a guest that
 * takes its process with it takes neither the server nor, after a replay, the runs beside it.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` where there is no Deno.
 *
 * @example
 * const server = await startServer({ executor: createDenoExecutor({ maxRuns: 100 }), token: process.env.EXECUTOR_TOKEN });
 */
export function createDenoExecutor(options: DenoExecutorOptions = {}): Executor {
  const { maxRuns, maxQueuedRuns, ceilings, runsPerConnection } = options;
  return createRelay({
    backend: createProcessBackend(parseBackendOptions(options)),
    engine: 'deno',
    capabilities: DENO_CAPABILITIES,
    maxRuns,
    maxQueuedRuns,
    ceilings,
    runsPerConnection,
  });
}
