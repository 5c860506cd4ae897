export { DENO_CAPABILITIES } from './capabilities.ts';
export { createDenoIsolateDriver } from './driver.ts';
export { createDenoExecutor } from './executor.ts';
export type { DenoExecutorOptions } from './executor.ts';
export type { DenoIsolateDriverOptions, Reuse } from './options.ts';
