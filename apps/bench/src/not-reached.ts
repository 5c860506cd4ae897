/** Why a target is not reached, written by hand, for docs/results/bench.md. */
export interface NotReached {
  readonly scenario: string;
  readonly subject: string;
  /** A sentence or two: what the time goes into, and what it would take. */
  readonly why: string;
}

/** One entry for each cell that stays behind its target. An entry for a cell that reached it is left out of the page. */
export const NOT_REACHED: readonly NotReached[] = [];
