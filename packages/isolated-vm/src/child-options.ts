import type { RealmRequest } from '@isomux/executor';

/** What a child process is told when it is started, as the JSON of one argument. Holds nothing secret: `ps` shows it. */
export interface ChildOptions {
  readonly addonPath: string;
  /** Runs the process may hold at once. */
  readonly maxRuns: number;
  /** Realms it keeps ready. */
  readonly warmRealms: number;
  /** What ready realms are made for. */
  readonly warmLimits: RealmRequest;
}
