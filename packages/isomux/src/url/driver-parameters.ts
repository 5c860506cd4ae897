import type { DriverOptions } from '@isomux/driver';
import { LIMIT_NAMES, LIMIT_RANGES, type Limits } from '@isomux/protocol';
import { amount, oneOf, type Parameter, pattern } from './parameter.ts';

/** Options of every driver that are objects or functions: a URL cannot say them. */
type Unsayable = 'env' | 'limits' | 'now' | 'onEvent' | 'signal';

const MiB = 1024 * 1024;

/** The options that every driver has and a URL can say; a limit can also be said by its own name, see {@link LIMIT_PARAMETERS}. */
export const DRIVER_PARAMETERS: {
  readonly [Name in Exclude<keyof DriverOptions, Unsayable>]-?: Parameter<NonNullable<DriverOptions[Name]>>;
} = {
  timeout: amount('milliseconds', { above: 0 }),
  memoryLimit: amount('MB', { above: 0 }),
  globals: oneOf('minimal', 'compute', 'data', 'agent'),
  clock: oneOf('logical', 'live'),
  affinityKey: pattern('1 to 256 characters', /^[^]{1,256}$/),
  seed: pattern('64 hexadecimal digits', /^[0-9a-fA-F]{64}$/),
  ledgerMaxBytes: amount('bytes', { min: 0, max: 256 * MiB }),
  graceMs: amount('milliseconds', { min: 0, max: 60_000 }),
};

/** Each limit of the protocol by its own name. */
export const LIMIT_PARAMETERS: ReadonlyMap<string, Parameter<number>> = new Map(LIMIT_NAMES.map((name) => [name, limit(name)]));

/** Too much is lowered and too little memory is raised, as everywhere: only what cannot be meant is refused. */
function limit(name: keyof Limits): Parameter<number> {
  const { min } = LIMIT_RANGES[name];
  const unit = name.endsWith('Ms') ? 'milliseconds' : name.endsWith('Bytes') ? 'bytes' : name.replace(/^max/, '').toLowerCase();
  return name === 'memoryBytes' || name === 'stackBytes' ? amount(unit, { above: 0 }) : amount(unit, { min, max: LIMIT_RANGES[name].max });
}
