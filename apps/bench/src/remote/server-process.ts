import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the server of an engine. */
export async function startServerProcess(engine: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--no-node-snapshot', join(import.meta.dirname, 'server.ts'), engine], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [message] = await once(child, 'message');
  const port = Number(message);
  return {
    port,
    async close() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
