export type { Connect, ConnectRequest, Connection } from './connection.ts';
export { createDriver } from './driver.ts';
export type { RunEvent, RunObserver } from './events.ts';
export type { Context, ContextOptions, Driver, ExecuteOptions, RunOptions, ToolBinding, ToolContext } from './isolate-driver.ts';
export type { DriverOptions } from './options.ts';
export type { CallTiming, Failure, Result, RunReport, Success } from './result.ts';
