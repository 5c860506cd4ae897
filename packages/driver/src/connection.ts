import type { Channel, Limits } from '@isomux/protocol';

/** One run asking for an executor. */
export interface ConnectRequest {
  /** Aborts when the run ends before it has its connection; a connection that comes later is released at once. */
  readonly signal: AbortSignal;
  /** What the run will ask for. */
  readonly limits: Limits;
  /** 0 for the run's first executor, 1 and 2 for its replays. */
  readonly attempt: number;
  /** The channel the run was lost with. */
  readonly avoid?: Channel;
  /** Runs with the same key are best executed by the same executor. */
  readonly affinityKey?: string | undefined;
  /**
   * The run was perhaps what killed its executor: best give it one that no other run shares, so that the guilty and the
   * innocent part.
   */
  readonly suspect: boolean;
}

/** Why an executor did not begin with a run. */
export type Refusal = 'OVERLOADED' | 'DRAINING';

/** One run's hold on a channel. */
export interface Connection {
  /** May be shared: the driver tells runs apart by their id. */
  readonly channel: Channel;
  /**
   * The executor has begun with the run: it has a realm, and a replay is through. Called at most once, before `release` if at
   * all. Whoever lends connections may hold others back meanwhile, so that an executor does not begin with all at once.
   */
  opened?(): void;
  /**
   * The executor refused the run before it began with it. True when another one may take it: the run then asks for a connection
   * again, and `release` follows at once. Left out, or false, the refusal is the run's outcome.
   */
  refused?(code: Refusal): boolean;
  /**
   * The run has no more use for it. Called exactly once by the driver, which never closes a channel that kept the
   * protocol. `unresponsive`: the executor did not answer in time or broke the protocol, so it is not worth keeping.
   */
  release(verdict?: { readonly unresponsive: boolean }): void;
}

/**
 * Finds an executor. Called once for each run, and once more for each replay of it. A rejection ends the run: with the
 * code of an `IsomuxError`, or as `EXECUTOR_LOST`.
 */
export type Connect = (request: ConnectRequest) => Promise<Connection>;
