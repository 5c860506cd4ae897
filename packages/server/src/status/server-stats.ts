import type { MeterReport } from './meter.ts';

/** What `GET /stats` answers. */
export interface ServerStats extends MeterReport {
  /** Runs that hold a place at the executor. */
  readonly active: number;
  /** Runs that wait for one. */
  readonly queued: number;
  /** Places. */
  readonly maxRuns: number;
  /** Connections of drivers. */
  readonly connections: number;
  /** Runs of the round protocol between two rounds. */
  readonly suspended: number;
  /** Bytes kept for clients. */
  readonly keptBytes: number;
  /** A program ran well lately, and the server does not drain. */
  readonly ready: boolean;
  readonly draining: boolean;
  readonly uptimeMs: number;
  /** Memory of the process, in bytes, where the host tells. */
  readonly memory: Readonly<Record<string, number>>;
}
