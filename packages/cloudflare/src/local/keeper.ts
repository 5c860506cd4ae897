import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { KeeperNotice, KeeperOrder } from './keeper-messages.ts';
import type { LocalWorkerSettings } from './options.ts';
import { WorkerdProcess } from './workerd-process.ts';
import type { WorkerdFiles } from './workerd-files.ts';

/** The process that has the workerds for children, as long as this one lives and no longer. */
export class Keeper {
  readonly #files: WorkerdFiles;
  readonly #settings: LocalWorkerSettings;
  readonly #workerds = new Map<number, WorkerdProcess>();
  #child: ChildProcess | undefined;
  #ids = 0;

  constructor(files: WorkerdFiles, settings: LocalWorkerSettings) {
    this.#files = files;
    this.#settings = settings;
  }

  /** Processes that there are. */
  get workerds(): readonly WorkerdProcess[] {
    return [...this.#workerds.values()];
  }

  /** Starts a workerd. What becomes of it is told by the workerd. */
  start(): WorkerdProcess {
    const id = this.#ids++;
    const workerd = new WorkerdProcess(() => this.#order({ type: 'kill', id }));
    this.#workerds.set(id, workerd);
    const { engine, token, connections } = this.#settings;
    this.#order({
      type: 'start',
      id,
      command: this.#files.binary,
      args: ['serve', '--experimental', '--control-fd=3', this.#files.config, connections ? 'connected' : 'plain'],
      env: {
        ISOMUX_ENGINE: engine,
        ...(token === undefined ? { ISOMUX_ALLOW_ANONYMOUS: 'true' } : { ISOMUX_TOKEN: token }),
        // Without it there is no place for its own needs on some systems.
        ...(process.env['SystemRoot'] === undefined ? {} : { SystemRoot: process.env['SystemRoot'] }),
      },
    });
    return workerd;
  }

  /** Ends every workerd. Resolves when they are gone. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.ref();
    if (child.connected) child.disconnect();
    await gone;
    this.#lose();
  }

  #order(order: KeeperOrder): void {
    const child = (this.#child ??= this.#begin());
    // One that is gone tells so by itself.
    child.send(order, () => undefined);
  }

  #begin(): ChildProcess {
    const child = fork(this.#files.keeper, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: {} });
    child.unref();
    child.channel?.unref();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keeper is our own program, and no guest reaches it
    child.on('message', (notice) => this.#notice(notice as KeeperNotice));
    child.on('error', () => undefined);
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#lose();
    });
    return child;
  }

  /** Without a keeper nobody ends what it had. */
  #lose(): void {
    for (const [id, workerd] of this.#workerds) {
      this.#workerds.delete(id);
      workerd.orphan();
    }
  }

  #notice(notice: KeeperNotice): void {
    const workerd = this.#workerds.get(notice.id);
    if (notice.type === 'started') workerd?.started(notice.pid);
    else if (notice.type === 'listening') workerd?.listening(notice.port);
    else {
      this.#workerds.delete(notice.id);
      workerd?.exited(notice.signal, notice.said);
    }
  }
}
