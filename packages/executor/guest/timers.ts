import { apply, mapDelete, mapGet, mapHas, mapSet, NativeMap, NativeError, NativeTypeError, runAsMicrotask, setOwn, toNumber, trunc, createObject } from './primordials.ts';

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
export function createTimers(maxTimers: number, report: (thrown: unknown) => void): Timers {
  const timers = new NativeMap<number, Timer>();
  let count = 0;
  let nextId = 1;
  let set = '';
  let cleared = '';

  function arm(id: number, delayMs: number): void {
    set += `${set === '' ? '' : ','}[${id},${delayMs}]`;
  }

  function add(run: unknown, delay: unknown, args: readonly unknown[], repeat: boolean): number {
    if (typeof run !== 'function') throw new NativeTypeError('The first argument of a timer must be a function.');
    const asked = trunc(toNumber(delay ?? 0));
    const delayMs = asked > 0 ? (asked > MAX_DELAY_MS ? MAX_DELAY_MS : asked) : 0;
    if (count >= maxTimers) {
      const error = new NativeError(`The program has ${maxTimers} timers pending, as many as maxTimers allows. Clear some, or await them.`);
      setOwn(error, 'name', 'TimerLimitError', false);
      setOwn(error, 'code', 'TIMER_LIMIT');
      throw error;
    }
    const id = nextId++;
    const timer = createObject(null) as { -readonly [K in keyof Timer]: Timer[K] };
    timer.run = run;
    timer.args = args;
    timer.everyMs = repeat ? (delayMs < 1 ? 1 : delayMs) : -1;
    mapSet(timers, id, timer as Timer);
    count++;
    arm(id, repeat ? timer.everyMs : delayMs);
    return id;
  }

  return {
    setTimeout: (run, delay, ...args) => add(run, delay, args, false),
    setInterval: (run, delay, ...args) => add(run, delay, args, true),
    clear(id: unknown): void {
      if (typeof id !== 'number' || !mapHas(timers, id)) return;
      mapDelete(timers, id);
      count--;
      cleared += `${cleared === '' ? '' : ','}${id}`;
    },
    fire(id: number): void {
      const timer = mapGet(timers, id);
      if (timer === undefined) return;
      if (timer.everyMs < 0) {
        mapDelete(timers, id);
        count--;
      } else arm(id, timer.everyMs);
      runAsMicrotask(() => {
        if (timer.everyMs >= 0 && !mapHas(timers, id)) return;
        try {
          apply(timer.run as () => unknown, undefined, timer.args);
        } catch (thrown) {
          report(thrown);
        }
      });
    },
    take(): { readonly set: string; readonly cleared: string } {
      const taken = { set, cleared };
      set = '';
      cleared = '';
      return taken;
    },
  };
}
