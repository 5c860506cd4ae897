import type { Observation } from './status/meter.ts';
import type { ServerStats } from './status/server-stats.ts';

/** What the machine that a server's core runs on can tell and keep; all of it may be missing. */
export interface ServerHost {
  /** Memory of the process, in bytes, by names. Part of `/stats`. */
  readonly memory?: (() => Readonly<Record<string, number>>) | undefined;
  /** Told of everything that is counted, as it happens. */
  readonly observe?: ((observation: Observation) => void) | undefined;
  /** The answer to `/metrics`; without it there is no such resource. */
  readonly metrics?: ((stats: ServerStats) => Promise<{ readonly contentType: string; readonly text: string }>) | undefined;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}
