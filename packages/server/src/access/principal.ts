import type { ByteBudget } from '../http/byte-budget.ts';
import type { Quota } from './quota.ts';

/** Whom a request came from: one for each token, and one for all where there are no tokens. */
export interface Principal {
  /** The token's name, or `anonymous`. */
  readonly name: string;
  readonly quota: Quota;
  /** Connections it may have at once. */
  readonly maxConnections: number;
  /** What is kept for it, and has arrived of it. */
  readonly budget: ByteBudget;
}
