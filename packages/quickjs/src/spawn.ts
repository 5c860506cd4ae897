import type { PooledWorker } from '@isomux/driver';
import { createPortChannel, IsomuxError } from '@isomux/protocol';
import { isNode } from './builtin-module.ts';
import { findNodeThreads, type NodeThreads } from './node-threads.ts';
import type { ThreadStart } from './thread-start.ts';

/** Native stack of a thread in Node, and how much of QuickJS's own stack fits on it with a wide margin. Bun and Deno set no stack. */
const STACK_MB = 16;
const MAX_STACK_BYTES = 4 * 1024 * 1024;

/** What starts a thread, but for what this file adds. */
type ThreadTask = Omit<ThreadStart, 'port' | 'maxStackBytes'>;

/** True where {@link startThread} works: Node, Deno, Bun, browsers; not in Workers without Worker. */
export function canStartThreads(): boolean {
  return findNodeThreads() !== undefined || typeof Worker === 'function';
}

/**
 * Starts a thread that runs an executor, for a pool. It gets no environment, its standard streams go nowhere, and it
 * keeps no event loop alive. Its death closes the channel with `EXECUTOR_LOST`.
 */
export function startThread(start: ThreadTask): Promise<PooledWorker> {
  const node = findNodeThreads();
  return Promise.resolve(node === undefined ? startWebWorker(start) : startNodeThread(node, start));
}

/** Beside the built file: the package ships `thread.js` as an entry of its own. */
const threadUrl = (): URL => new URL('./thread.js', import.meta.url);

function startNodeThread(node: NodeThreads, start: ThreadTask): PooledWorker {
  const worker = new node.Worker(threadUrl(), {
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    name: 'isomux-quickjs',
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  const { port1, port2 } = new node.MessageChannel();
  const exited = new Promise<IsomuxError>((resolve) => {
    const lost = (): void => resolve(new IsomuxError('EXECUTOR_LOST', 'The thread that ran the program ended.'));
    worker.on('error', lost);
    worker.on('exit', lost);
  });
  worker.postMessage({ ...start, maxStackBytes: isNode() ? MAX_STACK_BYTES : undefined, port: port2 } satisfies ThreadStart, [port2]);
  const channel = createPortChannel(port1, { half: 'driver' });
  worker.unref();
  if ('unref' in port1 && typeof port1.unref === 'function') port1.unref();
  return { id: worker.threadId, channel, kill: () => void worker.terminate(), exited };
}

let webWorkers = 0;

function startWebWorker(start: ThreadTask): PooledWorker {
  const worker = new Worker(threadUrl(), { type: 'module', name: 'isomux-quickjs' });
  const { port1, port2 } = new MessageChannel();
  let gone: (fault: IsomuxError) => void = () => undefined;
  const exited = new Promise<IsomuxError>((resolve) => (gone = resolve));
  const lost = (): void => gone(new IsomuxError('EXECUTOR_LOST', 'The worker that ran the program ended.'));
  worker.addEventListener('error', lost);
  worker.postMessage({ ...start, maxStackBytes: undefined, port: port2 } satisfies ThreadStart, [port2]);
  return {
    id: `web-${++webWorkers}`,
    channel: createPortChannel(port1, { half: 'driver' }),
    kill: () => {
      worker.terminate();
      lost();
    },
    exited,
  };
}
