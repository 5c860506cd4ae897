import { assertToolName, parseLimits } from '@isomux/protocol';
import type { Limits, LimitsInput } from '@isomux/protocol';
import type { ContextOptions } from './isolate-driver.ts';
import { MAX_TOOLS, assertObject, inherit, parseContextSettings, parseNamedLimits, refuse, resolveLimits } from './options.ts';
import type { DriverSettings } from './options.ts';
import type { PreparationLimits, PrepareOptions } from './prepared-driver.ts';
import { createSeed } from './random.ts';
import type { Preparation } from './run-plan.ts';

/** Checked options of `prepare`. */
export interface PrepareSettings {
  readonly preparation: Preparation;
  /** What the contexts of the prepared driver start from. */
  readonly contexts: DriverSettings;
  /** Of the run that tries the preparation out. */
  readonly trialLimits: Limits;
  readonly trialSignals: readonly AbortSignal[];
}

const LIMIT_NAMES: readonly (keyof PreparationLimits)[] = [
  'wallMs',
  'maxCodeBytes',
  'memoryBytes',
  'stackBytes',
  'maxLogBytes',
  'maxLogLines',
];
const DEFAULT_WALL_MS = 5_000;

/** Checks the options of `prepare`. Throws `INVALID_OPTION` or `TOOL_NAME_INVALID`. */
export function parsePrepareOptions(options: PrepareOptions<string>, base: DriverSettings): PrepareSettings {
  assertObject(options, 'the options of prepare');
  const { code, env, globals, limits, signal, tools } = options;
  if (typeof code !== 'string') refuse('code must be a string of JavaScript');
  if (Reflect.get(options, 'bindings') !== undefined)
    refuse('prepare takes no bindings: name the tools in its tools, and bind them in createContext');
  const own = { ...parseNamedLimits(options), ...parsePreparationLimits(limits) };
  const { memoryBytes, stackBytes } = own;
  const shared: LimitsInput = {
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(stackBytes === undefined ? {} : { stackBytes }),
  };
  const contexts: DriverSettings = { ...base, ...parseContextSettings({ env, globals, limits: shared }, base) };
  const { wallMs, maxCodeBytes } = parseLimits({ ...own, wallMs: own.wallMs ?? DEFAULT_WALL_MS });
  const startMs = base.now();
  if (!(startMs >= 0 && startMs <= 8.64e15)) refuse('now must give milliseconds since the epoch');
  return {
    preparation: {
      code,
      tools: parseToolNames(tools),
      header: { startMs, seed: base.seed ?? createSeed(), wallMs, maxCodeBytes, env: contexts.env !== null, trial: false },
    },
    contexts,
    // Finding an executor and starting it is not the code's doing: that has the driver's own time.
    trialLimits: { ...resolveLimits({ ...contexts.limits, ...own, wallMs: resolveLimits(base.limits).wallMs + wallMs }) },
    trialSignals: inherit({ signal }, base).signals,
  };
}

/** Throws `INVALID_OPTION` for what would contradict a preparation that has taken place. */
export function assertFitsPreparation(options: Omit<ContextOptions, 'bindings'>, base: DriverSettings): void {
  const { globals, env } = options;
  if (globals !== undefined && globals !== base.globals)
    refuse(`globals is ${globals}, and the code was prepared under ${base.globals}; prepare it under ${globals}, too`);
  if (env !== undefined && base.env !== null)
    refuse('the prepared code has seen its env, and a context cannot give another; leave env out of prepare, or prepare again');
}

function parsePreparationLimits(limits: PreparationLimits | undefined): PreparationLimits {
  if (limits === undefined) return {};
  parseLimits(limits);
  for (const name of Object.keys(limits)) {
    if (!LIMIT_NAMES.some((known) => known === name))
      refuse(`${name} limits programs, and no preparation; give it to createContext. A preparation has ${LIMIT_NAMES.join(', ')}`);
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function parseToolNames(tools: readonly string[] | undefined): readonly string[] {
  if (tools === undefined) return [];
  if (!Array.isArray(tools)) return refuse('tools must be an array of names; bind the tools in createContext');
  if (tools.length > MAX_TOOLS) refuse(`tools has ${tools.length} names; a run may be offered up to ${MAX_TOOLS}`);
  const names = new Set<string>();
  for (const name of tools as readonly unknown[]) {
    assertToolName(name);
    if (names.has(name)) refuse(`tools has the name ${name} twice`);
    names.add(name);
  }
  return [...names];
}
