/** What a thread runs: an executor on one end of a port, until the thread is ended. An entry of its own, never imported. */
import { createExecutor } from '@isomux/executor';
import { createPortChannel } from '@isomux/protocol';
import { createQuickJSEngine } from './engine.ts';
import { findNodeThreads } from './node-threads.ts';
import type { ThreadStart } from './thread-start.ts';

function start({ port, module, maxStackBytes, maxRuns, warmRealms, warmLimits }: ThreadStart): void {
  const executor = createExecutor(createQuickJSEngine({ module, thread: 'worker', maxStackBytes }), { maxRuns, warmRealms, warmLimits });
  executor.attach(createPortChannel(port, { half: 'executor' }));
}

const parent = findNodeThreads()?.parentPort;
// oxlint-disable typescript/no-unsafe-type-assertion -- Whoever starts this thread is `spawn.ts`, which sends just this.
if (parent !== undefined && parent !== null) {
  parent.once('message', (value) => start(value as ThreadStart));
} else {
  globalThis.addEventListener('message', (event) => start((event as MessageEvent<ThreadStart>).data), { once: true });
  // A page is told of a thread that fails, but not whether it had ever been there.
  globalThis.postMessage('here');
}
