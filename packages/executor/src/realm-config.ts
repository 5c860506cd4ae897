import type { RealmConfig } from './realm-wire.ts';
import type { RunRequest } from './run.ts';

/**
 * What the guest runtime has to know of a run. In a prepared realm the tools that it knows already come first, as it has
 * given out functions that call them by their place; and where `env` was there from the beginning, it stays.
 */
export function createRealmConfig({ header, limits, tools, env, preparation }: RunRequest): RealmConfig {
  const declared = preparation?.config.tools ?? [];
  const known = new Set(declared);
  return {
    tools: known.size === 0 ? tools : [...declared, ...tools.filter((name) => !known.has(name))],
    seed: header.seed,
    startMs: header.startMs,
    clock: header.clock,
    globals: header.globals,
    env: typeof preparation?.config.env === 'string' ? null : env,
    maxCalls: limits.maxCalls,
    maxArgumentBytes: limits.maxArgumentBytes,
    maxReturnBytes: limits.maxReturnBytes,
    maxLogBytes: limits.maxLogBytes,
    maxLogLines: limits.maxLogLines,
    maxTimers: limits.maxTimers,
  };
}
