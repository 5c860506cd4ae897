import type { Connect } from '@isomux/driver';

/** Where runs go: processes, or an executor in this one. */
export interface Backend {
  readonly connect: Connect;
  /** Frees everything. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** One driver's hold on a backend. */
export interface BackendLease {
  readonly backend: Backend;
  /** Lets go; the last one to do so closes the backend. Idempotent. */
  release(): Promise<void>;
}

interface Shared {
  readonly backend: Backend;
  leases: number;
}

const shared = new Map<string, Shared>();

/**
 * Gives every caller with the same key the same backend, made when the first one asks. A driver is often made for each
 * request: that must not start processes each time.
 */
export function leaseBackend(key: string, make: () => Backend): BackendLease {
  const entry = shared.get(key) ?? { backend: make(), leases: 0 };
  shared.set(key, entry);
  entry.leases++;
  let released: Promise<void> | undefined;
  return {
    backend: entry.backend,
    release(): Promise<void> {
      released ??= release(key, entry);
      return released;
    },
  };
}

async function release(key: string, entry: Shared): Promise<void> {
  if (--entry.leases > 0) return;
  if (shared.get(key) === entry) shared.delete(key);
  await entry.backend.close();
}
