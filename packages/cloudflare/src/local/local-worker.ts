import { Front } from './front.ts';
import { parseLocalWorkerOptions } from './options.ts';
import type { LocalWorkerOptions } from './options.ts';
import { Supervisor } from './supervisor.ts';
import { findWorkerdFiles } from './workerd-files.ts';

/** A Worker on this machine, and what keeps it there. */
export interface LocalWorker {
  /** Where it is, for `workerUrl`. It stays the same however often what is behind it is replaced. */
  readonly url: string;
  /** The processes that run programs, or stand by: one that is shared, one in reserve, and one for each run that may have ended another. */
  readonly pids: readonly number[];
  /** Times that the shared process was replaced. */
  readonly restarts: number;
  /** Ends the shared process at once, as the system might. For tests: another one takes its place, and drivers replay what ran there. */
  kill(): void;
  /** Lets this process end while the Worker is there; the Worker ends with it. */
  unref(): void;
  /** Ends it. Idempotent; never rejects. Resolves when no process is left. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the Worker of this package on this machine, on 127.0.0.1, for development and tests. A guest that never yields blocks all of a workerd: it is
 * noticed within a second or two, the process is killed and replaced, and drivers replay what ran there. A run that may have been the cause comes back on a process of
 * its own, which it may keep busy until its budget is over. Nothing is left behind when this process ends, however it ends.
 *
 * @throws IsomuxError `INVALID_OPTION`; `ENGINE_UNAVAILABLE` where workerd, which comes with miniflare, cannot be loaded or does not start.
 *
 * @example
 * await using worker = await startLocalWorker();
 * await using driver = createCloudflareIsolateDriver({ workerUrl: worker.url });
 */
export async function startLocalWorker(options: LocalWorkerOptions = {}): Promise<LocalWorker> {
  const settings = parseLocalWorkerOptions(options);
  const supervisor = new Supervisor(findWorkerdFiles(), settings);
  const front = new Front(supervisor);
  const close = async (): Promise<void> => {
    await front.close();
    await supervisor.close();
  };
  let port: number;
  // What there is so far would let the process end.
  const holding = setInterval(() => undefined, 1_000);
  try {
    await supervisor.shared();
    port = await front.listen(settings.port);
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearInterval(holding);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    get pids() {
      return supervisor.pids;
    },
    get restarts() {
      return supervisor.restarts;
    },
    kill: () => supervisor.kill(),
    unref: () => front.unref(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
