export type { LogRecord, ServerCoreOptions, TokenOptions } from './options.ts';
