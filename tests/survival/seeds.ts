import type { Parameters as PropertyParameters } from 'fast-check';

/** The seed of everything random here. It is fixed, so that a run says the same tomorrow; SURVIVAL_SEED tries others. */
export const SEED: number = Number(process.env['SURVIVAL_SEED'] ?? 20_260_301);

/** Multiplies the number of cases, and the length of the soak. */
export const EFFORT: number = Number(process.env['SURVIVAL_EFFORT'] ?? 1);

/** Options of every property here. fast-check prints the seed and the path of a failure. */
export function propertyOptions<T>(numRuns: number): PropertyParameters<T> {
  return { seed: SEED, numRuns: Math.ceil(numRuns * EFFORT), endOnFailure: process.env['SURVIVAL_SHRINK'] === undefined };
}

/** Numbers from 0 to below 1, the same for the same seed: a killer's dice. */
export function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
