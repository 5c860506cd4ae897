export type { Engine, Realm, RealmRequest, TurnResult } from './engine.ts';
export { createExecutor } from './executor.ts';
export type { Executor, ExecutorOptions, ExecutorStats } from './executor.ts';
export { guestRuntimeSource, loadGuestChunk } from './guest-source.ts';
export { trainingInputs } from './training.ts';
export { hostTime } from './run-clock.ts';
export type { HostTime } from './run-clock.ts';
