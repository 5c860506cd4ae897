import { expect, it, vi } from 'vitest';
import { createByteBudget } from '../src/http/byte-budget.ts';

it('takes no more than there is, of the whole and of each share', () => {
  const budget = createByteBudget(10, () => {});
  const share = budget.share(6);
  const other = budget.share(6);
  expect([share.take(6), share.take(1), other.take(5), other.take(4)]).toEqual([true, false, false, true]);
  expect([share.used, other.used, budget.used]).toEqual([6, 4, 10]);
  expect([share.has(0), share.has(1), other.has(1)]).toEqual([true, false, true]);
  share.give(6);
  expect(other.take(2)).toBe(true);
  expect(budget.used).toBe(6);
});

it('asks for what is not used any more before it refuses', () => {
  const reclaim = vi.fn<() => void>(() => budget.give(4));
  const budget = createByteBudget(10, reclaim);
  expect(budget.take(8)).toBe(true);
  expect(reclaim).not.toHaveBeenCalled();
  expect(budget.take(4)).toBe(true);
  expect(reclaim).toHaveBeenCalledOnce();
});
