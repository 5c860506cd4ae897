import type { DriverUnderTest } from './driver-under-test.ts';

/** Takes one sample, and rejects when anything about it was not right. */
export type Sampler = () => Promise<number>;

/** One thing that is measured, the same for every driver. Smaller values are better. */
export interface Scenario {
  /** Names the scenario on the command line and in reports. */
  readonly id: string;
  /** What one sample is, for readers of the report. */
  readonly title: string;
  readonly unit: 'ms' | 'MB';
  /** Samples of each subject, one a round; a subject that takes very long has fewer. */
  readonly samples: number;
  /** The same under `--quick`. */
  readonly quickSamples: number;
  /**
   * Samples of each subject that are taken first and not counted; a subject that takes very long has fewer. Drivers serve hosts that
   * have been up for a while: their own code is compiled by then.
   */
  readonly warmups: number;
  /** Whether each sample has a process of its own: memory that was given back once is not asked for again. Default false. */
  readonly freshProcess?: boolean;
  /** Called once in each subject's process, before the first sample. What it does is not timed. */
  prepare(driver: DriverUnderTest): Promise<Sampler>;
}
