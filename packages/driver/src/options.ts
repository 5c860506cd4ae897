import { DEFAULT_LEDGER_BYTES, DEFAULT_LIMITS, IsomuxError, assertToolName, parseLimits } from '@isomux/protocol';
import type { ClockMode, GlobalsPreset, Limits, LimitsInput } from '@isomux/protocol';
import type { RunObserver } from './events.ts';
import type { ContextOptions, RunOptions, ToolBinding } from './isolate-driver.ts';

/** Options of `createDriver`: what every context of the driver starts from. */
export interface DriverOptions extends RunOptions, Omit<ContextOptions, 'bindings'> {
  /** 64 hexadecimal digits from which all chance of every run comes. Default: fresh for each run. */
  readonly seed?: string | undefined;
  /** Where the logical clock of a run starts, milliseconds since the epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * What a run's ledger may hold. Past it the run goes on, but is lost with its executor. 0 gives up replay.
   * Default 64 MiB, at most 256 MiB.
   */
  readonly ledgerMaxBytes?: number | undefined;
  /**
   * How long past its wall budget a run waits for the executor's own word, in milliseconds, before it ends with `TIMEOUT`
   * and the executor counts as unresponsive. Default 250.
   */
  readonly graceMs?: number | undefined;
}

/** Options that a narrower level takes over from a wider one. */
export interface Inherited {
  readonly limits: LimitsInput;
  readonly signals: readonly AbortSignal[];
  readonly observers: readonly RunObserver[];
}

/** Checked options of a context. */
export interface ContextSettings extends Inherited {
  readonly clock: ClockMode;
  readonly globals: GlobalsPreset;
  /** JSON text, or null for none. */
  readonly env: string | null;
  readonly affinityKey: string | undefined;
}

/** Checked options of a driver. */
export interface DriverSettings extends ContextSettings {
  readonly seed: string | undefined;
  readonly now: () => number;
  readonly ledgerMaxBytes: number;
  readonly graceMs: number;
}

const MiB = 1024 * 1024;
const MAX_LEDGER_BYTES = 256 * MiB;
const MAX_GRACE_MS = 60_000;
const MAX_AFFINITY_KEY_LENGTH = 256;
/** Tools of one run: as many as an executor takes. */
export const MAX_TOOLS = 10_000;
const CLOCKS: readonly ClockMode[] = ['logical', 'live'];
const PRESETS: readonly GlobalsPreset[] = ['minimal', 'compute', 'data', 'agent'];
const NOTHING: ContextSettings = {
  limits: {},
  signals: [],
  observers: [],
  clock: 'logical',
  globals: 'agent',
  env: null,
  affinityKey: undefined,
};

/** Checks the options of a driver. Throws `INVALID_OPTION`. */
export function parseDriverOptions(options: DriverOptions): DriverSettings {
  assertObject(options, 'the driver options');
  const { seed, now } = options;
  if (seed !== undefined && !(typeof seed === 'string' && /^[0-9a-fA-F]{64}$/.test(seed))) refuse('seed must be 64 hexadecimal digits');
  if (now !== undefined && typeof now !== 'function') refuse('now must be a function');
  return {
    ...parseContextSettings(options, NOTHING),
    seed,
    now: now ?? Date.now,
    ledgerMaxBytes: parseNumber(options.ledgerMaxBytes, 'ledgerMaxBytes', MAX_LEDGER_BYTES) ?? DEFAULT_LEDGER_BYTES,
    graceMs: parseNumber(options.graceMs, 'graceMs', MAX_GRACE_MS) ?? 250,
  };
}

/** Checks the options of a context, its tools aside. Throws `INVALID_OPTION`. */
export function parseContextSettings(options: Omit<ContextOptions, 'bindings'>, base: ContextSettings): ContextSettings {
  assertObject(options, 'the context options');
  const { clock, globals, env, affinityKey } = options;
  if (clock !== undefined && !CLOCKS.includes(clock)) refuse(`clock must be one of ${CLOCKS.join(', ')}`);
  if (globals !== undefined && !PRESETS.includes(globals)) refuse(`globals must be one of ${PRESETS.join(', ')}`);
  if (affinityKey !== undefined && !(typeof affinityKey === 'string' && affinityKey.length <= MAX_AFFINITY_KEY_LENGTH))
    refuse(`affinityKey must be a string of up to ${MAX_AFFINITY_KEY_LENGTH} characters`);
  const inherited = inherit({ ...options, limits: { ...parseNamedLimits(options), ...parseAsked(options.limits) } }, base);
  return {
    ...inherited,
    clock: clock ?? base.clock,
    globals: globals ?? base.globals,
    env: env === undefined ? base.env : encodeEnv(env, resolveLimits(inherited.limits)),
    affinityKey: affinityKey ?? base.affinityKey,
  };
}

