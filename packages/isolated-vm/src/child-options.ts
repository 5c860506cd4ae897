import type { RealmRequest } from '@isomux/executor';
import type { Reuse } from './options.ts';

/** What a child process is told when it is started, as the JSON of one argument. Holds nothing secret: `ps` shows it. */
export interface ChildOptions {
  readonly addonPath: string;
  /** Runs the process may hold at once. */
  readonly maxRuns: number;
  /** Realms it keeps ready. */
  readonly warmRealms: number;
  readonly reuse: Reuse;
  /** What ready realms are made for. */
  readonly warmLimits: RealmRequest;
}
