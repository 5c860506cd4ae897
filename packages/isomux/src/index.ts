export { createIsolateDriver } from './create-isolate-driver.ts';
export type { IsolateDriverOptions } from './create-isolate-driver.ts';
export type {
  Context,
  ContextOptions,
  Driver,
  DriverOptions,
  ExecuteOptions,
  PreparedContext,
  PreparedDriver,
  PrepareOptions,
  Result,
  RunEvent,
  ToolBinding,
  ToolContext,
} from '@isomux/driver';
export { IsomuxError, isIsomuxError } from '@isomux/protocol';
