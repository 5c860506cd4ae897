/** Where the latest values of a measure lie. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The latest values of a measure, so many of them. */
export interface Samples {
  add(value: number): void;
  /** Zeros where there are no values yet. */
  percentiles(): Percentiles;
}

/** Keeps the latest `size` values. */
export function createSamples(size: number): Samples {
  const values: number[] = [];
  let next = 0;
  return {
    add(value: number): void {
      values[next] = value;
      next = (next + 1) % size;
    },
    percentiles(): Percentiles {
      const sorted = Float64Array.from(values).toSorted();
      const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
      return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
    },
  };
}
