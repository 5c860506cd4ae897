import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ServerStats } from '../src/index.ts';

/** A server in another process. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  /** Bytes it uses once its garbage is collected: JavaScript objects and buffers. */
  memoryBytes(): Promise<number>;
  /** What it says of itself. */
  stats(): Promise<ServerStats>;
}

/** Starts a server in a process of its own, and ends it when the test is over. */
export async function startServerProcess(): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, 'fixtures', 'server-process.ts'), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    port: Number(new URL(url).port),
    async memoryBytes(): Promise<number> {
      child.send('memory');
      const [{ bytes }] = (await once(child, 'message')) as [{ bytes: number }];
      return bytes;
    },
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as ServerStats,
  };
}
