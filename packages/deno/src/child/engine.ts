import { threadProgram } from '../generated/realm-bundle.ts';
import { createForeignBytesReader, MemoryWatch } from '@isomux/sandbox-process/child';
import type { Engine, Realm, RealmRequest } from '@isomux/executor';
import { IsomuxError } from '@isomux/protocol';
import { DENO_CAPABILITIES } from '../capabilities.ts';
import { MIN_MEMORY_BYTES } from '../memory-class.ts';
import { GuestThread } from './guest-thread.ts';
import { DenoRealm } from './realm.ts';
import { chunks, doorSource } from './realm-source.ts';
import type { ThreadStart } from './thread-messages.ts';

/** Options of {@link createDenoEngine}: what the engine tells the process that it lives in. */
export interface DenoEngineOptions {
  /**
   * Called when the process should end at once: a guest's thread cannot be stopped, or memory not be had back. The runs to
   * blame have had their outcome. The fault is what the other runs' channel should close with.
   */
  readonly onDoomed: (fault: IsomuxError) => void;
  /** Called when the process had better end as soon as it has no run. */
  readonly onWorn: () => void;
  /** Called after a realm was disposed. */
  readonly onRealmDisposed: () => void;
}

/** An engine of threads with a V8 isolate each. */
export interface DenoEngine extends Engine {
  /** Resident memory that the realms alive have added to the process, as far as is known. */
  readonly accountedBytes: number;
}

const MiB = 1024 * 1024;

/** Resident memory a realm may add to its process: beside the heap, what V8 does not count, and garbage that is not yet collected. */
function budgetOf(memoryBytes: number): number {
  return memoryBytes * 1.5 + 128 * MiB;
}

/** Makes the engine of a child process: there is one in each. */
export function createDenoEngine(options: DenoEngineOptions): DenoEngine {
  const realms = new Set<DenoRealm>();
  const programUrl = URL.createObjectURL(new Blob([threadProgram], { type: 'text/javascript' }));
  const start: ThreadStart = { doorSource, chunks };
  let isDoomed = false;

  function doom(code: 'EXECUTOR_LOST' | 'MEMORY_LIMIT', reason: string): void {
    if (isDoomed) return;
    isDoomed = true;
    options.onDoomed(new IsomuxError(code, `the sandbox process has to end: ${reason}`));
  }

  const watch = new MemoryWatch({
    readBytes: createForeignBytesReader(),
    undecided: () => doom('MEMORY_LIMIT', 'guests of this process together used more memory than they may'),
  });

  return {
    name: 'deno',
    capabilities: DENO_CAPABILITIES,
    minMemoryBytes: MIN_MEMORY_BYTES,
    get accountedBytes() {
      let sum = 0;
      for (const realm of realms) sum += watch.grownBytes(realm);
      return sum;
    },
    async createRealm({ memoryBytes, preparation }: RealmRequest): Promise<Realm> {
      const realm = new DenoRealm(new GuestThread(programUrl, start), {
        watch,
        budgetBytes: budgetOf(memoryBytes),
        doomed: (reason) => doom('EXECUTOR_LOST', reason),
        worn: options.onWorn,
        disposed: (disposed) => {
          realms.delete(disposed);
          options.onRealmDisposed();
        },
      });
      realms.add(realm);
      if (preparation !== undefined) await realm.prepare(preparation);
      return realm;
    },
    close(): Promise<void> {
      for (const realm of realms) realm.dispose();
      watch.stop();
      return Promise.resolve();
    },
  };
}
