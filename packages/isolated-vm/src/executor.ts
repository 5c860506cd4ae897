import { createRelay } from '@isomux/driver';
import { createExecutor, type Executor, type ExecutorOptions } from '@isomux/executor';
import { assertAvailable } from './availability.ts';
import { ISOLATED_VM_CAPABILITIES } from './capabilities.ts';
import { createIsolatedVmEngine } from './engine.ts';
import { type NodeIsolateDriverOptions, parseBackendOptions } from './options.ts';
import { createProcessBackend } from './process-backend.ts';

/** Options of {@link createNodeExecutor}: how a server shares its machine out. */
export interface NodeExecutorOptions
  extends
    Pick<ExecutorOptions, 'maxRuns' | 'maxQueuedRuns' | 'ceilings' | 'runsPerConnection'>,
    Pick<
      NodeIsolateDriverOptions,
      'isolation' | 'minProcesses' | 'maxProcesses' | 'runsPerProcess' | 'warmRealms' | 'reuse' | 'skipProbe'
    > {}

/**
 * Makes an executor for a server that runs guest code on V8, through isolated-vm, by default in supervised child processes: a
 * guest that takes its process with it takes neither the server nor, after a replay, the runs beside it.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` where isolated-vm has no addon for this Node.
 *
 * @example
 * const server = await startServer({ executor: createNodeExecutor({ maxRuns: 100 }), token: process.env.EXECUTOR_TOKEN });
 */
export function createNodeExecutor(options: NodeExecutorOptions = {}): Executor {
  const backendOptions = parseBackendOptions(options);
  assertAvailable(backendOptions, options.skipProbe === true);
  const { maxRuns, maxQueuedRuns, ceilings, runsPerConnection } = options;
  const { isolation, reuse, warmRealms, warmLimits } = backendOptions;
  const sharing = { maxRuns, maxQueuedRuns, ceilings, runsPerConnection };
  if (isolation === 'in-process') return createExecutor(createIsolatedVmEngine({ reuse }), { warmRealms, warmLimits, ...sharing });
  return createRelay({
    backend: createProcessBackend(backendOptions),
    engine: 'isolated-vm',
    capabilities: ISOLATED_VM_CAPABILITIES.process,
    ...sharing,
  });
}
