import {
  createChannelPair,
  DEFAULT_LIMITS,
  type DriverHeader,
  type ExecutorHeader,
  type IsomuxError,
  type Limits,
  type Message,
  type OpenHeader,
  type OutcomeError,
  type PreparationHeader,
  type RunStats,
  type TurnHeader,
} from '@isomux/protocol';
import type { Executor } from '../src/executor.ts';

/** What one run did, as its driver half saw it. */
export interface Recording {
  readonly messages: Message<ExecutorHeader>[];
  readonly logs: string[];
  readonly calls: { readonly id: number; readonly tool: string; readonly argument: string }[];
  readonly settlements: Map<number, { ok: boolean; text: string }>;
  status: 'value' | 'undefined' | 'failure' | 'pending';
  value: unknown;
  error: OutcomeError | undefined;
  stats: RunStats | undefined;
  /** Set when the channel was closed with a fault. */
  fault: IsomuxError | undefined;
}

export interface ScriptOptions {
  readonly tools?: Record<string, (argument: unknown) => unknown>;
  readonly limits?: Partial<Limits>;
  readonly header?: Partial<OpenHeader>;
  readonly env?: unknown;
  /** Prepared code, what it declares, and what differs from the usual in the header. */
  readonly prepare?: { readonly code: string; readonly tools?: readonly string[] } & Partial<PreparationHeader>;
  readonly replay?: readonly Message[];
  /** Answers the calls in place of the tools. */
  readonly answer?: (run: OpenRun, id: number) => void;
  /** Sees every message before it is handled; returning true drops it and everything after. */
  readonly cut?: (message: Message<ExecutorHeader>) => boolean;
}

/** A run whose driver half is the test. */
export interface OpenRun {
  readonly run: string;
  readonly recording: Recording;
  /** Settles with the outcome, or when the channel has closed. */
  readonly ended: Promise<Recording>;
  send(header: DriverHeader, payloads?: readonly string[]): void;
  settle(id: number, value: unknown): void;
  fail(id: number, error: { readonly name: string; readonly message: string; readonly code?: string }): void;
  abort(code: 'ABORTED' | 'DISPOSED' | 'TIMEOUT'): void;
  /** Closes the channel. */
  drop(): void;
}

export const SEED: string = '0123456789abcdef'.repeat(4);
export const START_MS = 1_700_000_000_000;
/** Where the clock of a preparation stands. */
export const PREPARED_MS = 1_600_000_000_000;

let runs = 0;

/** Opens one run on a channel of its own and records what comes back. `seen` is called with every message after it was recorded. */
export function openRun(
  executor: Executor,
  code: string,
  options: ScriptOptions = {},
  seen: (message: Message<ExecutorHeader>) => void = () => {},
): OpenRun {
  const [near, far] = createChannelPair();
  executor.attach(far);
  const run = `r${runs++}`;
  const recording: Recording = {
    messages: [],
    logs: [],
    calls: [],
    settlements: new Map(),
    status: 'pending',
    value: undefined,
    error: undefined,
    stats: undefined,
    fault: undefined,
  };
  const header: OpenHeader = {
    type: 'open',
    run,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    startMs: START_MS,
    spentMs: 0,
    clock: 'logical',
    globals: 'agent',
    seed: SEED,
    replayTurns: options.replay?.length ?? 0,
    ...preparationOf(options),
    ...options.header,
  };
  let over = false;
  let resolveEnded: (recording: Recording) => void;
  const ended = new Promise<Recording>((resolve) => (resolveEnded = resolve));
  near.listen({
    closed: (fault) => {
      recording.fault = fault;
      resolveEnded(recording);
    },
    message: (raw) => {
      const message = raw as Message<ExecutorHeader>;
      if (over) return;
      if (options.cut?.(message) === true) {
        over = true;
        near.close();
        return;
      }
      record(recording, message);
      seen(message);
      // The channel stays open: a message after the outcome would be recorded, and be a test's failure.
      if (message.header.type === 'outcome') resolveEnded(recording);
    },
  });
  const send = (sent: DriverHeader, payloads: readonly string[] = []): void => near.send({ header: sent, payloads });
  const tools = JSON.stringify(Object.keys(options.tools ?? {}));
  const prepared = options.prepare === undefined ? [] : [JSON.stringify(options.prepare.code), JSON.stringify(options.prepare.tools ?? [])];
  send(header, [JSON.stringify(code), tools, JSON.stringify(options.env ?? null), ...prepared]);
  for (const message of options.replay ?? []) send({ ...message.header, run } as DriverHeader, message.payloads);
  const settleText = (id: number, ok: boolean, text: string): void => {
    recording.settlements.set(id, { ok, text });
    send({ type: 'settle', run, calls: [{ id, ok }] }, [text]);
  };
  return {
    run,
    recording,
    ended,
    send,
    settle: (id, value) => settleText(id, true, JSON.stringify(value) ?? ''),
    fail: (id, error) => settleText(id, false, JSON.stringify(error)),
    abort: (code) => send({ type: 'abort', run, code }),
    drop: () => near.close(),
  };
}

function preparationOf({ prepare, env }: ScriptOptions): Pick<OpenHeader, 'preparation'> {
  if (prepare === undefined) return {};
  const { code: _, tools: __, ...header } = prepare;
  const usual = {
    startMs: PREPARED_MS,
    seed: 'f'.repeat(64),
    wallMs: 2_000,
    maxCodeBytes: 1_000_000,
    env: env !== undefined,
    trial: false,
  };
  return { preparation: { ...usual, ...header } };
}

function record(recording: Recording, message: Message<ExecutorHeader>): void {
  const { header, payloads } = message;
  if (header.type === 'hello') return;
  recording.messages.push(message);
  if (header.type === 'log') recording.logs.push(...payloads.map((line) => JSON.parse(line) as string));
  if (header.type === 'turn') {
    for (const [index, { id, tool }] of header.calls.entries()) recording.calls.push({ id, tool, argument: payloads[index] ?? '' });
  }
  if (header.type !== 'outcome') return;
  recording.status = header.status;
  recording.stats = header.stats;
  if (header.status === 'value') recording.value = JSON.parse(payloads[0] ?? '');
  if (header.status === 'failure') recording.error = JSON.parse(payloads[0] ?? '') as OutcomeError;
}

/** Runs one program on an executor by hand-written messages: the smallest driver half there can be. */
export async function runScript(executor: Executor, code: string, options: ScriptOptions = {}): Promise<Recording> {
  const open = openRun(executor, code, options, ({ header, payloads }) => {
    if (header.type !== 'turn') return;
    for (const [index, { id, tool }] of header.calls.entries()) {
      if (options.answer === undefined) void call(id, options.tools?.[tool], payloads[index] ?? '');
      else options.answer(open, id);
    }
  });
  async function call(id: number, tool: ((argument: unknown) => unknown) | undefined, argument: string): Promise<void> {
    let value: unknown;
    try {
      value = await tool?.(JSON.parse(argument));
    } catch (error) {
      const { name, message, code: errorCode } = error as Error & { code?: string };
      open.fail(id, errorCode === undefined ? { name, message } : { name, message, code: errorCode });
      return;
    }
    open.settle(id, value);
  }
  const recording = await open.ended;
  open.drop();
  return recording;
}

/** The turn reports of a run, in order. */
export function turnsOf(recording: Recording): TurnHeader[] {
  return recording.messages.flatMap(({ header }) => (header.type === 'turn' ? [header] : []));
}

/** The kinds of the messages of a run, in order. */
export function typesOf(recording: Recording): string[] {
  return recording.messages.map(({ header }) => header.type);
}
