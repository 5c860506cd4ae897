export { describeSettings, ENVIRONMENT_VARIABLES, readEnvironment } from './environment.ts';
export type { EngineName, Environment, LogLevel, ServerSettings } from './environment.ts';
export type { EnvironmentVariable } from '../variables/environment-variable.ts';
export { createLog } from './log.ts';
export type { LogOptions } from './log.ts';
export { attachUpgrades, createRequestListener } from './request-listener.ts';
export type { RequestListener } from './request-listener.ts';
export { serve } from './serve.ts';
export type { ServeOptions } from './serve.ts';
export { startServer } from './start-server.ts';
export type { RunningServer, StartServerOptions } from './start-server.ts';
export { createRounds, createServerCore, runInIsolate } from '../index.ts';
export type {
  LogRecord,
  MeterReport,
  Observation,
  Percentiles,
  RequestInfo,
  RoundCaller,
  Rounds,
  RunEnd,
  RunEnding,
  ServerCore,
  ServerCoreOptions,
  ServerHost,
  ServerStats,
  SocketEvents,
  TokenOptions,
  Upgrade,
  UpgradedSocket,
  Validation,
} from '../index.ts';
