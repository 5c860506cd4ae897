import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, LIMIT_CEILINGS, LIMIT_NAMES, LIMIT_RANGES, type Limits, clampLimits, parseLimits } from '../src/index.ts';

const RAISED = ['memoryBytes', 'stackBytes'] as const;
const MiB = 1024 * 1024;

function refusal(input: unknown): unknown {
  try {
    return parseLimits(input);
  } catch (error) {
    return error;
  }
}

const invalid = (...texts: readonly string[]): unknown =>
  expect.objectContaining({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(
      new RegExp(texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')),
    ) as unknown,
  });

describe('LIMIT_RANGES', () => {
  it('has its defaults within its floors and ceilings', () => {
    for (const { default: standard, min, max } of Object.values(LIMIT_RANGES)) {
      expect(min).toBeLessThanOrEqual(standard);
      expect(standard).toBeLessThanOrEqual(max);
    }
    expect(DEFAULT_LIMITS).toMatchObject({ wallMs: 30_000, memoryBytes: 128 * MiB });
  });
});

describe('parseLimits', () => {
  it('gives the defaults, or the base, for what is left out', () => {
    expect(parseLimits(undefined)).toEqual(DEFAULT_LIMITS);
    expect(parseLimits({ wallMs: undefined })).toEqual(DEFAULT_LIMITS);
    const base = parseLimits({ maxCalls: 3 });
    expect(parseLimits({ wallMs: 5 }, base)).toEqual({ ...DEFAULT_LIMITS, maxCalls: 3, wallMs: 5 });
  });

  for (const name of LIMIT_NAMES) {
    it(`refuses a ${name} that no one can mean, naming it, its value and what is allowed`, () => {
      const { min, max } = LIMIT_RANGES[name];
      for (const value of [-1, Number.NaN, Infinity, -Infinity])
        expect(refusal({ [name]: value })).toEqual(invalid(name, String(value), `${min} to ${max}`));
      for (const value of ['5', '', null, true, [], {}, 5n, () => 5, Symbol('five')])
        expect(refusal({ [name]: value })).toEqual(invalid(name));
      const zero = refusal({ [name]: 0 });
      expect(zero).toEqual(min === 0 ? { ...DEFAULT_LIMITS, [name]: 0 } : invalid(name, '0'));
    });
  }

  it('raises memory and stack to what an engine needs', () => {
    for (const name of RAISED) expect(parseLimits({ [name]: 0.5 })[name]).toBe(LIMIT_RANGES[name].min);
  });

  it('keeps every limit within its range and whole where parts mean nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LIMIT_NAMES), fc.double({ min: 1, max: 1e18, noNaN: true }), (name, value) => {
        const parsed = parseLimits({ [name]: value })[name];
        const { min, max } = LIMIT_RANGES[name];
        expect(parsed).toBeGreaterThanOrEqual(min);
        expect(parsed).toBeLessThanOrEqual(max);
        expect(name.endsWith('Ms') || Number.isInteger(parsed)).toBe(true);
        expect(parsed).toBeLessThanOrEqual(Math.max(value, min));
      }),
    );
  });

  it('refuses what is no limit, a misspelt name and a prototype included', () => {
    for (const input of [null, 5, 'x', [], () => ({})]) expect(refusal(input)).toEqual(invalid('limits'));
    expect(refusal({ wallMS: 5 })).toEqual(invalid('wallMS', 'wallMs'));
    expect(refusal({ constructor: 5 })).toEqual(invalid('constructor'));
    expect(refusal(JSON.parse('{"__proto__":{"wallMs":5}}'))).toEqual(invalid('__proto__'));
  });
});

describe('clampLimits', () => {
  it('never gives more than the ceilings, nor less than the floors, whatever it is given', () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -1), fc.integer());
    const limitsOf = (values: readonly number[]): Limits =>
      Object.fromEntries(LIMIT_NAMES.map((name, i) => [name, values[i]])) as unknown as Limits;
    fc.assert(
      fc.property(
        fc.array(any, { minLength: LIMIT_NAMES.length, maxLength: LIMIT_NAMES.length }),
        fc.array(fc.nat(), { minLength: LIMIT_NAMES.length, maxLength: LIMIT_NAMES.length }),
        (values, ceilings) => {
          const clamped = clampLimits(limitsOf(values), limitsOf(ceilings));
          for (const [i, name] of LIMIT_NAMES.entries()) {
            const { min, max } = LIMIT_RANGES[name];
            expect(clamped[name]).toBeGreaterThanOrEqual(min);
            expect(clamped[name]).toBeLessThanOrEqual(Math.max(min, Math.min(max, ceilings[i] ?? max)));
          }
        },
      ),
    );
  });

  it('leaves limits alone that are within the ceilings', () => {
    expect(clampLimits(DEFAULT_LIMITS, LIMIT_CEILINGS)).toEqual(DEFAULT_LIMITS);
    expect(clampLimits(DEFAULT_LIMITS, {})).toEqual(DEFAULT_LIMITS);
    expect(clampLimits(DEFAULT_LIMITS, { wallMs: 100 })).toEqual({ ...DEFAULT_LIMITS, wallMs: 100 });
  });
});
