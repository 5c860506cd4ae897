import { createExecutor, type ExecutorOptions } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { onTestFinished } from 'vitest';
import { startServer, type RunningServer, type StartServerOptions } from '../src/node/index.ts';

/** Options of a server that a test starts; those of its executor are in `executor`. */
export interface TestServerOptions extends Omit<StartServerOptions, 'executor'> {
  readonly executor?: ExecutorOptions;
}

/** Starts a server with QuickJS on a free port, and closes it when the test is over. */
export async function startTestServer({ executor = {}, ...options }: TestServerOptions = {}): Promise<RunningServer> {
  const server = await startServer({
    executor: createExecutor(createQuickJSEngine(), { maxRuns: 8, ...executor }),
    port: 0,
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}
