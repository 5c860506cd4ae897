import type { Executor } from '@isomux/executor';
import type { ServerSettings } from './environment.ts';
import { startServer, type RunningServer } from './start-server.ts';

/** Options of {@link serve}. */
export interface ServeOptions {
  readonly settings: Pick<ServerSettings, 'server'>;
  /** What runs programs. The server's from now on, and closed with it. */
  readonly executor: Executor;
  /** Called once, when the server listens. */
  readonly listening?: ((server: RunningServer) => void) | undefined;
  /** Called when the process is asked to end: runs in progress finish now. */
  readonly draining?: ((signal: NodeJS.Signals) => void) | undefined;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Runs a server for as long as the process is wanted: the first SIGTERM or SIGINT drains it, another one closes it at once. Resolves when
 * everything is closed, and true if it was drained to the end: the process can exit then.
 *
 * Rejects as `startServer` does; the executor is closed then.
 */
export async function serve({ settings, executor, listening, draining }: ServeOptions): Promise<boolean> {
  const { promise: asked, resolve: ask } = Promise.withResolvers<NodeJS.Signals>();
  const { promise: hurried, resolve: hurry } = Promise.withResolvers<void>();
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signalled) hurry();
    signalled = true;
    ask(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const server = await startServer({ executor, ...settings.server });
    listening?.(server);
    draining?.(await asked);
    const drained = await Promise.race([server.drain().then(() => true), hurried.then(() => false)]);
    await server.close();
    return drained;
  } catch (error) {
    await executor.close();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
