import type { ClockMode, GlobalsPreset, Limits, PreparationHeader, PreparationPayloads } from '@isomux/protocol';
import type { Connect } from './connection.ts';
import type { RunObserver } from './events.ts';
import type { ToolBinding } from './isolate-driver.ts';

/** The code that a run's realm begins with. One object for all runs of a prepared driver. */
export interface Preparation extends PreparationPayloads {
  readonly header: PreparationHeader;
}

/** All that was decided about a run before it began. */
export interface RunPlan {
  readonly code: string;
  readonly tools: ReadonlyMap<string, ToolBinding>;
  readonly limits: Limits;
  readonly clock: ClockMode;
  readonly globals: GlobalsPreset;
  /** JSON text, or null for none. */
  readonly env: string | null;
  /** See `ContextOptions.affinityKey`. */
  readonly affinityKey: string | undefined;
  readonly preparation: Preparation | undefined;
  readonly seed: string;
  /** Where the logical clock starts, milliseconds since the epoch. */
  readonly startMs: number;
  /** How long over its wall budget a run may be before its executor counts as unresponsive. */
  readonly graceMs: number;
  readonly ledgerMaxBytes: number;
  readonly connect: Connect;
  readonly observers: readonly RunObserver[];
  readonly signals: readonly AbortSignal[];
}
