/** One row of the error table: who is at fault, whether the run is over, whether trying again can help. */
export interface ErrorCodeEntry {
  /** `guest`: the program did it. `host`: the caller did it. `infrastructure`: neither did. */
  readonly origin: 'guest' | 'host' | 'infrastructure';
  /** `outcome`: arrives as data in a result. `guest`: thrown inside the guest, which may catch it. `thrown`: rejects a host call. */
  readonly delivery: 'outcome' | 'guest' | 'thrown';
  /** True when the same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
  /** What `error.name` is for this code. */
  readonly name: string;
  /** One sentence for people. */
  readonly summary: string;
}

/**
 * Every code Isomux itself can put on an error, and nothing else. A guest's own `error.code` may be any string; these
 * are only ever set by the executor or the driver.
 */
export const ERROR_CODES = {
  GUEST_SYNTAX_ERROR: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'SyntaxError',
    summary: 'The program is not valid JavaScript function-body text.',
  },
  RESULT_NOT_SERIALIZABLE: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'SerializationError',
    summary: 'The returned value has no JSON form.',
  },
  RETURN_TOO_LARGE: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'SerializationError',
    summary: 'The returned value is over maxReturnBytes.',
  },
  CODE_TOO_LARGE: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'CodeLimitError',
    summary: 'The program is over maxCodeBytes.',
  },
  TIMEOUT: { origin: 'guest', delivery: 'outcome', retryable: false, name: 'TimeoutError', summary: 'The run used up its wall budget.' },
  CPU_TIMEOUT: { origin: 'guest', delivery: 'outcome', retryable: false, name: 'TimeoutError', summary: 'The run used up its CPU budget.' },
  QUEUE_TIMEOUT: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: true,
    name: 'TimeoutError',
    summary: 'The wall budget passed while the run waited for a free place.',
  },
  STALLED: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'StalledError',
    summary: 'The program waits for something that can never happen.',
  },
  MEMORY_LIMIT: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'MemoryLimitError',
    summary: 'The program used more memory than memoryBytes.',
  },
  STACK_OVERFLOW: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'StackOverflowError',
    summary: 'The program recursed past its stack and did not catch it.',
  },
  ABORTED: { origin: 'host', delivery: 'outcome', retryable: false, name: 'AbortError', summary: 'An AbortSignal ended the run.' },
  DISPOSED: { origin: 'host', delivery: 'outcome', retryable: false, name: 'DisposedError', summary: 'The context was disposed.' },
  OVERLOADED: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: true,
    name: 'OverloadedError',
    summary: 'The executor runs and queues as many runs as it may.',
  },
  ENGINE_CRASHED: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: false,
    name: 'EngineCrashedError',
    summary: 'The engine died under this run.',
  },
  EXECUTOR_LOST: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: true,
    name: 'ExecutorLostError',
    summary: 'The executor went away and the run could not be recovered.',
  },
  UNREACHABLE: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: true,
    name: 'UnreachableError',
    summary: 'No executor could be reached.',
  },
  UNAUTHORIZED: {
    origin: 'host',
    delivery: 'outcome',
    retryable: false,
    name: 'UnauthorizedError',
    summary: 'The executor does not accept the authorization.',
  },
  DRAINING: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: true,
    name: 'DrainingError',
    summary: 'The executor is shutting down and begins no more runs.',
  },
  TOOL_ROUND_LIMIT: {
    origin: 'guest',
    delivery: 'outcome',
    retryable: false,
    name: 'MaxRoundsExceeded',
    summary: 'The program needed more rounds of tool calls than maxToolRounds.',
  },
  REPLAY_DIVERGED: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: false,
    name: 'ReplayError',
    summary: 'A replayed run did something other than its ledger says.',
  },
  PROTOCOL_ERROR: {
    origin: 'infrastructure',
    delivery: 'outcome',
    retryable: false,
    name: 'ProtocolError',
    summary: 'A peer sent a message that breaks the protocol.',
  },
  TOOL_CALL_LIMIT: {
    origin: 'guest',
    delivery: 'guest',
    retryable: false,
    name: 'ToolLimitError',
    summary: 'The program made more than maxCalls tool calls.',
  },
  ARGUMENT_TOO_LARGE: {
    origin: 'guest',
    delivery: 'guest',
    retryable: false,
    name: 'ToolLimitError',
    summary: 'A tool argument is over maxArgumentBytes.',
  },
  TOOL_RESULT_TOO_LARGE: {
    origin: 'host',
    delivery: 'guest',
    retryable: false,
    name: 'ToolLimitError',
    summary: 'A tool result is over maxResultBytes.',
  },
  ARGUMENT_NOT_SERIALIZABLE: {
    origin: 'guest',
    delivery: 'guest',
    retryable: false,
    name: 'TypeError',
    summary: 'A tool argument has no JSON form.',
  },
  TOOL_RESULT_NOT_SERIALIZABLE: {
    origin: 'host',
    delivery: 'guest',
    retryable: false,
    name: 'TypeError',
    summary: 'A tool result has no JSON form.',
  },
  TIMER_LIMIT: {
    origin: 'guest',
    delivery: 'guest',
    retryable: false,
    name: 'TimerLimitError',
    summary: 'The program has more than maxTimers timers at once.',
  },
  NOT_IN_PREPARATION: {
    origin: 'guest',
    delivery: 'guest',
    retryable: false,
    name: 'PreparationError',
    summary: 'Prepared code called a tool, or set a timer, before there was a run.',
  },
  PREPARATION_FAILED: {
    origin: 'guest',
    delivery: 'thrown',
    retryable: false,
    name: 'PreparationError',
    summary: 'The code given to prepare could not be evaluated.',
  },
  INVALID_OPTION: {
    origin: 'host',
    delivery: 'thrown',
    retryable: false,
    name: 'IsomuxError',
    summary: 'An option has a value that is not allowed.',
  },
  TOOL_NAME_INVALID: {
    origin: 'host',
    delivery: 'thrown',
    retryable: false,
    name: 'IsomuxError',
    summary: 'A tool cannot be offered under this name.',
  },
  DRIVER_CLOSED: { origin: 'host', delivery: 'thrown', retryable: false, name: 'IsomuxError', summary: 'The driver was closed.' },
  ENGINE_UNAVAILABLE: {
    origin: 'infrastructure',
    delivery: 'thrown',
    retryable: false,
    name: 'IsomuxError',
    summary: 'The engine cannot be loaded on this machine.',
  },
  FRAME_INVALID: {
    origin: 'infrastructure',
    delivery: 'thrown',
    retryable: false,
    name: 'IsomuxError',
    summary: 'Bytes on a channel are not a frame of this protocol.',
  },
  VERSION_MISMATCH: {
    origin: 'infrastructure',
    delivery: 'thrown',
    retryable: false,
    name: 'IsomuxError',
    summary: 'The two halves speak different versions of the protocol.',
  },
} as const;

