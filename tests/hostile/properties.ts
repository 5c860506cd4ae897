import type { Parameters as PropertyParameters } from 'fast-check';

/**
 * Options of every property here. The seed is fixed, so that a run says the same tomorrow; HOSTILE_SEED tries others,
 * HOSTILE_RUNS multiplies the number of cases. fast-check prints the seed and the path of a failure.
 */
export function propertyOptions<T>(numRuns: number): PropertyParameters<T> {
  return {
    seed: Number(process.env['HOSTILE_SEED'] ?? 20_260_101),
    numRuns: Math.ceil(numRuns * Number(process.env['HOSTILE_RUNS'] ?? 1)),
    endOnFailure: process.env['HOSTILE_SHRINK'] === undefined,
  };
}
