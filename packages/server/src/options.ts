/** One token that clients may come with. */
export interface TokenOptions {
  /** Who it stands for, in logs, metrics and quotas. */
  readonly name: string;
  /** The token itself, or `sha256:` and the hexadecimal SHA-256 of it. */
  readonly token: string;
  /** Runs that its clients may have at once. Default: as many as the executor takes. */
  readonly maxRuns?: number | undefined;
  /** Runs that its clients may begin in a minute. Default: no bound. */
  readonly runsPerMinute?: number | undefined;
}

/** What happens at a server, for its logs. Never holds code, arguments, results or tokens. */
export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** What happened, in a few fixed words. */
  readonly event: string;
  /** Small facts: ids, names, counts, codes, durations in milliseconds. */
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** Options of the server's core, which runs wherever there are Web standards. */
export interface ServerCoreOptions {
  /** Without any, everybody may come in: the Node adapter then binds to loopback only, unless told otherwise. */
  readonly tokens?: readonly TokenOptions[] | undefined;
  /** How long a connection is kept without a carrier, its runs going on, in milliseconds. Default 30000. */
  readonly graceMs?: number | undefined;
  /** How long a run of the round protocol is kept between two rounds, in milliseconds. Default 60000. */
  readonly suspendMs?: number | undefined;
  /** Runs of the round protocol that are kept between two rounds. Default 256; the one that waits longest makes room. */
  readonly maxSuspended?: number | undefined;
  /** Connections at once. Default 1000. */
  readonly maxConnections?: number | undefined;
  /** Bytes of a request's body, and of one unit. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Bytes kept for a client that does not read. Default 128 MiB a connection. */
  readonly maxHeldBytes?: number | undefined;
  /** Where log records go. Default: nowhere. */
  readonly log?: ((record: LogRecord) => void) | undefined;
}
