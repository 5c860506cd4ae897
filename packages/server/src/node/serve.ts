import type { Executor } from '@isomux/executor';
import { IsomuxError } from '@isomux/protocol';
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
 * Rejects as `startServer` does, and with `INVALID_OPTION` where it cannot have its address; the executor is closed then.
 */
export async function serve({ settings, executor, listening, draining }: ServeOptions): Promise<boolean> {
  let ask: (signal: NodeJS.Signals) => void = () => {};
  const asked = new Promise<NodeJS.Signals>((resolve) => (ask = resolve));
  let hurry: () => void = () => {};
  const hurried = new Promise<void>((resolve) => (hurry = resolve));
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signalled) hurry();
    signalled = true;
    ask(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const server = await startServer({ executor, ...settings.server }).catch((cause: unknown) => refuseAddress(settings.server, cause));
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

/** Why an address cannot be listened on, by what the system says. */
const ADDRESS_FAULTS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another process listens there'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'this user may not listen there'],
  ['ENOTFOUND', 'there is no such name'],
]);

function refuseAddress({ host, port }: ServerSettings['server'], cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const fault = ADDRESS_FAULTS.get(code);
  if (fault === undefined) throw cause;
  const message = `The server cannot listen on port ${port} of ${host}: ${fault} (${code}). Choose another PORT or HOST.`;
  throw new IsomuxError('INVALID_OPTION', message, { cause });
}
