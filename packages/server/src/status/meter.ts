import type { ErrorCode, RunStats } from '@isomux/protocol';
import { createSamples, type Percentiles } from './samples.ts';

/**
 * What became of a run: `ok`, a code of the error table, `guest` for an error of the program's own, `lost` where its place was
 * lost and the driver opens it again, `dropped` where its connection ended first.
 */
export type RunEnding = ErrorCode | 'ok' | 'guest' | 'lost' | 'dropped';

/** One run that ended. */
export interface RunEnd {
  /** Whose it was. */
  readonly principal: string;
  readonly ending: RunEnding;
  /** Missing where nobody told. */
  readonly stats?: RunStats | undefined;
}

/** Something that a server counts. */
export type Observation =
  | ({ readonly type: 'run' } & RunEnd)
  | { readonly type: 'connection'; readonly principal: string }
  | { readonly type: 'request' }
  | { readonly type: 'refusal'; readonly code: ErrorCode };

/** What has been counted since the server began. */
export interface MeterReport {
  readonly totals: { readonly runs: number; readonly connections: number; readonly requests: number; readonly refusals: number };
  /** Runs by what became of them; only those that there were. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Wall time of the latest runs, in milliseconds. */
  readonly wallMs: Percentiles;
  /** Execution time of the latest runs, in milliseconds. */
  readonly cpuMs: Percentiles;
  /** What the latest runs waited for a place, in milliseconds. */
  readonly queueWaitMs: Percentiles;
}

/** Counts what happens. */
export interface Meter {
  /** When a program last ended on its own terms, by `now`; undefined before that. */
  readonly lastSuccessMs: number | undefined;
  count(observation: Observation): void;
  report(): MeterReport;
}

/** Runs that percentiles are made from. */
const SAMPLES = 2048;

/** Makes a meter. It passes on what it counts. */
export function createMeter(now: () => number, passOn?: (observation: Observation) => void): Meter {
  const totals = { runs: 0, connections: 0, requests: 0, refusals: 0 };
  const outcomes = new Map<RunEnding, number>();
  const wallMs = createSamples(SAMPLES);
  const cpuMs = createSamples(SAMPLES);
  const queueWaitMs = createSamples(SAMPLES);
  let lastSuccessMs: number | undefined;

  function countRun({ ending, stats }: RunEnd): void {
    totals.runs += 1;
    outcomes.set(ending, (outcomes.get(ending) ?? 0) + 1);
    if (ending === 'ok') lastSuccessMs = now();
    if (stats === undefined) return;
    wallMs.add(stats.wallMs);
    cpuMs.add(stats.cpuMs);
    queueWaitMs.add(stats.queueWaitMs);
  }

  return {
    get lastSuccessMs(): number | undefined {
      return lastSuccessMs;
    },
    count(observation: Observation): void {
      if (observation.type === 'run') countRun(observation);
      else if (observation.type === 'connection') totals.connections += 1;
      else if (observation.type === 'request') totals.requests += 1;
      else totals.refusals += 1;
      passOn?.(observation);
    },
    report: () => ({
      totals: { ...totals },
      outcomes: Object.fromEntries(outcomes),
      wallMs: wallMs.percentiles(),
      cpuMs: cpuMs.percentiles(),
      queueWaitMs: queueWaitMs.percentiles(),
    }),
  };
}
