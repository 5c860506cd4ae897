/** What `spawn.ts` is elsewhere: workerd has no threads, even where it has the modules of Node that name them. */
import type { PooledWorker } from '@isomux/driver';
import { IsomuxError } from '@isomux/protocol';

/** False: guests run on the caller's thread here. */
export function canStartThreads(): boolean {
  return false;
}

/** Rejects with `ENGINE_UNAVAILABLE`. */
export function startThread(): Promise<PooledWorker> {
  return Promise.reject(new IsomuxError('ENGINE_UNAVAILABLE', "Workers have no threads. Use thread: 'inline'."));
}
