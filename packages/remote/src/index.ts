export { askServer } from './ask-server.ts';
export type { ServerDescription } from './ask-server.ts';
export { createRemoteIsolateDriver } from './driver.ts';
export type { ErrorNames, FirstContact, RemoteIsolateDriverOptions, Transport } from './options.ts';
