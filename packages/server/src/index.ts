export type { LogRecord, ServerCoreOptions, TokenOptions } from './options.ts';
export { createRounds } from './rounds/rounds.ts';
export type { RoundCaller, Rounds } from './rounds/rounds.ts';
export { runInIsolate } from './rounds/run-in-isolate.ts';
export type { Validation } from './rounds/validate.ts';
