import type { ChunkEnv } from '../shared/chunk-env.ts';
import { createDomException } from '../shared/dom-exception.ts';
import { Event, trust } from './event.ts';
import { EventTarget, setWhenAborted } from './event-target.ts';

/** Only this module has it: `new AbortSignal()` is no business of guests. */
const CONSTRUCT = Symbol('construct');

/** Aborts a signal and those that follow it. Set by the class; guests need the signal's controller for it. */
let abortSignal: (signal: AbortSignal, reason: unknown) => void;

let setTimer: ChunkEnv['setTimer'] = () => {
  throw new TypeError('No clock');
};

/** Gives `AbortSignal.timeout` the run's clock. */
export function bindClock(env: ChunkEnv): void {
  setTimer = (callback, delayMs) => env.setTimer(callback, delayMs);
}

function reasonOrDefault(reason: unknown): unknown {
  return reason === undefined ? createDomException('AbortError', 'This operation was aborted') : reason;
}

/** Web IDL's `[EnforceRange] unsigned long long`. */
function enforceDelay(value: unknown): number {
  const delayMs = Math.trunc(Number(value));
  if (!(delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`The "delay" argument must be from 0 to ${Number.MAX_SAFE_INTEGER} milliseconds`);
  }
  return delayMs;
}

/** The DOM standard's signal. */
export class AbortSignal extends EventTarget {
  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
    setWhenAborted((value, steps) => {
      const signal = AbortSignal.#from(value);
      if (signal.aborted) return false;
      signal.#algorithms.push(steps);
      return true;
    });
  }

  static #from(value: unknown): AbortSignal {
    if (typeof value === 'object' && value !== null && #algorithms in value) return value;
    throw new TypeError('Failed to convert value to AbortSignal.');
  }

  /** A signal that has aborted already. */
  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(CONSTRUCT);
    signal.#reason = reasonOrDefault(reason);
    return signal;
  }

  /** A signal that aborts with a TimeoutError after `delayMs` of the run's time. */
  static timeout(delayMs: number): AbortSignal {
    const signal = new AbortSignal(CONSTRUCT);
    setTimer(() => signal.#abort(createDomException('TimeoutError', 'The operation was aborted due to timeout')), enforceDelay(delayMs));
    return signal;
  }

  /** A signal that aborts as soon as one of the others does, with its reason. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const sources = Array.from(signals, (signal) => AbortSignal.#from(signal));
    const result = new AbortSignal(CONSTRUCT);
    const aborted = sources.find((source) => source.aborted);
    result.#reason = aborted?.reason;
    result.#sources = new Set(aborted === undefined ? sources.flatMap((source) => [...(source.#sources ?? [source])]) : []);
    for (const source of result.#sources) source.#dependents.add(result);
    return result;
  }

  #algorithms: (() => void)[] = [];
  readonly #dependents = new Set<AbortSignal>();
  /** The independent signals this one follows; undefined for an independent one. */
  #sources: ReadonlySet<AbortSignal> | undefined;
  #reason: unknown;
  #handler: unknown = null;

  constructor(token?: unknown) {
    if (token !== CONSTRUCT) throw new TypeError('Illegal constructor');
    super();
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }
  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.#reason;
  }

  get onabort(): unknown {
    return this.#handler;
  }
  set onabort(value: unknown) {
    const handler = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
    if (handler === null) this.removeEventListener('abort', this.#callHandler);
    // Keeps its place when one handler replaces another.
    else if (this.#handler === null) this.addEventListener('abort', this.#callHandler);
    this.#handler = handler;
  }

  readonly #callHandler = (event: Event): void => {
    if (typeof this.#handler === 'function') this.#handler.call(this, event);
  };

  #abort(reason: unknown): void {
    if (this.aborted) return;
    this.#reason = reasonOrDefault(reason);
    // Everything that depends on this one has aborted before any listener runs.
    const following = [...this.#dependents].filter((dependent) => !dependent.aborted);
    for (const dependent of following) dependent.#reason = this.#reason;
    this.#runAbortSteps();
    for (const dependent of following) dependent.#runAbortSteps();
  }

  #runAbortSteps(): void {
    const algorithms = this.#algorithms;
    this.#algorithms = [];
    for (const algorithm of algorithms) algorithm();
    this.dispatchEvent(trust(new Event('abort')));
  }
}

/** The DOM standard's controller. */
export class AbortController {
  readonly #signal: AbortSignal = new AbortSignal(CONSTRUCT);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    abortSignal(this.#signal, reason);
  }
}
