/** What a subject is meant to reach in a scenario. Reported, never asserted: timings are not tests. */
export type Target = { readonly scenario: string; readonly subject: string } &
  /** How many times better than the reference in the same run. */
  (
    | { readonly atLeast: number }
    /** In the scenario's own unit. */
    | { readonly atMost: number }
  );

/** A target, and whether the median reached it. */
export interface Verdict {
  /** As a reader writes it: `≥ 5×`, `≤ 20 ms`. */
  readonly target: string;
  readonly reached: boolean;
}

/** Holds a median, and its ratio to the reference's, against the target. Undefined where the target is a ratio and there is none. */
export function judge(target: Target, unit: string, median: number, ratio: number | undefined): Verdict | undefined {
  if ('atMost' in target) return { target: `≤ ${target.atMost} ${unit}`, reached: median <= target.atMost };
  if (ratio === undefined) return undefined;
  return { target: `≥ ${target.atLeast}×`, reached: ratio >= target.atLeast };
}
