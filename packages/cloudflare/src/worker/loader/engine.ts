import type { Engine, Realm } from '@isomux/executor';
import type { WorkerLoader } from '../platform.ts';
import { WORKER_LOADER_CAPABILITIES } from './capabilities.ts';
import { WorkerLoaderRealm } from './realm.ts';

/** Nothing is passed on, so that nothing is too little. */
const MIN_MEMORY_BYTES = 1;

/**
 * Makes an engine whose realms are Dynamic Workers: an isolate each, without network, bindings or variables, and with the guest runtime in it. A realm belongs to
 * the request, or the Durable Object, that its first turn is taken in.
 */
export function createWorkerLoaderEngine(loader: WorkerLoader): Engine {
  const realms = new Set<WorkerLoaderRealm>();
  return {
    name: 'worker-loader',
    capabilities: WORKER_LOADER_CAPABILITIES,
    minMemoryBytes: MIN_MEMORY_BYTES,
    createRealm(): Promise<Realm> {
      const realm = new WorkerLoaderRealm(loader, () => realms.delete(realm));
      realms.add(realm);
      return Promise.resolve(realm);
    },
    close(): Promise<void> {
      for (const realm of realms) realm.dispose();
      return Promise.resolve();
    },
  };
}
