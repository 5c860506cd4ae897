import type { Reuse } from './options.ts';

/** What a child process is told when it is started, as the JSON of one argument. Holds nothing secret: `ps` shows it. */
export interface ChildOptions {
  /** Runs the process may hold at once. */
  readonly maxRuns: number;
  /** Realms it keeps ready. */
  readonly warmRealms: number;
  readonly reuse: Reuse;
  /** The memory limit of its runs, which V8 has been told. */
  readonly memoryBytes: number;
}
