import { type Backend, type ConnectRequest, createPool, type Pool } from '@isomux/driver';
import { startSandboxProcess } from '@isomux/sandbox-process';
import { childCommand } from './child-command.ts';
import { findDeno, unavailable } from './deno-binary.ts';
import { memoryClassMb } from './memory-class.ts';
import type { BackendOptions } from './options.ts';
import { isOutOfMemory } from './out-of-memory.ts';

/** Runs that one process holds at most. The pool shares them out long before; no run should wait for another to end. */
const MAX_RUNS = 1_000;
/** Memory limits that processes are kept for. Beyond it those that nobody uses are ended. */
const MAX_POOLS = 4;
const MiB = 1024 * 1024;

/** Pools of child processes, one for each memory limit that runs have. */
export function createProcessBackend(options: BackendOptions): Backend {
  return new ProcessBackend(options);
}

class ProcessBackend implements Backend {
  readonly #options: BackendOptions;
  readonly #denoPath: string;
  readonly #ownClassMb: number;
  /** The one that was used last comes last. */
  readonly #pools = new Map<number, Pool>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: BackendOptions) {
    this.#options = options;
    this.#denoPath = findDeno(options.denoPath);
    this.#ownClassMb = memoryClassMb(options.memoryBytes);
    this.#pools.set(this.#ownClassMb, this.#createPool(this.#ownClassMb));
  }

  readonly connect: Backend['connect'] = (request: ConnectRequest) => {
    const classMb = memoryClassMb(request.limits.memoryBytes);
    const pool = this.#pools.get(classMb) ?? this.#createPool(classMb);
    this.#pools.delete(classMb);
    this.#pools.set(classMb, pool);
    if (this.#pools.size > MAX_POOLS) this.#endUnused();
    return pool.connect(request);
  };

  async close(): Promise<void> {
    for (const pool of this.#pools.values()) this.#end(pool);
    await Promise.all(this.#ending);
  }

  #createPool(classMb: number): Pool {
    const { minProcesses, maxProcesses, runsPerProcess, warmRealms, reuse } = this.#options;
    const command = childCommand(this.#denoPath, classMb, { maxRuns: MAX_RUNS, warmRealms, reuse, memoryBytes: classMb * MiB });
    return createPool({
      spawn: () => startSandboxProcess({ command, unavailable, isOutOfMemory }),
      minWorkers: classMb === this.#ownClassMb ? minProcesses : 0,
      maxWorkers: maxProcesses,
      runsPerWorker: runsPerProcess,
    });
  }

  #endUnused(): void {
    for (const [classMb, pool] of this.#pools) {
      const { runs, waiting } = pool.stats;
      if (this.#pools.size <= MAX_POOLS) return;
      if (classMb === this.#ownClassMb || runs + waiting > 0) continue;
      this.#pools.delete(classMb);
      this.#end(pool);
    }
  }

  #end(pool: Pool): void {
    const ending = pool.close().then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
