import type { Refusal } from '@isomux/driver';
import type { IsomuxError } from '@isomux/protocol';

/** The run that a place is for. */
export interface Borrower {
  /** It may be what ended its last connection, and is to have one to itself, where that will show. */
  readonly suspect: boolean;
  /** Rounds are not for it, unless its server speaks nothing else. */
  readonly needsConnection: boolean;
  /** It is to have a connection from now on. */
  moves(): void;
  /** The server has no place for it: true when another one is to be asked. */
  refused(code: Refusal): boolean;
  /** The server of its rounds is of no use: true when the run is to be replayed, perhaps at another one. */
  elsewhere(error: IsomuxError): boolean;
  /** The server has answered it. */
  answered(): void;
}
