/** What is reported of the samples of one subject in one scenario. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** 95 of 100 samples are no greater; of fewer than 20 samples, the greatest. */
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

/** Sums samples up. Throws a RangeError when there are none. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (index: number): number => {
    const value = sorted[index];
    if (value === undefined) throw new RangeError('there are no samples to sum up');
    return value;
  };
  const middle = sorted.length / 2;
  const median = Number.isInteger(middle) && middle > 0 ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
  return {
    count: sorted.length,
    median,
    p95: at(Math.ceil(sorted.length * 0.95) - 1),
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/**
 * How many times smaller a value is than that of the reference. Undefined where one of them is not above 0: memory may come
 * out as nothing, or less.
 */
export function ratio(reference: number, value: number): number | undefined {
  return reference > 0 && value > 0 ? reference / value : undefined;
}
