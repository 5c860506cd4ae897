import { pino, type DestinationStream } from 'pino';
import type { LogRecord } from '../options.ts';
import type { LogLevel } from './environment.ts';

/** Options of {@link createLog}. */
export interface LogOptions {
  /** This level and those after it. Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Where lines go. Default: standard output. */
  readonly destination?: DestinationStream | undefined;
}

/** Makes a sink for a server's log records that writes each as a line of JSON. */
export function createLog(options: LogOptions = {}): (record: LogRecord) => void {
  const { level = 'info', destination } = options;
  const settings = { level, base: null, messageKey: 'event', formatters: { level: (label: string) => ({ level: label }) } };
  const logger = destination === undefined ? pino(settings) : pino(settings, destination);
  return ({ level: recordLevel, event, fields }) => logger[recordLevel](fields ?? {}, event);
}
