import { IsomuxError } from '@isomux/protocol';
import type { CallRecord, Limits } from '@isomux/protocol';
import type { RunEventDetail } from './events.ts';
import type { ToolBinding, ToolContext } from './isolate-driver.ts';
import type { CallTiming } from './result.ts';
import { settleWithResult, settleWithThrown } from './settlement.ts';
import type { Settlement } from './settlement.ts';
import { isOverBytes } from './text-size.ts';
import { roundMs } from './timers.ts';

/** A call as the guest made it, checked and parsed. */
export interface CheckedCall {
  readonly id: number;
  readonly tool: string;
  readonly binding: ToolBinding;
  readonly args: unknown;
  readonly argumentLength: number;
}

/** A call and what it came to. */
export interface SettledCall {
  readonly id: number;
  readonly settlement: Settlement;
}

/** What tool calls need of their run. */
export interface ToolCallsHost {
  /** Milliseconds since `execute()`. */
  elapsedMs(): number;
  emit(detail: RunEventDetail): void;
  /** Receives calls that settled in the same tick, in the order in which they settled. */
  settled(batch: readonly SettledCall[]): void;
}

/**
 * Microtasks to wait, since the last call settled, before the settled ones are passed on: tools that finish in the same
 * tick, some a few promises later than others, then cross in one message, and none waits for a timer.
 */
const QUIET_MICROTASKS = 12;

type MutableTiming = { -readonly [K in keyof CallTiming]: CallTiming[K] };

/**
 * Runs the tools of one run: in the order of the calls, up to `maxCallsInFlight` at once, each call at most once. After
 * `stop` nothing of a tool that is still busy has any effect.
 */
export class ToolCalls {
  readonly #tools: ReadonlyMap<string, ToolBinding>;
  readonly #limits: Limits;
  readonly #host: ToolCallsHost;
  /** Made for the first tool that is called. */
  #ended: AbortController | undefined;
  readonly #timings: MutableTiming[] = [];
  /** Calls not started yet, from `#dueFrom` on. */
  #due: CheckedCall[] = [];
  #dueFrom = 0;
  #nextId = 0;
  #inFlight = 0;
  #stopped = false;
  #outbox: SettledCall[] = [];
  #quiet = 0;
  #waitMs = 0;
  #waitSinceMs = 0;

  constructor(tools: ReadonlyMap<string, ToolBinding>, limits: Limits, host: ToolCallsHost) {
    this.#tools = tools;
    this.#limits = limits;
    this.#host = host;
  }

  /** The tools that were called so far. */
  get timings(): readonly CallTiming[] {
    return this.#timings;
  }

  /** How long at least one tool was running. */
  get waitMs(): number {
    return roundMs(this.#waitMs + (this.#inFlight > 0 ? this.#host.elapsedMs() - this.#waitSinceMs : 0));
  }

  /** Checks and parses one turn's calls. Has no effect; throws `PROTOCOL_ERROR` when they cannot be the run's next calls. */
  check(calls: readonly CallRecord[], payloads: readonly string[]): readonly CheckedCall[] {
    return calls.map((call, index) => {
      const id = this.#nextId + index;
      if (call.id !== id) throw breach(`tool call ${id} was due; the executor sent call ${call.id}`);
      if (id >= this.#limits.maxCalls) throw breach('the executor sent more tool calls than maxCalls');
      const binding = this.#tools.get(call.tool);
      if (binding === undefined) throw breach(`call ${id} is to a tool that was not offered`);
      const text = payloads[index] ?? '';
      if (isOverBytes(text, this.#limits.maxArgumentBytes)) throw breach(`the argument of call ${id} is over maxArgumentBytes`);
      return { id, tool: call.tool, binding, args: parseArgument(text, id), argumentLength: text.length };
    });
  }

  /** Starts checked calls, or queues them. */
  begin(calls: readonly CheckedCall[]): void {
    this.#nextId += calls.length;
    this.#due = this.#due.slice(this.#dueFrom).concat(calls);
    this.#dueFrom = 0;
    this.#startDue();
  }

  /** The run has ended: tools are told through their signal, and are not heard any more. Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#waitMs = this.waitMs;
    this.#stopped = true;
    this.#inFlight = 0;
    this.#due = [];
    this.#outbox = [];
    this.#ended?.abort();
  }

  #startDue(): void {
    while (!this.#stopped && this.#inFlight < this.#limits.maxCallsInFlight) {
      const call = this.#due[this.#dueFrom];
      if (call === undefined) return;
      this.#dueFrom++;
      this.#start(call);
    }
  }

  #start(call: CheckedCall): void {
    const { id, tool, args } = call;
    if (this.#inFlight++ === 0) this.#waitSinceMs = this.#host.elapsedMs();
    this.#host.emit({ type: 'tool-call', id, tool, args });
    // The observer may have ended the run, and then the tool must not run.
    if (this.#stopped) return;
    const timing: MutableTiming = { id, tool, startedMs: this.#host.elapsedMs(), argumentLength: call.argumentLength };
    this.#timings.push(timing);
    const context: ToolContext = {
      abortSignal: (this.#ended ??= new AbortController()).signal,
      emitCustomEvent: (name, value) => this.#host.emit({ type: 'tool-event', id, tool, name, value }),
    };
    new Promise<unknown>((resolve) => resolve(call.binding.execute(args, context))).then(
      (result) => this.#finish(timing, () => settleWithResult(tool, result, this.#limits.maxResultBytes), result),
      (thrown: unknown) => this.#finish(timing, () => settleWithThrown(thrown), undefined),
    );
  }

  #finish(timing: MutableTiming, settle: () => Settlement, result: unknown): void {
    if (this.#stopped) return;
    const settlement = settle();
    // Serialising runs `toJSON` of the host's values, which may have ended the run.
    if (this.#stopped) return;
    timing.endedMs = this.#host.elapsedMs();
    timing.ok = settlement.ok;
    timing.resultLength = settlement.text.length;
    if (--this.#inFlight === 0) this.#waitMs += timing.endedMs - this.#waitSinceMs;
    this.#post({ id: timing.id, settlement });
    const { id, tool } = timing;
    const durationMs = roundMs(timing.endedMs - timing.startedMs);
    this.#host.emit(
      settlement.ok
        ? { type: 'tool-result', id, tool, result, durationMs }
        : { type: 'tool-error', id, tool, error: settlement.error, durationMs },
    );
    this.#startDue();
  }

  #post(call: SettledCall): void {
    this.#quiet = 0;
    if (this.#outbox.push(call) === 1) queueMicrotask(() => this.#waitForQuiet());
  }

  #waitForQuiet(): void {
    if (this.#stopped) return;
    if (this.#quiet++ < QUIET_MICROTASKS) {
      queueMicrotask(() => this.#waitForQuiet());
      return;
    }
    const batch = this.#outbox;
    this.#outbox = [];
    this.#host.settled(batch);
  }
}

function parseArgument(text: string, id: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new IsomuxError('PROTOCOL_ERROR', `the argument of call ${id} is not JSON`, { cause });
  }
}

function breach(message: string): IsomuxError {
  return new IsomuxError('PROTOCOL_ERROR', message);
}
