import { describe, expect, it } from 'vitest';
import { parseProcessList, residentBytesOfTree, sumOfTree } from '../../src/bench/resident-memory.ts';

const LIST = `    1     0  1000
   10     1   200
   11    10    30
   12    11     4
   20     1  5000
`;

describe('the memory of a process and its descendants', () => {
  it('adds up the tree and nothing beside it', () => {
    expect(sumOfTree(10, parseProcessList(LIST))).toBe(234 * 1024);
    expect(sumOfTree(12, parseProcessList(LIST))).toBe(4 * 1024);
  });

  it('is nothing for a process that is not listed', () => {
    expect(sumOfTree(99, parseProcessList(LIST))).toBe(0);
  });

  it('of this process is at least what its heap holds', () => {
    expect(residentBytesOfTree(process.pid)).toBeGreaterThan(process.memoryUsage().heapUsed);
  });
});
