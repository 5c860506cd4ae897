import { describe, expect, it } from 'vitest';
import { countTurnInputs, type QueuedInput } from '../src/turn-input.ts';

const Mi = 1024 * 1024;
const result = (text: string): QueuedInput => ({ kind: 'settle', id: 0, ok: true, text });
const timer: QueuedInput = { kind: 'timer', id: 0 };

describe('a turn', () => {
  it('takes everything that waits, up to and including the first timer', () => {
    expect(countTurnInputs([])).toBe(0);
    expect(countTurnInputs([{ kind: 'start' }, result('1'), result('2')])).toBe(3);
    expect(countTurnInputs([result('1'), timer, result('2'), timer])).toBe(2);
  });

  it('takes no more text than one string holds, and of what is larger one at a time', () => {
    const large = result('x'.repeat(20 * Mi));
    expect(countTurnInputs(Array.from({ length: 60 }, () => large))).toBe(3);
    const huge = result('x'.repeat(100 * Mi));
    expect(countTurnInputs([huge, huge])).toBe(1);
    expect(countTurnInputs([large, huge, timer])).toBe(1);
  });
});
