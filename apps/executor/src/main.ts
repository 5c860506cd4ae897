/** An executor server, configured by its environment: see docs/deploying.md. Ends with 0 after SIGTERM, and with 2 where its settings say nothing. */
import { createNodeExecutor } from '@isomux/isolated-vm';
import { isIsomuxError } from '@isomux/protocol';
import { createQuickJSExecutor } from '@isomux/quickjs';
import { createLog, describeSettings, readEnvironment, serve } from '@isomux/server';

try {
  const settings = readEnvironment(process.env);
  const { engine, executor, server } = settings;
  const log = createLog({ level: server.logLevel });
  log({ level: 'info', event: 'starting', fields: { ...describeSettings(settings), node: process.version } });
  const drained = await serve({
    settings,
    executor: engine === 'quickjs' ? createQuickJSExecutor(executor) : createNodeExecutor(executor),
    listening: ({ port }) => log({ level: 'info', event: 'listening', fields: { host: server.host, port } }),
    draining: (signal) => log({ level: 'info', event: 'told to end', fields: { signal } }),
  });
  log({ level: 'info', event: 'ended', fields: { drained } });
  // What the engines left behind is nobody's any more.
  process.exit(drained ? 0 : 1);
} catch (error) {
  // Messages of ours are made for people and hold no secret; anything else may need its stack.
  console.error(isIsomuxError(error) ? `${error.message} (${error.code})` : error);
  process.exit(isIsomuxError(error) && error.code === 'INVALID_OPTION' ? 2 : 1);
}
