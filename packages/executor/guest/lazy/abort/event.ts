import { toDomString } from '../shared/web-idl.ts';

/** Set by {@link Event}: lets the target's dispatch reach the private state without giving guests the means. */
export let beginDispatch: (event: Event, target: object) => void;
export let endDispatch: (event: Event) => void;
export let isStopped: (event: Event) => boolean;
export let trust: (event: Event) => Event;

/** The DOM standard's event, as far as a target without a tree needs it. */
export class Event {
  static {
    beginDispatch = (event, target) => {
      if (event.#dispatching) throw new TypeError('The event is already being dispatched.');
      event.#dispatching = true;
      event.#target = target;
      event.#currentTarget = target;
    };
    endDispatch = (event) => {
      event.#dispatching = false;
      event.#currentTarget = null;
      event.#stopped = false;
    };
    isStopped = (event) => event.#stopped;
    trust = (event) => {
      event.#trusted = true;
      return event;
    };
  }

  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  #canceled = false;
  #currentTarget: object | null = null;
  #dispatching = false;
  #stopped = false;
  #target: object | null = null;
  #trusted = false;

  constructor(type: string, init?: { bubbles?: boolean; cancelable?: boolean; composed?: boolean } | null) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
    this.#type = toDomString(type);
    this.#bubbles = Boolean(init?.bubbles);
    this.#cancelable = Boolean(init?.cancelable);
    this.#composed = Boolean(init?.composed);
  }

  get type(): string {
    return this.#type;
  }
  get target(): object | null {
    return this.#target;
  }
  get currentTarget(): object | null {
    return this.#currentTarget;
  }
  get eventPhase(): number {
    return this.#dispatching ? 2 : 0;
  }
  get bubbles(): boolean {
    return this.#bubbles;
  }
  get cancelable(): boolean {
    return this.#cancelable;
  }
  get composed(): boolean {
    return this.#composed;
  }
  get defaultPrevented(): boolean {
    return this.#canceled;
  }
  get isTrusted(): boolean {
    return this.#trusted;
  }

  composedPath(): object[] {
    return this.#currentTarget === null ? [] : [this.#currentTarget];
  }

  preventDefault(): void {
    if (this.#cancelable) this.#canceled = true;
  }

  /** Means nothing here: a target is its own whole path. */
  stopPropagation(): void {}

  stopImmediatePropagation(): void {
    this.#stopped = true;
  }
}
