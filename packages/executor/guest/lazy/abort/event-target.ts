import { toDomString } from '../shared/web-idl.ts';
import { beginDispatch, endDispatch, Event, isStopped } from './event.ts';

type Handler = (this: unknown, event: Event) => unknown;
export type EventCallback = Handler | { handleEvent(event: Event): unknown };

export interface ListenerOptions {
  readonly capture?: boolean;
  readonly once?: boolean;
  readonly passive?: boolean;
  readonly signal?: unknown;
}

interface Listener {
  readonly type: string;
  readonly callback: EventCallback;
  readonly capture: boolean;
  readonly once: boolean;
  removed: boolean;
}

/** Runs `steps` when `signal` aborts, before its event; false when it has aborted already. Throws for what is no signal. */
export type WhenAborted = (signal: unknown, steps: () => void) => boolean;

let whenAborted: WhenAborted = () => {
  throw new TypeError('Failed to convert value to AbortSignal.');
};

/** How listeners' `signal` option is honoured. Told by the signal's module, which is built on this one. */
export function setWhenAborted(implementation: WhenAborted): void {
  whenAborted = implementation;
}

function isCaptured(options: ListenerOptions | boolean | null | undefined): boolean {
  return typeof options === 'object' ? Boolean(options?.capture) : Boolean(options);
}

/** An exception of a listener stops nothing: it surfaces as the run's other unhandled failures do. */
function report(error: unknown): void {
  void Promise.resolve().then(() => {
    throw error;
  });
}

function invoke(callback: EventCallback, target: object, event: Event): void {
  try {
    if (typeof callback === 'function') callback.call(target, event);
    else callback.handleEvent(event);
  } catch (error) {
    report(error);
  }
}

/** The DOM standard's event target, for objects that are in no tree. */
export class EventTarget {
  #listeners: readonly Listener[] = [];

  addEventListener(type: string, callback: EventCallback | null, options?: ListenerOptions | boolean | null): void {
    if (arguments.length < 2) throw new TypeError('The "type" and "listener" arguments must be specified');
    const name = toDomString(type);
    const capture = isCaptured(options);
    const { once, signal } = typeof options === 'object' && options !== null ? options : {};
    if (callback === null || callback === undefined) return;
    if (typeof callback !== 'function' && typeof callback !== 'object')
      throw new TypeError('The "listener" argument must be a function or an object');
    if (this.#find(name, callback, capture) !== undefined) return;
    const listener: Listener = { type: name, callback, capture, once: Boolean(once), removed: false };
    if (signal !== undefined && !whenAborted(signal, () => this.#remove(listener))) return;
    this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(type: string, callback: EventCallback | null, options?: ListenerOptions | boolean | null): void {
    if (arguments.length < 2) throw new TypeError('The "type" and "listener" arguments must be specified');
    const listener = this.#find(toDomString(type), callback, isCaptured(options));
    if (listener !== undefined) this.#remove(listener);
  }

  /** Calls the listeners there are now, in order of addition; false when one of them prevented the default. */
  dispatchEvent(event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event');
    beginDispatch(event, this);
    for (const listener of this.#listeners) {
      if (listener.type !== event.type || listener.removed) continue;
      if (listener.once) this.#remove(listener);
      invoke(listener.callback, this, event);
      if (isStopped(event)) break;
    }
    endDispatch(event);
    return !event.defaultPrevented;
  }

  #find(type: string, callback: EventCallback | null, capture: boolean): Listener | undefined {
    return this.#listeners.find((known) => known.type === type && known.callback === callback && known.capture === capture);
  }

  #remove(listener: Listener): void {
    listener.removed = true;
    this.#listeners = this.#listeners.filter((known) => known !== listener);
  }
}
