import type { Principal } from '../access/principal.ts';
import type { BodyLimits } from './read-body.ts';

/** What is known of who sent a request. */
export interface RequestInfo {
  /** The address it came from, for logs. */
  readonly remoteAddress?: string | undefined;
  /**
   * The name of the run that a first round begins, where whoever brings the request has chosen one: 32 hexadecimal digits of chance. It is in the ids that
   * the client gives back: see `readRoundKey`.
   */
  readonly roundKey?: string | undefined;
}

/** What the server's handlers find in their context, beside the request: Hono's `Env`. */
export interface ServerEnv {
  Bindings: {
    readonly info: RequestInfo;
  };
  Variables: {
    /** Name of the token the request came with; `anonymous` where the server has none. Set before any handler that wants authorization. */
    principal: string;
    /** The same as an object, with its quota. */
    account: Principal;
    /** What bodies may be: for `readText` and its like. */
    bodyLimits: BodyLimits;
  };
}
