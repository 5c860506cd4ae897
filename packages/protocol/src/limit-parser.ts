import { IsomuxError } from './errors.ts';
import { describeValue, isFields } from './header-fields.ts';
import { DEFAULT_LIMITS, LIMIT_NAMES, LIMIT_RANGES, type Limits } from './limits.ts';
import { mapKeys } from './record.ts';

/** Limits as a caller may give them: any of them, in any mix. */
export type LimitsInput = { readonly [Name in keyof Limits]?: number | undefined };

/** Sizes that engines need a least amount of: less is raised rather than refused, as existing drivers do. */
const RAISED: ReadonlySet<keyof Limits> = new Set(['memoryBytes', 'stackBytes']);

/** Times keep their fraction; of everything else there are only whole ones. */
function round(name: keyof Limits, value: number): number {
  return name === 'wallMs' || name === 'cpuMs' ? value : Math.floor(value);
}

function parseLimit(name: keyof Limits, value: unknown): number {
  const { min, max, default: standard } = LIMIT_RANGES[name];
  const advice = `give a number from ${min} to ${max}, or leave it out for ${standard}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new IsomuxError('INVALID_OPTION', `${name} must be a finite number; it is ${describeValue(value)}: ${advice}`);
  }
  if (value < min && !(RAISED.has(name) && value > 0)) {
    throw new IsomuxError('INVALID_OPTION', `${name} must be at least ${min}; it is ${value}: ${advice}`);
  }
  return Math.min(Math.max(round(name, value), min), max);
}

/**
 * Makes whole limits of what a caller gave; what is left out, or undefined, comes from `base`.
 *
 * Too much is lowered to the ceiling, and too little `memoryBytes` or `stackBytes` is raised to the floor; fractions of a
 * byte or of a call are dropped. Everything else that cannot be meant is refused, a misspelt name included.
 *
 * @throws IsomuxError `INVALID_OPTION` naming the limit, its value and what is allowed.
 *
 * @example
 * const limits = parseLimits({ wallMs: 5_000, memoryBytes: 64 * 1024 * 1024 });
 */
export function parseLimits(input: unknown, base: Limits = DEFAULT_LIMITS): Limits {
  if (input === undefined) return base;
  if (!isFields(input)) throw new IsomuxError('INVALID_OPTION', `limits must be an object; it is ${describeValue(input)}`);
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(LIMIT_RANGES, name)) {
      throw new IsomuxError('INVALID_OPTION', `${describeValue(name)} is not a limit; the limits are ${LIMIT_NAMES.join(', ')}`);
    }
  }
  return mapKeys(LIMIT_NAMES, (name) => {
    const value = input[name];
    return value === undefined ? base[name] : parseLimit(name, value);
  });
}

/**
 * Lowers limits to an executor's ceilings and raises them to the floors of {@link LIMIT_RANGES}. Total: a limit that is
 * no number becomes the floor, so that what a peer sends can never mean "no limit".
 */
export function clampLimits(limits: Limits, ceilings: LimitsInput): Limits {
  return mapKeys(LIMIT_NAMES, (name) => {
    const { min, max } = LIMIT_RANGES[name];
    const value = limits[name];
    const ceiling = Math.min(ceilings[name] ?? max, max);
    return value > min ? Math.max(round(name, Math.min(value, ceiling)), min) : min;
  });
}
