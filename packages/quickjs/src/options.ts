import type { DriverOptions } from '@isomux/driver';
import { DEFAULT_LIMITS, IsomuxError, type Limits } from '@isomux/protocol';
import { canStartThreads } from '#spawn';

/** Where guest code runs: on pooled threads, or on the caller's own. */
export type ThreadMode = 'worker' | 'inline';

/** Options of `createQuickJSIsolateDriver`. Those of TanStack's driver of the same name mean the same. */
export interface QuickJSIsolateDriverOptions extends DriverOptions {
  /**
   * `worker` (default where threads can be started): guests run on pooled threads, and the caller's event loop never waits
   * for one. `inline`: on the caller's thread, which stands still while guest code executes.
   */
  readonly thread?: ThreadMode | undefined;
  /**
   * Bytes of guest stack, as QuickJS counts them; the same as `limits.stackBytes`. Default 1 MiB on threads, about 3,800 plain
   * calls, and 256 KiB inline, about 950. At most 4 MiB on threads of Node, 128 KiB on those of pages, and 256 KiB elsewhere: the native stack
   * has an end, too.
   */
  readonly maxStackSize?: number | undefined;
  /** Threads kept running even when there is nothing to do. Default 1. */
  readonly minThreads?: number | undefined;
  /**
   * Threads at most, but for runs that are suspected of wedging them. Default two for each core, from 2 to 8. Beyond it runs
   * share the least loaded.
   */
  readonly maxThreads?: number | undefined;
  /** Realms that each thread keeps ready for the next runs. Default 1. */
  readonly warmRealms?: number | undefined;
}

/** What a backend is made of. */
export interface BackendOptions {
  readonly thread: ThreadMode;
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly warmRealms: number;
  /** What ready realms are made for until a run asks for something else. */
  readonly warmLimits: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
}

/** Where the host does not say: Node before 21. */
const FALLBACK_CORES = 4;
const KiB = 1024;
const MiB = 1024 * KiB;
const DEFAULT_STACK_BYTES: Readonly<Record<ThreadMode, number>> = { worker: MiB, inline: 256 * KiB };

/** Checks what is the backend's. Throws `INVALID_OPTION`, or `ENGINE_UNAVAILABLE` for threads where there are none. */
export function parseBackendOptions(options: QuickJSIsolateDriverOptions): BackendOptions {
  if (typeof options !== 'object' || options === null) throw new IsomuxError('INVALID_OPTION', 'The driver options must be an object.');
  const { memoryLimit, limits, maxStackSize } = options;
  const thread = resolveThread(options);
  if (thread !== 'worker' && thread !== 'inline') throw new IsomuxError('INVALID_OPTION', "thread must be 'worker' or 'inline'.");
  if (thread === 'worker' && !canStartThreads()) {
    throw new IsomuxError('ENGINE_UNAVAILABLE', "Threads cannot be started here. Use thread: 'inline'.");
  }
  const maxThreads = parseCount(options.maxThreads, 'maxThreads', 1) ?? defaultMaxThreads();
  return {
    thread,
    maxThreads,
    minThreads: Math.min(maxThreads, parseCount(options.minThreads, 'minThreads', 0) ?? 1),
    warmRealms: parseCount(options.warmRealms, 'warmRealms', 0) ?? 1,
    warmLimits: {
      memoryBytes: limits?.memoryBytes ?? (typeof memoryLimit === 'number' ? memoryLimit * MiB : DEFAULT_LIMITS.memoryBytes),
      stackBytes: limits?.stackBytes ?? maxStackSize ?? DEFAULT_STACK_BYTES[thread],
    },
  };
}

/** The options as every driver takes them, with the stack among the limits. Throws `INVALID_OPTION`. */
export function toDriverOptions(options: QuickJSIsolateDriverOptions): DriverOptions {
  const { maxStackSize = DEFAULT_STACK_BYTES[resolveThread(options)] } = options;
  if (typeof maxStackSize !== 'number' || !(maxStackSize > 0) || !Number.isFinite(maxStackSize)) {
    throw new IsomuxError('INVALID_OPTION', `maxStackSize must be a positive number of bytes; it is ${String(maxStackSize)}.`);
  }
  return { ...options, limits: { stackBytes: maxStackSize, ...options.limits } };
}

/**
 * More threads than cores let runs share the machine with one that computes; many more than that only share out its caches,
 * and make each thread learn what the others know already.
 */
function defaultMaxThreads(): number {
  const cores = typeof navigator === 'undefined' ? undefined : navigator.hardwareConcurrency;
  return Math.min(8, Math.max(2, 2 * (cores ?? FALLBACK_CORES)));
}

function resolveThread({ thread }: QuickJSIsolateDriverOptions): ThreadMode {
  return thread ?? (canStartThreads() ? 'worker' : 'inline');
}

function parseCount(value: number | undefined, name: string, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= 10_000)) return value;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${least} to 10000; it is ${String(value)}.`);
}
