import type { Limits } from '@isomux/protocol';

/** The first and only message a new thread gets from its parent; everything else goes over the port. */
export interface ThreadStart {
  /** The executor half's end of the channel. Transferred. */
  readonly port: MessagePort;
  /** The engine, compiled once by the parent and shared. */
  readonly module: WebAssembly.Module;
  /** The most stack a guest may have on this thread; undefined where nothing is known of the thread's own. */
  readonly maxStackBytes: number | undefined;
  readonly maxRuns: number;
  readonly warmRealms: number;
  readonly warmLimits: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
}
