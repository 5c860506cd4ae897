import { IsomuxError, isErrorCode, isIsomuxError } from '@isomux/protocol';
import type { ErrorCode } from '@isomux/protocol';

/** Why a server could not be had, and whether it is worth another try. */
export class ContactError extends IsomuxError {
  /** Asking this server again says the same. */
  readonly final: boolean;
  /** How long the server itself asks to be left alone; 0 where it says nothing. */
  readonly retryAfterMs: number;
  /** The server answered, with a status that is none of success. */
  readonly answered: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly final?: boolean; readonly retryAfterMs?: number; readonly answered?: boolean } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.final = options.final ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.answered = options.answered ?? false;
  }
}

/** The upgrade to a WebSocket never came about. Platforms do not say why: a request may. */
export class UpgradeError extends ContactError {}

/** Longest wait that a server can ask for. */
const MAX_RETRY_AFTER_MS = 30_000;
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['VERSION_MISMATCH', 'PROTOCOL_ERROR', 'FRAME_INVALID']);
const MAX_TEXT_LENGTH = 300;

/** What an answer with a status other than success means. `body` is whatever came with it. */
export function readRefusal(server: string, status: number, body: unknown, retryAfter: string | null): ContactError {
  const { code, text } = readErrorBody(body);
  const said = text === '' ? '' : `: ${text}`;
  const retryAfterMs = readRetryAfter(retryAfter);
  const answered = true;
  if (status === 401 || status === 403) {
    const what = `${server} does not accept the authorization (status ${status})${said}`;
    return new ContactError('UNAUTHORIZED', `${what}. Give the server's token as authorization: "Bearer <token>".`, {
      final: true,
      answered,
    });
  }
  if (code === 'DRAINING') {
    return new ContactError('DRAINING', `${server} is shutting down and begins no more runs`, { retryAfterMs, answered });
  }
  if (status === 429 || (status === 503 && (code === 'OVERLOADED' || retryAfter !== null))) {
    return new ContactError('OVERLOADED', `${server} has no place for another run (status ${status})${said}`, { retryAfterMs, answered });
  }
  if (status === 404 && code === 'EXECUTOR_LOST')
    return new ContactError('EXECUTOR_LOST', `${server} does not have the connection any more`, { answered });
  if (status === 404 && (code === 'ENGINE_CRASHED' || code === 'MEMORY_LIMIT'))
    return new ContactError(code, `${server} had to end what had the connection, perhaps because of a run of it`, { answered });
  return new ContactError('UNREACHABLE', `${server} answered with status ${status}${said}`, { retryAfterMs, answered });
}

/** What asking again would not change: a wrong token, another version, a server that breaks the protocol. */
export function isFinal(error: unknown): boolean {
  if (error instanceof ContactError) return error.final;
  return isIsomuxError(error) && FINAL_CODES.has(error.code);
}

/** An error of the table, whatever was thrown. */
export function asIsomuxError(error: unknown): IsomuxError {
  return isIsomuxError(error) ? error : new ContactError('UNREACHABLE', 'the attempt to connect failed; see the cause', { cause: error });
}

/** What went wrong on the way, in the host's own words. */
export function describeCause(cause: unknown): string {
  // Where fetch only says that it failed, its cause knows more.
  const told = [cause, readField(cause, 'cause')].filter((error) => error instanceof Error).map(({ message }) => message);
  return told.length === 0 ? 'the request failed' : told.join(': ').slice(0, MAX_TEXT_LENGTH);
}

function readErrorBody(body: unknown): { code: ErrorCode | undefined; text: string } {
  const error = readField(body, 'error');
  const code = readField(error, 'code');
  const message = readField(error, 'message');
  return {
    code: isErrorCode(code) ? code : undefined,
    text: typeof message === 'string' ? message.slice(0, MAX_TEXT_LENGTH) : '',
  };
}

function readField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The header's seconds; its other form, a date, is nothing that a peer's clock can be trusted with. */
function readRetryAfter(value: string | null): number {
  const seconds = value === null ? 0 : Number(value);
  return seconds > 0 ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : 0;
}
