import type { Machine } from './machine.ts';
import type { Summary } from './statistics.ts';
import type { Verdict } from './target.ts';

/** What came of one subject in one scenario. Every pair that was asked for has a cell. */
export type Cell = { readonly scenario: string; readonly subject: string } & (
  | {
      readonly status: 'measured';
      readonly summary: Summary;
      /** How many times better than the reference in the same run. */
      readonly ratio?: number;
      readonly verdict?: Verdict;
      /** In the order in which they were taken: the n-th of every subject belong to the same round. */
      readonly samples: readonly number[];
    }
  /** The subject works, but not in this scenario. */
  | { readonly status: 'failed'; readonly reason: string }
  /** The subject could not be made on this machine. */
  | { readonly status: 'unavailable'; readonly reason: string }
);

/** Everything that one run of the bench found out. JSON data. */
export interface BenchReport {
  readonly version: 1;
  readonly machine: Machine;
  readonly quick: boolean;
  /** The subject that ratios are against, where it was measured. */
  readonly reference: string;
  readonly subjects: readonly { readonly id: string; readonly version?: string }[];
  readonly scenarios: readonly { readonly id: string; readonly title: string; readonly unit: 'ms' | 'MB' }[];
  readonly cells: readonly Cell[];
  /** Adds up to the number of cells. */
  readonly counts: Readonly<Record<Cell['status'], number>>;
}
