import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

/** The engines that a server is tested with. */
export type EngineName = 'isolated-vm' | 'quickjs';

/** A server process that is started again, at the same address, whenever it goes. */
export interface SupervisedServer {
  readonly url: string;
  /** Processes so far. */
  readonly starts: number;
  /** Ends it at once, as the kernel would when memory runs out. What it had is gone; another one is on its way. */
  kill(): void;
  /** Resolves when the present process serves. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** A port that was free a moment ago. */
async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Starts a server of this engine, and sees that there is one. */
export async function superviseServer(engine: EngineName): Promise<SupervisedServer> {
  const server = new Supervisor(engine, await findPort());
  await server.ready();
  return server;
}

class Supervisor implements SupervisedServer {
  readonly url: string;
  starts = 0;
  readonly #engine: EngineName;
  readonly #port: number;
  #process: ChildProcess;
  #ready: Promise<unknown>;
  #closed = false;

  constructor(engine: EngineName, port: number) {
    this.#engine = engine;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    [this.#process, this.#ready] = this.#start();
    process.once('exit', () => this.#process.kill('SIGKILL'));
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async ready(): Promise<void> {
    // The process that waits for it is not to end meanwhile; otherwise it may.
    const waiting = setInterval(() => undefined, 1_000);
    await this.#ready;
    clearInterval(waiting);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.ref();
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  #start(): [ChildProcess, Promise<unknown>] {
    this.starts++;
    const args = ['--no-node-snapshot', join(import.meta.dirname, 'server-main.ts'), this.#engine, String(this.#port)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let served = false;
    child.once('message', () => (served = true));
    child.once('exit', (_, signal) => {
      // One that a test killed is replaced; one that cannot start would never be.
      if (!this.#closed && (served || signal !== null)) [this.#process, this.#ready] = this.#start();
    });
    child.unref();
    child.channel?.unref();
    return [child, once(child, 'message')];
  }
}