/** A code of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The same table without its literal types; a row that is no {@link ErrorCodeEntry} is a type error here. */
const ENTRIES: Readonly<Record<ErrorCode, ErrorCodeEntry>> = ERROR_CODES;

/** Narrows an unknown value to a code of the table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

/** A failure as data: TanStack's `NormalizedError`. Always plain strings, whatever the guest threw. */
export interface OutcomeError {
  readonly name: string;
  readonly message: string;
  /** Guest frames only, positions in the guest's own source. */
  readonly stack?: string;
  /** A code of {@link ERROR_CODES}, or the guest's own `code`. */
  readonly code?: string;
  /** With `PREPARATION_FAILED`: what the prepared code threw, or the limit it met. */
  readonly cause?: OutcomeError;
}

const BRAND: unique symbol = Symbol.for('isomux.error');

/**
 * What Isomux throws when the *host* misuses it or infrastructure is missing. Guest failures never arrive this way.
 * Branded through the global symbol registry: {@link isIsomuxError} also knows errors of another installed copy.
 */
export class IsomuxError extends Error {
  /** What went wrong, from the one table. Decide by this, never by `message`. */
  readonly code: ErrorCode;

  static {
    // Not a declared property: isolated declarations cannot name it.
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'IsomuxError';
    this.code = code;
  }
}

/** True for an {@link IsomuxError} of this or any other installed copy of the package. */
export function isIsomuxError(value: unknown): value is IsomuxError {
  return typeof value === 'object' && value !== null && BRAND in value && value[BRAND] === true;
}

/** Makes the outcome error for a code, with the table's name. The message says what happened, the limit, and the way out. */
export function createOutcomeError(code: ErrorCode, message: string, stack?: string): OutcomeError {
  const name = ENTRIES[code].name;
  return { name, message, stack: stack ?? `${name}: ${message}`, code };
}
