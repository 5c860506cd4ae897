import { describe, expect, it } from 'vitest';
import { Asserts, ClauseFailure } from '../src/index.ts';
import { deepEqual } from '../src/deep-equal.ts';
import { show } from '../src/show.ts';

const t = new Asserts();

function proto(): unknown {
  return JSON.parse('{"__proto__":{"a":1}}');
}

describe('deepEqual', () => {
  it.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    ['a', 'a'],
    [null, null],
    [undefined, undefined],
    [
      [1, [2]],
      [1, [2]],
    ],
    [
      { a: 1, b: {} },
      { b: {}, a: 1 },
    ],
    [proto(), proto()],
  ])('%o equals %o', (a, b) => {
    expect(deepEqual(a, b)).toBe(true);
  });

  it.each([
    [0, -0],
    [1, '1'],
    [null, undefined],
    [null, {}],
    [[], {}],
    [[1], [1, 2]],
    [{ a: undefined }, {}],
    [{ a: 1 }, { b: 1 }],
    [proto(), {}],
    [{}, proto()],
    [{ toString: 1 }, {}],
    [[undefined], new Array(1)],
  ])('%o does not equal %o', (a, b) => {
    expect(deepEqual(a, b)).toBe(false);
  });

  it('compares what is deeper than any stack', () => {
    const nest = (inner: unknown): unknown => {
      let value = inner;
      for (let i = 0; i < 100_000; i++) value = [value];
      return value;
    };
    expect(deepEqual(nest(1), nest(1))).toBe(true);
    expect(deepEqual(nest(1), nest(2))).toBe(false);
  });
});

describe('show', () => {
  it.each([
    ['a"b', '"a\\"b"'],
    [-0, '-0'],
    [10n, '10n'],
    [undefined, 'undefined'],
    [[1, { a: null }], '[1, { a: null }]'],
    [new TypeError('x'), 'TypeError: x'],
    [() => 1, '(a function)'],
  ])('shows %s', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('bears what cannot be read', () => {
    const trap = (): never => {
      throw new Error('trap');
    };
    expect(show(new Proxy({}, { ownKeys: trap, get: trap }))).toBe('(a value that cannot be shown)');
  });

  it('is short', () => {
    expect(show('x'.repeat(100_000)).length).toBeLessThan(400);
    expect(show(Array.from({ length: 1_000 }, () => ({ a: 'x'.repeat(50) }))).length).toBeLessThan(400);
  });
});

describe('an assert', () => {
  it.each<[string, () => void]>([
    ['ok', () => t.ok(false, 'it must hold')],
    ['equal', () => t.equal(0, -0, 'the value')],
    ['deepEqual', () => t.deepEqual([1], [2], 'the value')],
    ['matches', () => t.matches('abc', /d/, 'the text')],
    ['matches, given no text', () => t.matches(undefined, /d/, 'the text')],
    ['includes', () => t.includes('abc', 'd', 'the text')],
    ['excludes', () => t.excludes('abc', 'b', 'the text')],
    ['atMost', () => t.atMost(2, 1, 'the number')],
    ['atMost, given NaN', () => t.atMost(Number.NaN, 1, 'the number')],
    ['atLeast', () => t.atLeast(1, 2, 'the number')],
    ['succeeds', () => t.succeeds({ success: false, error: { name: 'Error', message: '' } })],
    ['failsWith, given a success', () => t.failsWith({ success: true })],
    [
      'failsWith, given another code',
      () => t.failsWith({ success: false, error: { name: 'Error', message: '', code: 'A' } }, { code: 'B' }),
    ],
    ['failsWith, given no error', () => t.failsWith({ success: false })],
  ])('throws a ClauseFailure: %s', (_, attempt) => {
    expect(attempt).toThrow(ClauseFailure);
  });

  it('returns what it has established', () => {
    expect(t.succeeds({ success: true, value: 1 })).toBe(1);
    expect(t.failsWith({ success: false, error: { name: 'Error', message: 'm' } }, { message: 'm' })).toEqual({
      name: 'Error',
      message: 'm',
    });
    expect(t.logs({ success: true })).toEqual([]);
    t.ok(true, '');
    t.equal(Number.NaN, Number.NaN, '');
    t.matches('abc', /b/, '');
  });
});
