import { createRelay } from '@isomux/driver';
import { createExecutor, type Executor, type ExecutorOptions } from '@isomux/executor';
import { createThreadBackend } from './backends.ts';
import { QUICKJS_CAPABILITIES } from './capabilities.ts';
import { createQuickJSEngine } from './engine.ts';
import { parseBackendOptions, type QuickJSIsolateDriverOptions } from './options.ts';

/** Options of {@link createQuickJSExecutor}: how a server shares its machine out. */
export interface QuickJSExecutorOptions
  extends
    Pick<ExecutorOptions, 'maxRuns' | 'maxQueuedRuns' | 'ceilings' | 'runsPerConnection'>,
    Pick<QuickJSIsolateDriverOptions, 'thread' | 'minThreads' | 'maxThreads' | 'warmRealms'> {}

/**
 * Makes an executor for a server that runs guest code on QuickJS compiled to WebAssembly, by default on pooled threads: a guest
 * that computes holds up neither the server nor, while there are threads enough, another guest.
 *
 * Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` for threads where there are none.
 *
 * @example
 * const server = await startServer({ executor: createQuickJSExecutor({ maxRuns: 100 }), token: process.env.EXECUTOR_TOKEN });
 */
export function createQuickJSExecutor(options: QuickJSExecutorOptions = {}): Executor {
  const backendOptions = parseBackendOptions(options);
  const { maxRuns, maxQueuedRuns, ceilings, runsPerConnection } = options;
  const { thread, warmRealms, warmLimits } = backendOptions;
  const sharing = { maxRuns, maxQueuedRuns, ceilings, runsPerConnection };
  if (thread === 'inline') return createExecutor(createQuickJSEngine(), { warmRealms, warmLimits, ...sharing });
  return createRelay({
    backend: createThreadBackend(backendOptions),
    engine: 'quickjs',
    capabilities: QUICKJS_CAPABILITIES.worker,
    ...sharing,
  });
}
