import { readdirSync, readFileSync } from 'node:fs';
import { createDenoIsolateDriver } from '@isomux/deno';
import type { Driver, DriverOptions } from '@isomux/driver';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';

/** What a pool's workers are, and how a killer gets at them. */
export interface Victims {
  readonly name: 'processes' | 'Deno processes' | 'threads';
  /** A driver with a pool of at most this many workers. */
  create(maxWorkers: number, options?: DriverOptions, minWorkers?: number): Driver;
  /** Workers alive, those being started included, in no order. */
  alive(): number;
  /** Ends one of them at once; `dice` chooses. False when there is none. */
  killOne(dice: number): boolean;
  killAll(): void;
}

interface Thread {
  terminate(): Promise<unknown>;
  on(event: 'exit', listener: () => void): void;
}

const threads = new Set<Thread>();

/** From the module's own constructor on, whoever starts a thread in this process starts one that is known here. */
function watchThreads(): void {
  const module = process.getBuiltinModule('node:worker_threads');
  const { Worker } = module;
  Reflect.set(
    module,
    'Worker',
    new Proxy(Worker, {
      construct(target, args, newTarget) {
        const thread = Reflect.construct(target, args, newTarget) as Thread;
        threads.add(thread);
        thread.on('exit', () => threads.delete(thread));
        return thread;
      },
    }),
  );
}
if (process.platform === 'linux') watchThreads();

/** Process ids of the sandbox processes of this process. */
export function sandboxPids(): number[] {
  const children = readdirSync('/proc/self/task').flatMap((task) => read(`/proc/self/task/${task}/children`).split(/\s+/).filter(Boolean));
  return children.filter((pid) => read(`/proc/${pid}/cmdline`).includes('child.js')).map(Number);
}

export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

export const PROCESSES: Victims = {
  name: 'processes',
  create: (maxProcesses, options, minProcesses = 1) => createNodeIsolateDriver({ ...options, maxProcesses, minProcesses }),
  alive: () => sandboxPids().length,
  killOne(dice) {
    const pids = sandboxPids();
    const pid = pids[Math.floor(dice * pids.length)];
    return pid !== undefined && signal(pid, 'SIGKILL');
  },
  killAll() {
    for (const pid of sandboxPids()) signal(pid, 'SIGKILL');
  },
};

/** The same killer: of these, too, the program is a `child.js`. */
export const DENO_PROCESSES: Victims = {
  ...PROCESSES,
  name: 'Deno processes',
  create: (maxProcesses, options, minProcesses = 1) => createDenoIsolateDriver({ ...options, maxProcesses, minProcesses }),
};

export const THREADS: Victims = {
  name: 'threads',
  create: (maxThreads, options, minThreads = 1) => createQuickJSIsolateDriver({ ...options, thread: 'worker', maxThreads, minThreads }),
  alive: () => threads.size,
  killOne(dice) {
    const thread = [...threads][Math.floor(dice * threads.size)];
    if (thread !== undefined) void terminate(thread);
    return thread !== undefined;
  },
  killAll() {
    for (const thread of threads) void terminate(thread);
  },
};

/** Not found by a killer any more, although it takes a while to go. */
function terminate(thread: Thread): Promise<unknown> {
  threads.delete(thread);
  return thread.terminate();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
