import { LIMIT_NAMES, LIMIT_RANGES, type Limits } from '@isomux/protocol';
import { type ValueVariable, wholeNumber } from './environment-variable.ts';

/** The variable of an option: `maxRuns` has `MAX_RUNS`. */
export function variableOf(option: string): string {
  return option.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}

/** The ceilings of a server's runs: each limit has a variable, `LIMIT_` and its name. */
export const LIMIT_VARIABLES: Readonly<Record<keyof Limits, ValueVariable<number>>> = mapLimits((limit) => {
  const { min, max } = LIMIT_RANGES[limit];
  return wholeNumber(
    { name: `LIMIT_${variableOf(limit)}`, about: `the most that a run gets of ${limit}`, byDefault: String(max) },
    min,
    max,
  );
});

function mapLimits<Value>(map: (limit: keyof Limits) => Value): Record<keyof Limits, Value> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- LIMIT_NAMES has every key once
  return Object.fromEntries(LIMIT_NAMES.map((limit) => [limit, map(limit)])) as Record<keyof Limits, Value>;
}
