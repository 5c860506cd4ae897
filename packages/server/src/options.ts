/** One token that clients may come with. */
export interface TokenOptions {
  /** Who it stands for, in logs, metrics and quotas. */
  readonly name: string;
  /** The token itself, or `sha256:` and the hexadecimal SHA-256 of it. */
  readonly token: string;
  /** Runs that its clients may have at once. Default: as many as the executor takes. */
  readonly maxRuns?: number | undefined;
  /** Runs that its clients may begin in a minute, and at most so many together. Default: no bound. */
  readonly runsPerMinute?: number | undefined;
  /** Connections its clients may have at once. Default: half of the server's where there are several tokens, else all. */
  readonly maxConnections?: number | undefined;
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
  /** One token, named `default`: short for `tokens` with it alone. */
  readonly token?: string | undefined;
  /** Without any, everybody may come in: the Node adapter then binds to loopback only, unless told otherwise. */
  readonly tokens?: readonly TokenOptions[] | undefined;
  /** What all paths begin with, such as `/sandbox`. Default: nothing. */
  readonly basePath?: string | undefined;
  /** Origins whose pages may call the server, or true for all. Default: none. */
  readonly cors?: boolean | readonly string[] | undefined;
  /** How long a connection is kept without a carrier, its runs going on, in milliseconds. Default 30000. */
  readonly graceMs?: number | undefined;
  /** How long runs may go on once the server drains, in milliseconds. Default 25000. */
  readonly drainMs?: number | undefined;
  /** How long a run of the round protocol is kept between two rounds, in milliseconds. Default 60000. */
  readonly suspendMs?: number | undefined;
  /** Runs of the round protocol that are kept between two rounds. Default 256; the one that waits longest makes room. */
  readonly maxSuspended?: number | undefined;
  /** Connections at once. Default 1000. */
  readonly maxConnections?: number | undefined;
  /** Requests that are not answered yet, streams of connections not counted. Default 1000. */
  readonly maxRequests?: number | undefined;
  /** Bytes of a request's body, and of one unit. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How long a request's body may take to arrive, in milliseconds. Default 30000. */
  readonly bodyMs?: number | undefined;
  /** Bytes kept for a client that does not read. Default 128 MiB a connection. */
  readonly maxHeldBytes?: number | undefined;
  /**
   * Bytes kept for all clients together, with bodies that have not arrived whole, those of rounds until they are answered, and their answers until
   * they are read. A token among several may have half of them. Default 512 MiB.
   */
  readonly maxTotalBytes?: number | undefined;
  /** How often a probe run finds out whether programs run, in milliseconds. Default 10000. */
  readonly probeMs?: number | undefined;
  /** Where log records go. Default: nowhere. */
  readonly log?: ((record: LogRecord) => void) | undefined;
}
