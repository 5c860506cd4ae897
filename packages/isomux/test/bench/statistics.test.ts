import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ratio, summarize } from '../../src/bench/statistics.ts';

const samples = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });

describe('summarize', () => {
  it('takes the middle of an odd count and the mean of the two in the middle of an even one', () => {
    expect(summarize([5, 1, 3]).median).toBe(3);
    expect(summarize([4, 1, 3, 2]).median).toBe(2.5);
    expect(summarize([7]).median).toBe(7);
  });

  it('has a 95th percentile that 19 of 20 samples do not exceed', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(summarize(twenty).p95).toBe(19);
    expect(summarize(twenty.slice(0, 19)).p95).toBe(19);
    expect(summarize(Array.from({ length: 100 }, (_, index) => index + 1)).p95).toBe(95);
  });

  it('depends on no order, changes no input and keeps its figures in order', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const before = [...values];
        const summary = summarize(values);
        expect(values).toEqual(before);
        expect(summarize(values.toReversed())).toEqual(summary);
        expect(summary.count).toBe(values.length);
        expect(summary.min).toBeLessThanOrEqual(summary.median);
        expect(summary.median).toBeLessThanOrEqual(summary.p95);
        expect(summary.p95).toBeLessThanOrEqual(summary.max);
      }),
    );
  });

  it('refuses to sum up nothing', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe('ratio', () => {
  it('says how many times smaller the value is', () => {
    expect(ratio(10, 2)).toBe(5);
    expect(ratio(2, 10)).toBe(0.2);
  });

  it('is nothing where a figure is zero or less', () => {
    expect(ratio(10, 0)).toBeUndefined();
    expect(ratio(10, -1)).toBeUndefined();
    expect(ratio(0, 10)).toBeUndefined();
  });
});
