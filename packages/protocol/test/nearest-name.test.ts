import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../src/nearest-name.ts';

const NAMES = ['--driver', '--tools', '--timeout', '--json'];

describe('a guess at what was meant', () => {
  it.each([
    ['--drivr', '--driver'],
    ['--tool', '--tools'],
    ['--TIMEOUT', '--timeout'],
    ['--jsno', '--json'],
    ['--verbose', undefined],
    ['', undefined],
  ])('%s: %s', (name, meant) => {
    expect(nearestName(name, NAMES)).toBe(meant);
  });

  it('finds every name again after one slip, and never takes long', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.nat(), fc.string({ maxLength: 1 }), (name, at, slip) => {
        const position = 2 + (at % (name.length - 2));
        const meant = nearestName(name.slice(0, position) + slip + name.slice(position + 1), NAMES);
        expect(meant).toBe(name);
      }),
    );
    expect(nearestName('x'.repeat(10_000_000), NAMES)).toBeUndefined();
  });
});
