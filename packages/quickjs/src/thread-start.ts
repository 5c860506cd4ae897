import type { Limits } from '@isomux/protocol';

/** The first and only message a new thread gets from its parent; everything else goes over the port. */
export interface ThreadStart {
  /** The executor half's end of the channel. Transferred. */
  readonly port: MessagePort;
  /** The engine, compiled once by the parent and shared. */
  readonly module: WebAssembly.Module;
  readonly maxRuns: number;
  readonly warmRealms: number;
  readonly warmLimits: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
}
