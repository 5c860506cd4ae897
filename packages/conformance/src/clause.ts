import type { Capability } from '@isomux/protocol';
import type { ContractLine } from './contract.ts';
import type { Trial } from './trial.ts';

/** How binding a clause is, in the words of RFC 2119. Every failing clause turns a run red, whatever its level. */
export type Level = 'MUST' | 'SHOULD' | 'MAY';

/**
 * One law of the driver contract, as data: what it says, where it is written, and a program that finds out.
 *
 * The runner calls `run` at most once for each time the clause is judged, never two clauses at once on one driver
 * instance, and never when a capability it `requires` is declared unsupported (the clause is then skipped, and the skip
 * is counted). How it ends decides the verdict:
 *
 * - it returns: the clause passed;
 * - it throws what an assert of the {@link Trial} threw: the subject failed it, and gets a fresh driver for the next clause;
 * - it throws anything else: the suite itself is broken. The report says so and the exit code is 2, not 1. So a clause
 *   touches untrusted results only through asserts, or after one has established their shape;
 * - it does not end in time: the subject failed it by hanging.
 *
 * A clause leaves nothing running: contexts made through the trial are disposed for it afterwards, also when it throws.
 */
export interface Clause {
  /** `FAMILY-NNN`. Pinned by a snapshot, never given to another clause, not even after this one is withdrawn. */
  readonly id: string;
  readonly level: Level;
  /** The behaviour, as a sentence about the subject. */
  readonly title: string;
  /** The lines of docs/driver-contract.md it proves. At least one. */
  readonly refs: readonly ContractLine[];
  /** Capabilities without which there is nothing to test. */
  readonly requires?: readonly Capability[];
  /** A probe: runs only for subjects that declare this capability unsupported, and proves that asking for it is refused. */
  readonly probes?: Capability;
  run(t: Trial): Promise<void>;
}

/** The part of an id before the number. */
export function familyOf(id: string): string {
  return id.slice(0, id.lastIndexOf('-'));
}
