import { IsomuxError } from '@isomux/protocol';
import type { ServerCoreOptions } from './options.ts';

const MiB = 1024 * 1024;

/** Options that are numbers with a default. */
type NumberOption =
  | 'graceMs'
  | 'drainMs'
  | 'maxConnections'
  | 'maxRequests'
  | 'maxBodyBytes'
  | 'bodyMs'
  | 'maxHeldBytes'
  | 'maxTotalBytes'
  | 'probeMs';

const DEFAULTS: Readonly<Record<NumberOption, number>> = {
  graceMs: 30_000,
  drainMs: 25_000,
  maxConnections: 1000,
  maxRequests: 1000,
  maxBodyBytes: 64 * MiB,
  bodyMs: 30_000,
  maxHeldBytes: 128 * MiB,
  maxTotalBytes: 512 * MiB,
  probeMs: 10_000,
};

/** A timer waits no longer than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const BASE_PATH = /^(\/[A-Za-z0-9._~-]+)*$/;

/** The options of a server that were left out filled in. */
export type Settings = Readonly<Record<NumberOption, number>> & {
  readonly basePath: string;
};

/** Fills options in. Throws `INVALID_OPTION` for a number that is none, or negative, or a base path that is none. */
export function readSettings(options: ServerCoreOptions): Settings {
  const settings: Record<NumberOption, number> = { ...DEFAULTS };
  for (const name of keysOf(DEFAULTS)) {
    const value = options[name] ?? DEFAULTS[name];
    const isTime = name.endsWith('Ms');
    if (!Number.isFinite(value) || value < (isTime ? 0 : 1) || (isTime && value > MAX_TIMER_MS)) {
      throw new IsomuxError('INVALID_OPTION', `${name} must be a number from ${isTime ? `0 to ${MAX_TIMER_MS}` : '1'}; it is ${value}`);
    }
    settings[name] = value;
  }
  const { basePath = '' } = options;
  if (!BASE_PATH.test(basePath)) {
    throw new IsomuxError(
      'INVALID_OPTION',
      `basePath must be empty or like /sandbox, without a slash at its end; it is ${JSON.stringify(basePath)}`,
    );
  }
  return { ...settings, basePath };
}

function keysOf<T extends object>(object: T): (keyof T & string)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a literal has no keys but its own
  return Object.keys(object) as (keyof T & string)[];
}
