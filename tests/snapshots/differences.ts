/** One way in which the engines' worlds differ, with the reason why that is accepted. */
export interface Difference {
  /** Matches the paths it is about. */
  readonly paths: RegExp;
  readonly why: string;
}

/** Every accepted difference between the globals of isolated-vm (V8) and QuickJS. One that no longer occurs fails the test. */
export const DIFFERENCES: readonly Difference[] = [];
