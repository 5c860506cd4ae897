import type { Capabilities } from '@isomux/protocol';

/** What a realm may use. The engine's own enforcement is the first try; the executor and its supervisor stand behind it. */
export interface RealmRequest {
  /** Heap of the guest. Engines clamp it up to their own minimum. */
  readonly memoryBytes: number;
  /** Guest stack. Engines with a fixed stack ignore it. */
  readonly stackBytes: number;
  /**
   * What the realm begins with: the input of a first turn, taken before the realm is handed out and within `timeoutMs`.
   * Realms of equal requests are alike, so an engine may keep some ready, or copy one. It may also leave it undone, with
   * {@link Realm.prepared} undefined: then the run takes that turn.
   */
  readonly preparation?: { readonly input: string; readonly timeoutMs: number } | undefined;
}

/** How one turn ended. Only `emitted` leaves a realm that may be used again; after any other it is tainted. */
export type TurnResult =
  /** The guest's microtasks are drained. `text` is what the runtime's `collect` returned: untrusted, see {@link parseEmission}. */
  | { readonly kind: 'emitted'; readonly text: string; readonly rejections: readonly string[] }
  /** The engine stopped the guest because `timeoutMs` had passed. */
  | { readonly kind: 'interrupted' }
  /** The guest's heap is exhausted and the realm with it. */
  | { readonly kind: 'memory' }
  /** The native stack ran out where the guest could not catch it. */
  | { readonly kind: 'stack' }
  /**
   * The realm is gone, and perhaps for nothing that the guest did: it lived on its own, elsewhere. The run is replayed in another one; when that goes too,
   * without a turn in between, the guest counts as the cause.
   */
  | { readonly kind: 'lost' }
  /** The engine failed in a way no program should cause. The text is for the host's logs and never reaches a guest. */
  | { readonly kind: 'crashed'; readonly detail: string };

/**
 * A fresh JavaScript world with the guest runtime evaluated in it and no program yet.
 *
 * The executor is its only caller: one `turn` at a time, never after `dispose`.
 */
export interface Realm {
  /**
   * Delivers one turn's input text to the runtime's `deliver`, drains the guest's microtasks, and returns what `collect`
   * then gives. The executor calls it again only after the promise has settled. It never rejects; when `dispose` is
   * called in the middle it resolves (with any kind) as soon as the engine lets it.
   *
   * `timeoutMs` covers `deliver`, the microtasks and `collect`. `rejections` holds one `Name: message` text for each
   * promise that was rejected and still had no handler when the turn ended, in order of rejection.
   */
  turn(input: string, timeoutMs: number): Promise<TurnResult>;
  /**
   * Where the runtime's `emit` goes: one call per console line, in order, all before the `turn` that wrote them resolves,
   * and also when that turn is interrupted. The text is a level letter (see {@link LOG_LEVEL_LETTERS}) and the line. Set
   * once by the executor before the first turn.
   */
  onEmit: (text: string) => void;
  /** How the turn of {@link RealmRequest.preparation} ended; undefined where none was taken. Its console lines went nowhere. */
  readonly prepared?: TurnResult | undefined;
  /** Guest execution since the realm was handed out. Read after a turn. */
  readonly cpuMs: number;
  /** Guest heap now, 0 where unknown. Read between turns. */
  readonly heapBytes: number;
  /**
   * Line and column (both from 1) of the first syntax error in `source`, for engines whose errors do not tell the guest
   * runtime. Called at most twice after a turn, between turns. A rejection counts as not knowing.
   */
  locateSyntaxError?(source: string): Promise<{ readonly line: number; readonly column: number } | undefined>;
  /** Frees the realm, also in the middle of a turn (which then ends early). Idempotent; never throws. */
  dispose(): void;
}

/**
 * A JavaScript engine as the executor sees it: something that makes realms. Everything the contract says about console,
 * tools, timers, errors and values is the guest runtime's, so an engine has no opinion on any of it.
 */
export interface Engine {
  /** As in the package name: `isolated-vm`, `quickjs`. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Least memory a realm can work with; requests under it are clamped. */
  readonly minMemoryBytes: number;
  /**
   * Makes a realm: engine world, then the guest runtime ({@link guestRuntimeSource}) evaluated with a host object
   * `{ emit(text), load(name) }` that nothing in the guest can reach. An engine that does not name sources by their
   * `sourceURL` also gives it `evaluatePrepared(source)`, so that stacks can tell prepared code from programs. Called concurrently, and ahead of need to keep
   * realms warm. Rejects with an IsomuxError when the engine is unusable; such a failure ends one run, not the executor.
   */
  createRealm(request: RealmRequest): Promise<Realm>;
  /**
   * Frees what realms share. Called once, after every realm was disposed; one that is still being made is disposed when it
   * comes. Never throws.
   */
  close(): Promise<void>;
}
