export { describeSettings, ENVIRONMENT_VARIABLES, readEnvironment } from './environment.ts';
export type { EngineName, Environment, LogLevel, ServerSettings } from './environment.ts';
export type { EnvironmentVariable } from './environment-variable.ts';
export type { LogRecord, ServerCoreOptions, TokenOptions } from '../options.ts';
