import {
  apply,
  createObject,
  mapClear,
  mapDelete,
  mapForEach,
  mapGet,
  mapHas,
  mapSet,
  mapSize,
  NativeError,
  NativeMap,
  NativeTypeError,
  runAsMicrotask,
  setOwn,
  toNumber,
  trunc,
} from './primordials.ts';
import { forbidInPreparation } from './preparation-misuse.ts';
import type { Settings } from './settings.ts';

interface Timer {
  readonly run: unknown;
  readonly args: readonly unknown[];
  /** Milliseconds between firings, or -1 for a timer that fires once. */
  readonly everyMs: number;
}

/** The run's timers. The executor keeps the real ones; here are the callbacks. */
export interface Timers {
  setTimeout(run: unknown, delay?: unknown, ...args: unknown[]): number;
  setInterval(run: unknown, delay?: unknown, ...args: unknown[]): number;
  clear(id: unknown): void;
  /** Runs the callback from an empty stack. */
  fire(id: number): void;
  /** Timers set and cleared since the last take, as JSON text of their lists' members. */
  take(): { readonly set: string; readonly cleared: string };
}

const MAX_DELAY_MS = 2_147_483_647;

/** `report` receives what a callback threw: it ends nothing, and is logged like an unhandled rejection. */
export function createTimers(settings: Settings, report: (thrown: unknown) => void): Timers {
  const timers = new NativeMap<number, Timer>();
  /** Delays of those set in this turn. One that is cleared in the same turn leaves no trace, so what a turn says is bounded. */
  const set = new NativeMap<number, number>();
  let nextId = 1;
  let cleared = '';

  function add(run: unknown, delay: unknown, args: readonly unknown[], repeat: boolean): number {
    if (typeof run !== 'function') throw new NativeTypeError('The first argument of a timer must be a function.');
    if (settings.isPreparing) forbidInPreparation(settings, 'A timer', new NativeError());
    const asked = trunc(toNumber(delay ?? 0));
    const delayMs = asked > 0 ? (asked > MAX_DELAY_MS ? MAX_DELAY_MS : asked) : 0;
    const { maxTimers } = settings.config;
    if (mapSize(timers) >= maxTimers || mapSize(set) >= maxTimers) {
      const error = new NativeError(`The program has ${maxTimers} timers pending, as many as maxTimers allows. Clear some, or await them.`);
      setOwn(error, 'name', 'TimerLimitError', false);
      setOwn(error, 'code', 'TIMER_LIMIT');
      throw error;
    }
    const id = nextId;
    const timer = createObject(null) as { -readonly [K in keyof Timer]: Timer[K] };
    timer.run = run;
    timer.args = args;
    timer.everyMs = repeat ? (delayMs < 1 ? 1 : delayMs) : -1;
    // In this order: should the stack run out on the way, nothing has been set, or at worst a timer that does nothing.
    nextId = id + 1;
    mapSet(set, id, repeat ? timer.everyMs : delayMs);
    mapSet(timers, id, timer as Timer);
    return id;
  }

  return {
    setTimeout: (run, delay, ...args) => add(run, delay, args, false),
    setInterval: (run, delay, ...args) => add(run, delay, args, true),
    clear(id: unknown): void {
      if (typeof id !== 'number' || !mapDelete(timers, id)) return;
      if (!mapDelete(set, id)) cleared += `${cleared === '' ? '' : ','}${id}`;
    },
    fire(id: number): void {
      const timer = mapGet(timers, id);
      if (timer === undefined) return;
      if (timer.everyMs >= 0) mapSet(set, id, timer.everyMs);
      runAsMicrotask(() => {
        // What was delivered before it in the same turn may have cleared it.
        if (!mapHas(timers, id)) return;
        if (timer.everyMs < 0) mapDelete(timers, id);
        try {
          apply(timer.run as () => unknown, undefined, timer.args);
        } catch (thrown) {
          report(thrown);
        }
      });
    },
    take(): { readonly set: string; readonly cleared: string } {
      let armed = '';
      if (mapSize(set) > 0) {
        mapForEach(set, (delayMs, id) => {
          armed += `${armed === '' ? '' : ','}[${id},${delayMs}]`;
        });
        mapClear(set);
      }
      const taken = { set: armed, cleared };
      cleared = '';
      return taken;
    },
  };
}
