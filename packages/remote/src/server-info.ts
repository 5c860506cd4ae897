import { IsomuxError, LIMIT_NAMES, isIsomuxError, parseHeader } from '@isomux/protocol';
import type { Capabilities } from '@isomux/protocol';
import { ContactError } from './contact-error.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { refusalOf, requestAnswer } from './http-client.ts';

/** What a server says of itself. */
export interface ServerInfo {
  /** The name of its engine, for people. */
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** Those of `websocket`, `http` and `rounds` that it speaks. */
  readonly transports: ReadonlySet<string>;
  readonly runsPerConnection: number;
  /** How long it keeps a connection that nothing carries. */
  readonly graceMs: number;
  /** Runs it has a place for at once, and those it had or queued when it was asked. */
  readonly maxRuns: number;
  readonly load: number;
  readonly draining: boolean;
}

const MAX_TRANSPORTS = 16;
/** No server keeps anything for longer, whatever it says. */
const MAX_GRACE_MS = 10 * 60 * 1000;

/**
 * Asks a server what it can do; undefined for one that has no such resource, as those have not that speak only rounds. Rejects
 * with a `ContactError` or with the signal's reason.
 */
export async function askCapabilities(client: HttpClient, url: string, signal: AbortSignal): Promise<ServerInfo | undefined> {
  const answer = await requestAnswer(client, { method: 'GET', url }, signal);
  if (answer.status === 404 || answer.status === 405 || isRound(answer.body)) return undefined;
  if (answer.status !== 200) throw refusalOf(client, answer);
  return readServerInfo(client.server, answer);
}

function readServerInfo(server: string, { body }: HttpAnswer): ServerInfo {
  if (!isFields(body)) {
    throw new ContactError('UNREACHABLE', `${server} answered, but not as an Isomux server does: its capabilities are no JSON object`);
  }
  try {
    const hello = parseHeader({ ...body, type: 'hello' }, 'executor');
    const { engine, capabilities, runsPerConnection } = hello.type === 'hello' ? hello : fail('runsPerConnection');
    const { limits, transports, graceMs, running, queued, maxRuns, draining } = body;
    if (!isFields(limits)) fail('limits');
    for (const name of LIMIT_NAMES) readDuration(limits[name], `limits.${name}`);
    if (!Array.isArray(transports) || transports.length > MAX_TRANSPORTS) fail('transports');
    const names: readonly unknown[] = transports;
    if (typeof draining !== 'boolean') fail('draining');
    return {
      engine,
      capabilities,
      transports: new Set(names.map((name) => (typeof name === 'string' ? name : fail('transports')))),
      runsPerConnection,
      graceMs: Math.min(readDuration(graceMs, 'graceMs'), MAX_GRACE_MS),
      maxRuns: Math.max(1, readCount(maxRuns, 'maxRuns')),
      load: readCount(running, 'running') + readCount(queued, 'queued'),
      draining,
    };
  } catch (error) {
    if (!isIsomuxError(error)) throw error;
    throw new ContactError(error.code, `${server}: ${error.message}`, { final: true });
  }
}

/** Some servers take every request for a round, and answer it, if only with what is wrong with it. */
function isRound(body: unknown): boolean {
  return isFields(body) && !('version' in body) && (body['status'] === 'error' || body['status'] === 'done');
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readDuration(value: unknown, field: string): number {
  return typeof value === 'number' && value >= 0 && value < Infinity ? value : fail(field);
}

function readCount(value: unknown, field: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fail(field);
}

function fail(field: string): never {
  throw new IsomuxError('PROTOCOL_ERROR', `its capabilities have a field ${field} that is missing or not what the protocol says`);
}
