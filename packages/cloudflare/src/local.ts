export { createLocalWorkerDriver } from './local/driver.ts';
export type { LocalWorkerDriverOptions } from './local/driver.ts';
export type { LocalWorkerOptions } from './local/options.ts';
export { startLocalWorker } from './local/local-worker.ts';
export type { LocalWorker } from './local/local-worker.ts';
