/** Factories of the drivers of the edge, loaded by the processes that time them. */
import { createLocalWorkerDriver } from '@isomux/cloudflare/local';
import { createDenoIsolateDriver } from '@isomux/deno';
import type { DriverFactory } from 'isomux/bench';

/** Deno in pooled subprocesses. */
export const deno: DriverFactory = () => createDenoIsolateDriver();

/** As {@link deno}, with threads that serve one run after the other. */
export const denoSerial: DriverFactory = () => createDenoIsolateDriver({ reuse: 'serial' });

/** A Dynamic Worker for each run, in a local workerd. */
export const cloudflareWorkerLoader: DriverFactory = () => createLocalWorkerDriver({ engine: 'worker-loader' });

/** QuickJS in the Worker itself, in a local workerd. */
export const cloudflareQuickjs: DriverFactory = () => createLocalWorkerDriver({ engine: 'quickjs' });
