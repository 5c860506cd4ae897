import type { PooledWorker } from '@isomux/driver';
import { createPortChannel, IsomuxError } from '@isomux/protocol';
import { isNode } from './builtin-module.ts';
import { findNodeThreads, type NodeThreads } from './node-threads.ts';
import type { ThreadStart } from './thread-start.ts';

/** Native stack of a thread in Node, and how much of QuickJS's own stack fits on it with a wide margin. Bun and Deno set no stack. */
const STACK_MB = 16;
const MAX_STACK_BYTES = 4 * 1024 * 1024;
/** Pages cannot ask for a stack: Chromium's threads have 500 KB, Safari's 512, of which a guest's stack takes up to three times its own size. */
const MAX_WEB_STACK_BYTES = 128 * 1024;

/** What starts a thread, but for what this file adds. */
type ThreadTask = Omit<ThreadStart, 'port' | 'maxStackBytes'>;

/** True where {@link startThread} works: Node, Deno, Bun, browsers; not in Workers without Worker. */
export function canStartThreads(): boolean {
  return findNodeThreads() !== undefined || typeof Worker === 'function';
}

/**
 * Starts a thread that runs an executor, for a pool. It gets no environment, its standard streams go nowhere, and it
 * keeps no event loop alive. Its end closes the channel with `EXECUTOR_LOST`, its failure with `ENGINE_CRASHED`.
 */
export function startThread(start: ThreadTask): Promise<PooledWorker> {
  const node = findNodeThreads();
  return Promise.resolve(node === undefined ? startWebWorker(start) : startNodeThread(node, start));
}

/** The thread's file is beside this one: the package ships it as an entry of its own. By this name, bundlers do not see a file to copy for threads of Node's kind. */
const HERE = import.meta.url;

function startNodeThread(node: NodeThreads, start: ThreadTask): PooledWorker {
  const worker = new node.Worker(new URL('./thread.js', HERE), {
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
    worker.on('error', (cause) => resolve(crashed(cause)));
    // Of itself it never does: somebody ended it, and that was no guest.
    worker.on('exit', () => resolve(lost()));
  });
  worker.postMessage({ ...start, maxStackBytes: isNode() ? MAX_STACK_BYTES : undefined, port: port2 } satisfies ThreadStart, [port2]);
  const channel = createPortChannel(port1, { half: 'driver' });
  worker.unref();
  if ('unref' in port1 && typeof port1.unref === 'function') port1.unref();
  return { id: worker.threadId, channel, kill: () => void worker.terminate(), exited };
}

const lost = (): IsomuxError => new IsomuxError('EXECUTOR_LOST', 'The thread that ran the program ended.');
const crashed = (cause: unknown): IsomuxError =>
  new IsomuxError('ENGINE_CRASHED', 'The thread that ran the program failed; see the cause.', { cause });

const neverLoaded = (cause: unknown): IsomuxError =>
  new IsomuxError(
    'ENGINE_UNAVAILABLE',
    "A thread could not be loaded. Is its file served with the page's, and does the page's Content-Security-Policy have worker-src 'self'? Else use thread: 'inline'.",
    { cause },
  );

let webWorkers = 0;

function startWebWorker(start: ThreadTask): PooledWorker {
  // In one piece, the file's name written out: that is how bundlers see that there is a thread to build.
  const worker = new Worker(new URL('./thread.js', import.meta.url), { type: 'module', name: 'isomux-quickjs' });
  const { port1, port2 } = new MessageChannel();
  let gone: (fault: IsomuxError) => void = () => undefined;
  const exited = new Promise<IsomuxError>((resolve) => (gone = resolve));
  let isLoaded = false;
  worker.addEventListener('message', () => (isLoaded = true), { once: true });
  worker.addEventListener('error', (event) => gone(isLoaded ? crashed(event) : neverLoaded(event)));
  worker.postMessage({ ...start, maxStackBytes: MAX_WEB_STACK_BYTES, port: port2 } satisfies ThreadStart, [port2]);
  return {
    id: `web-${++webWorkers}`,
    channel: createPortChannel(port1, { half: 'driver' }),
    kill: () => {
      worker.terminate();
      gone(lost());
    },
    exited,
  };
}
