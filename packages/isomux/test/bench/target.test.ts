import { describe, expect, it } from 'vitest';
import { judge } from '../../src/bench/target.ts';

const at = { scenario: 'cold-idle', subject: 'ours' };

describe('a target', () => {
  it('of so many times the reference is reached by that many', () => {
    expect(judge({ ...at, atLeast: 5 }, 'ms', 2, 5)).toEqual({ target: '≥ 5×', reached: true });
    expect(judge({ ...at, atLeast: 5 }, 'ms', 2, 4.99)).toEqual({ target: '≥ 5×', reached: false });
  });

  it('of so many times the reference is left open where there is no ratio', () => {
    expect(judge({ ...at, atLeast: 5 }, 'ms', 2, undefined)).toBeUndefined();
  });

  it('in the unit of the scenario needs no reference', () => {
    expect(judge({ ...at, atMost: 20 }, 'ms', 20, undefined)).toEqual({ target: '≤ 20 ms', reached: true });
    expect(judge({ ...at, atMost: 20 }, 'ms', 20.1, 100)).toEqual({ target: '≤ 20 ms', reached: false });
  });
});
