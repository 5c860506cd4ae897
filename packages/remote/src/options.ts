import type { DriverOptions } from '@isomux/driver';

/** How a driver speaks to its servers. */
export type Transport = 'auto' | 'websocket' | 'http' | 'rounds';

/** Options of `createRemoteIsolateDriver`. Those of existing remote drivers of the same name mean the same. */
export interface RemoteIsolateDriverOptions extends DriverOptions {
  /** One server or several: `https://executor.example.com`, also with the `/execute` at its end that existing drivers are given. */
  readonly endpoint: string | readonly string[];
  /** The whole value of the header: `Bearer <token>`. */
  readonly authorization?: string | undefined;
  /** Default `auto`: a WebSocket where both sides can, otherwise streamed HTTP, and rounds with servers that speak nothing else. */
  readonly transport?: Transport | undefined;
  /** Requests that one run may take over `rounds`. Default: no bound but the run's limits. Other transports have no rounds. */
  readonly maxToolRounds?: number | undefined;
  /** In place of the global `fetch`. WebSockets do not go through it. */
  readonly fetchImpl?: typeof fetch | undefined;
}
