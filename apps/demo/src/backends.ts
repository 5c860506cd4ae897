import type { Driver, RunEvent } from '@isomux/driver';
import { createLocalWorkerDriver } from '@isomux/cloudflare/local';
import { createDenoIsolateDriver } from '@isomux/deno';
import { createNodeIsolateDriver } from '@isomux/isolated-vm';
import { createQuickJSIsolateDriver } from '@isomux/quickjs';

/** One way to run the same programs. */
export interface Backend {
  readonly name: string;
  create(onEvent?: (event: RunEvent) => void): Driver;
}

/** Every backend this machine can run, the defaults first. */
export const backends: readonly Backend[] = [
  { name: 'isolated-vm, child process', create: (onEvent) => createNodeIsolateDriver({ isolation: 'process', ...listening(onEvent) }) },
  { name: 'isolated-vm, in process', create: (onEvent) => createNodeIsolateDriver({ isolation: 'in-process', ...listening(onEvent) }) },
  { name: 'QuickJS, thread', create: (onEvent) => createQuickJSIsolateDriver({ thread: 'worker', ...listening(onEvent) }) },
  { name: 'QuickJS, inline', create: (onEvent) => createQuickJSIsolateDriver({ thread: 'inline', ...listening(onEvent) }) },
  { name: 'deno', create: (onEvent) => createDenoIsolateDriver(listening(onEvent)) },
  { name: 'workerd', create: (onEvent) => createLocalWorkerDriver(listening(onEvent)) },
  { name: 'workerd, quickjs', create: (onEvent) => createLocalWorkerDriver({ engine: 'quickjs', ...listening(onEvent) }) },
];

function listening(onEvent: ((event: RunEvent) => void) | undefined): { onEvent?: (event: RunEvent) => void } {
  return onEvent === undefined ? {} : { onEvent };
}
