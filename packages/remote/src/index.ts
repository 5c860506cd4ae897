export { createRemoteIsolateDriver } from './driver.ts';
export type { RemoteIsolateDriverOptions, Transport } from './options.ts';
