export type { Connect, ConnectRequest, Connection, Refusal } from './connection.ts';
export { createDriver } from './driver.ts';
export type { RunEvent, RunObserver } from './events.ts';
export type { Context, ContextOptions, Driver, ExecuteOptions, RunOptions, ToolBinding, ToolContext } from './isolate-driver.ts';
export { createLeasedDriver } from './leased-driver.ts';
export type { Backend } from './leased-driver.ts';
export type { DriverOptions } from './options.ts';
export type {
  BindingsWith,
  PreparationLimits,
  PreparedContext,
  PreparedContextOptions,
  PreparedDriver,
  PreparedExecuteOptions,
  PrepareOptions,
} from './prepared-driver.ts';
export { createPool } from './pool.ts';
export type { Pool, PoolOptions, PoolStats } from './pool.ts';
export type { PooledWorker } from './pooled-worker.ts';
export type { CallTiming, Failure, Result, RunReport, Success } from './result.ts';
export type { BackoffOptions } from './spawn-backoff.ts';
export { createRelay } from './relay.ts';
export type { Relay, RelayOptions, RelayStats } from './relay.ts';
