export { createCloudflareIsolateDriver } from './driver.ts';
export type { CloudflareIsolateDriverConfig, CloudflareIsolateDriverOptions } from './driver.ts';