/** The limits that have a name of TanStack's, too. Throws `INVALID_OPTION`. */
export function parseNamedLimits({ timeout, memoryLimit }: Pick<ContextOptions, 'timeout' | 'memoryLimit'>): LimitsInput {
  assertPositive(timeout, 'timeout');
  assertPositive(memoryLimit, 'memoryLimit');
  return parseAsked({ wallMs: timeout, memoryBytes: memoryLimit === undefined ? undefined : memoryLimit * MiB });
}

/** Adds one level's limits, signal and observer to those of the level above. Throws `INVALID_OPTION`. */
export function inherit(options: RunOptions, base: Inherited): Inherited {
  assertObject(options, 'the options');
  const { signal, onEvent } = options;
  if (signal !== undefined && !isAbortSignal(signal)) refuse('signal must be an AbortSignal');
  if (onEvent !== undefined && typeof onEvent !== 'function') refuse('onEvent must be a function');
  return {
    limits: { ...base.limits, ...parseAsked(options.limits) },
    signals: signal === undefined ? base.signals : [...base.signals, signal],
    observers: onEvent === undefined ? base.observers : [...base.observers, onEvent],
  };
}

/** Whole limits of what was asked for. Unless asked for, the CPU budget is no reason to end a run before its wall budget. */
export function resolveLimits(input: LimitsInput): Limits {
  const limits = parseLimits(input);
  return input.cpuMs === undefined ? { ...limits, cpuMs: Math.max(DEFAULT_LIMITS.cpuMs, limits.wallMs) } : limits;
}

/** Checks tools and copies the table, so that later changes to it change no context. Throws `TOOL_NAME_INVALID` or `INVALID_OPTION`. */
export function parseBindings(bindings: ContextOptions['bindings']): ReadonlyMap<string, ToolBinding> {
  assertObject(bindings, 'bindings');
  const entries = Object.entries(bindings);
  if (entries.length > MAX_TOOLS) refuse(`bindings has ${entries.length} tools; a run may be offered up to ${MAX_TOOLS}`);
  const tools = new Map<string, ToolBinding>();
  for (const [name, binding] of entries) {
    assertToolName(name);
    if (typeof (binding as Partial<ToolBinding> | null | undefined)?.execute !== 'function')
      refuse(`the tool ${name} has no execute function`);
    tools.set(name, binding);
  }
  return tools;
}

/** Checks limits, and drops those that are left out: they must not hide what the level above says. */
function parseAsked(limits: LimitsInput | undefined): LimitsInput {
  if (limits === undefined) return {};
  parseLimits(limits);
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function encodeEnv(env: unknown, limits: Limits): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(env);
  } catch (cause) {
    throw new IsomuxError('INVALID_OPTION', 'env has no JSON form; the cause says why', { cause });
  }
  if (typeof text !== 'string') refuse('env must be JSON data');
  if (text.length > limits.maxResultBytes)
    refuse(`env is over maxResultBytes (${limits.maxResultBytes}); offer a tool that gives the data`);
  return text;
}

function parseNumber(value: unknown, name: string, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  return refuse(`${name} must be a number from 0 to ${max}`);
}

function assertPositive(value: number | undefined, name: string): void {
  if (value === undefined) return;
  if (!Number.isFinite(value) || value <= 0) refuse(`${name} must be a finite number greater than 0; it is ${value}`);
}

/** Throws `INVALID_OPTION` unless it has fields. */
export function assertObject(value: unknown, what: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${what} must be an object`);
}

function isAbortSignal(value: unknown): boolean {
  return value instanceof AbortSignal || (typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value);
}

/** Throws `INVALID_OPTION`. */
export function refuse(message: string): never {
  throw new IsomuxError('INVALID_OPTION', message);
}
