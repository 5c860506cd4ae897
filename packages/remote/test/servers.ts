import { createExecutor } from '@isomux/executor';
import { createQuickJSEngine } from '@isomux/quickjs';
import { startServer } from '@isomux/server';
import { startSection14Server } from './section-14-server.ts';

/** A server that runs, of whichever make. */
export interface AnyServer {
  readonly port: number;
  kill(): Promise<void>;
}

/** Both makes of servers. */
export const SERVERS: Readonly<Record<string, () => Promise<AnyServer>>> = {
  'a server written from the page': () => startSection14Server(),
  '@isomux/server': async () => {
    const { port, close } = await startServer({ executor: createExecutor(createQuickJSEngine()), port: 0 });
    return { port, kill: close };
  },
};
