import type { Observation } from './status/meter.ts';
import type { ServerStats } from './status/server-stats.ts';

/** A way in which clients reach an executor. */
export type Transport = 'websocket' | 'http' | 'rounds';

/** What the machine that a server's core runs on can tell and keep; all of it may be missing. */
export interface ServerHost {
  /** Memory of the process, in bytes, by names. Part of `/stats`. */
  readonly memory?: (() => Readonly<Record<string, number>>) | undefined;
  /** Told of everything that is counted, as it happens. */
  readonly observe?: ((observation: Observation) => void) | undefined;
  /** The answer to `/metrics`; without it there is no such resource. */
  readonly metrics?: ((stats: ServerStats) => Promise<{ readonly contentType: string; readonly text: string }>) | undefined;
  /** Ways to it, for its capabilities. Default: all. A host that cannot hold streams of an answer has no `http`. */
  readonly transports?: readonly Transport[] | undefined;
  /**
   * False where nothing may run that no request asks for: no probe runs by itself then, and whoever asks whether the server is ready waits
   * for one. Default: true.
   */
  readonly probes?: boolean | undefined;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}
