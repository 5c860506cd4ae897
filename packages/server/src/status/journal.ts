import type { IsomuxError, RunStats } from '@isomux/protocol';
import type { Refusal } from '../http/refusal.ts';
import type { RequestInfo } from '../http/server-env.ts';
import type { LogRecord } from '../options.ts';
import type { Connection } from '../runs/connection.ts';
import type { Meter, RunEnding } from './meter.ts';

type Fields = NonNullable<LogRecord['fields']>;

/** What a request of the round protocol came to. */
export interface RoundRecord {
  readonly principal: string;
  readonly traceParent: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

/** Counts and logs what happens at a server. Its records hold no code, argument, result, token or name of a connection. */
export interface Journal {
  connectionOpened(connection: Connection): void;
  connectionClosed(connection: Connection, fault: IsomuxError | undefined): void;
  runEnded(connection: Connection, run: string, ending: RunEnding, stats: RunStats | undefined): void;
  runRefused(connection: Connection, run: string): void;
  /** A run of the round protocol, which has no connection. */
  roundRunEnded(ending: RunEnding, stats: RunStats | undefined): void;
  roundAnswered(record: RoundRecord): void;
  request(): void;
  requestRefused(refusal: Refusal, method: string, info: RequestInfo | undefined): void;
  /** Nobody expected this. */
  requestFailed(refusal: Refusal, method: string, info: RequestInfo | undefined, cause: unknown): void;
  /** Something of the server itself. */
  note(level: LogRecord['level'], event: string, fields?: Fields): void;
}

/** Whose runs of the round protocol are, where they are counted: no token has this name. */
const ROUNDS = '/execute';
/** Records of refusals in a second: who is refused a million times shall not fill a disk. */
const REFUSALS_PER_SECOND = 100;
const SECOND_MS = 1000;

/** Makes a journal. What `log` throws is lost. */
export function createJournal(meter: Meter, log: ((record: LogRecord) => void) | undefined, now: () => number): Journal {
  let second = { startedMs: now(), refusals: 0, unlogged: 0 };

  function note(level: LogRecord['level'], event: string, fields?: Fields): void {
    try {
      log?.(fields === undefined ? { level, event } : { level, event, fields });
    } catch {
      // A log that fails is not the clients' fault.
    }
  }

  function noteRefusal(event: string, fields: Fields): void {
    if (now() - second.startedMs >= SECOND_MS) {
      if (second.unlogged > 0) note('warn', 'refusals not logged', { count: second.unlogged });
      second = { startedMs: now(), refusals: 0, unlogged: 0 };
    }
    second.refusals += 1;
    if (second.refusals > REFUSALS_PER_SECOND) second.unlogged += 1;
    else note('warn', event, fields);
  }

  const describe = ({ principal, id, traceParent }: Connection): Fields => ({
    principal: principal.name,
    connection: id,
    traceparent: traceParent,
  });
  const describeRequest = ({ status, code }: Refusal, method: string, info: RequestInfo | undefined): Fields => ({
    status,
    code,
    method,
    remoteAddress: info?.remoteAddress,
  });

  return {
    note,
    connectionOpened(connection: Connection): void {
      meter.count({ type: 'connection', principal: connection.principal.name });
      note('info', 'connection opened', describe(connection));
    },
    connectionClosed(connection: Connection, fault: IsomuxError | undefined): void {
      note('info', 'connection closed', { ...describe(connection), code: fault?.code });
    },
    runEnded(connection: Connection, run: string, ending: RunEnding, stats: RunStats | undefined): void {
      meter.count({ type: 'run', principal: connection.principal.name, ending, stats });
      note('info', 'run ended', { ...describe(connection), run, ending, ...stats });
    },
    runRefused(connection: Connection, run: string): void {
      meter.count({ type: 'refusal', code: 'OVERLOADED' });
      noteRefusal('run refused', { ...describe(connection), run, code: 'OVERLOADED' });
    },
    roundRunEnded(ending: RunEnding, stats: RunStats | undefined): void {
      meter.count({ type: 'run', principal: ROUNDS, ending, stats });
      note('info', 'run ended', { ending, ...stats });
    },
    roundAnswered({ principal, traceParent, status, durationMs }: RoundRecord): void {
      note('info', 'round answered', { principal, traceparent: traceParent, status, durationMs });
    },
    request(): void {
      meter.count({ type: 'request' });
    },
    requestRefused(refusal: Refusal, method: string, info: RequestInfo | undefined): void {
      meter.count({ type: 'refusal', code: refusal.code });
      noteRefusal('request refused', describeRequest(refusal, method, info));
    },
    requestFailed(refusal: Refusal, method: string, info: RequestInfo | undefined, cause: unknown): void {
      meter.count({ type: 'refusal', code: refusal.code });
      const error = cause instanceof Error ? cause.name : typeof cause;
      note('error', 'request failed', { ...describeRequest(refusal, method, info), error });
    },
  };
}
