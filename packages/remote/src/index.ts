export type { RemoteIsolateDriverOptions, Transport } from './options.ts';
