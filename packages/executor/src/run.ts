import {
  hashText,
  type ErrorCode,
  type ExecutorHeader,
  type Limits,
  type LogLevel,
  type Message,
  type OpenHeader,
  type OutcomeError,
  type TurnInput,
  type TurnRecord,
} from '@isomux/protocol';
import type { AdmissionGate } from './admission.ts';
import { parseEmission, type EmittedCall, type Emission } from './emission.ts';
import type { Realm, TurnResult } from './engine.ts';
import type { RealmPool } from './realm-pool.ts';
import { LOG_LEVEL_LETTERS, PROGRAM_CHECK_PREFIX, PROGRAM_CHECK_SUFFIX, PROGRAM_PREFIX, PROGRAM_SUFFIX, type RealmConfig } from './realm-wire.ts';
import { createRunClock, type HostTime, type RunClock } from './run-clock.ts';
import { describeOutcome } from './run-outcomes.ts';
import { createRunTimers, type RunTimers } from './run-timers.ts';
import { encodeTurnInput, type QueuedInput } from './turn-input.ts';
import { compareTurn, type RecordedTurn } from './replay.ts';

/** What a run needs of the executor it belongs to. */
export interface RunHost {
  readonly gate: AdmissionGate;
  readonly realms: RealmPool;
  readonly time: HostTime;
  readonly minMemoryBytes: number;
  send(message: Message<ExecutorHeader>): void;
  /** Called once, when the outcome has been sent or the channel is gone. */
  ended(run: Run): void;
}

/** Everything an `open` message says, clamped. */
export interface RunRequest {
  readonly header: OpenHeader;
  readonly limits: Limits;
  readonly code: string;
  readonly tools: readonly string[];
  readonly env: string | null;
}

/** How much longer than the deadline a turn in progress may take to be interrupted by its engine before the realm is torn down. */
const INTERRUPT_GRACE_MS = 50;

/**
 * One run: from `open` to its outcome. It delivers inputs in turns, one turn at a time, and holds the run to its limits
 * from outside the realm. Every path ends in exactly one outcome message, unless the channel went first.
 */
export class Run {
  readonly id: string;
  readonly #host: RunHost;
  readonly #request: RunRequest;
  readonly #config: RealmConfig;
  readonly #clock: RunClock;
  readonly #timers: RunTimers;
  readonly #leftQueue: AbortController = new AbortController();
  #inputs: QueuedInput[] = [];
  readonly #replay: RecordedTurn[] = [];
  readonly #calls: Map<number, boolean> = new Map();
  #nextCallId = 0;
  #turn = 0;
  #logLines = 0;
  #logBytes = 0;
  #silentLines = 0;
  #queueWaitMs = 0;
  #admitted = false;
  #busy = false;
  #inTurn = false;
  #ended = false;
  #realm: Realm | undefined;
  #deadline: unknown;

  constructor(request: RunRequest, host: RunHost) {
    const { header, limits } = request;
    this.id = header.run;
    this.#host = host;
    this.#request = request;
    this.#config = {
      tools: request.tools,
      seed: header.seed,
      startMs: header.startMs,
      clock: header.clock,
      globals: header.globals,
      env: request.env,
      maxCalls: limits.maxCalls,
      maxArgumentBytes: limits.maxArgumentBytes,
      maxReturnBytes: limits.maxReturnBytes,
      maxLogBytes: limits.maxLogBytes,
      maxLogLines: limits.maxLogLines,
      maxTimers: limits.maxTimers,
    };
    this.#clock = createRunClock(host.time, header.startMs, header.spentMs);
    this.#timers = createRunTimers(host.time, () => header.startMs + this.#clock.wallMs(), (id) => this.#enqueue({ kind: 'timer', id }));
    this.#deadline = host.time.setTimer(() => this.#onDeadline(), Math.max(0, limits.wallMs - header.spentMs));
    if (header.replayTurns === 0) void this.#begin();
  }

  /** One recorded turn. Those promised by `open` arrive before anything else; the last one starts the run. */
  addReplay(turn: RecordedTurn): void {
    if (this.#ended) return;
    this.#replay.push(turn);
    if (this.#replay.length === this.#request.header.replayTurns) void this.#begin();
  }

  /** A tool's outcome. Unknown and already settled calls are ignored: a driver may repeat itself after a reconnect. */
  settle(id: number, ok: boolean, text: string): void {
    // A settlement for a call that a replay has yet to make is kept and delivered when the replay is through.
    const isToCome = id >= this.#nextCallId && this.#turn < this.#request.header.replayTurns && !this.#calls.has(id);
    if (this.#ended || (this.#calls.get(id) !== true && !isToCome)) return;
    this.#calls.set(id, false);
    this.#enqueue({ kind: 'settle', id, ok, text });
  }

  /** Ends the run now. */
  abort(code: 'ABORTED' | 'DISPOSED' | 'TIMEOUT'): void {
    this.#fail(code);
  }

  /** The channel is gone: stops without a word. */
  drop(): void {
    if (!this.#ended) this.#release();
  }

  async #begin(): Promise<void> {
    const { gate, realms, minMemoryBytes } = this.#host;
    const queuedAt = this.#clock.wallMs();
    if ((await gate.enter(this.#leftQueue.signal)) === 'overloaded') return this.#fail('OVERLOADED');
    if (this.#ended) return gate.leave();
    this.#admitted = true;
    this.#queueWaitMs = this.#clock.wallMs() - queuedAt;
    const { limits } = this.#request;
    let realm: Realm;
    try {
      realm = await realms.take({ memoryBytes: Math.max(limits.memoryBytes, minMemoryBytes), stackBytes: limits.stackBytes });
    } catch {
      return this.#fail('ENGINE_CRASHED', 'no realm could be made');
    }
    if (this.#ended) return realm.dispose();
    this.#realm = realm;
    realm.onEmit = (text) => this.#onEmit(text);
    this.#send({ type: 'started', run: this.id, queueWaitMs: this.#queueWaitMs });
    this.#busy = true;
    for (const recorded of this.#replay) {
      if (!(await this.#replayTurn(realm, recorded))) return;
    }
    this.#busy = false;
    if (this.#replay.length === 0) this.#inputs.unshift({ kind: 'start' });
    this.#timers.start();
    void this.#pump();
  }

  #enqueue(input: QueuedInput): void {
    if (this.#ended) return;
    this.#inputs.push(input);
    void this.#pump();
  }

  /** Takes turns until nothing is left to deliver. */
  async #pump(): Promise<void> {
    const realm = this.#realm;
    if (this.#busy || realm === undefined || this.#ended) return;
    this.#busy = true;
    this.#clock.noteWaiting(false);
    while (this.#inputs.length > 0) {
      const inputs = this.#takeInputs();
      const nowMs = this.#clock.advance();
      const result = await this.#deliver(realm, inputs, nowMs);
      if (this.#ended) return;
      const emission = this.#accept(result);
      if (emission === undefined) return;
      const calls = this.#register(emission, nowMs);
      if (result.kind === 'emitted') this.#logRejections(result.rejections);
      this.#report({ turn: this.#turn++, nowMs, inputs: inputs.map(withoutText), calls, logLines: this.#logLines }, emission);
      if (emission.done !== undefined) return void this.#finish(realm, emission);
    }
    this.#busy = false;
    const calling = this.#unsettled() > 0;
    this.#clock.noteWaiting(calling);
    if (!calling && this.#timers.pending === 0) this.#fail('STALLED');
  }

  /** Everything queued, up to and including the first timer: a timer's callback is a task of its own, as in browsers. */
  #takeInputs(): QueuedInput[] {
    const timer = this.#inputs.findIndex((input) => input.kind === 'timer');
    return this.#inputs.splice(0, timer === -1 ? this.#inputs.length : timer + 1);
  }

  async #deliver(realm: Realm, inputs: readonly QueuedInput[], nowMs: number): Promise<TurnResult> {
    const text = encodeTurnInput(inputs, nowMs, this.#config, this.#request.code);
    const { limits } = this.#request;
    const budgetMs = Math.min(limits.wallMs - this.#clock.wallMs(), limits.cpuMs - realm.cpuMs);
    this.#inTurn = true;
    const result = await realm.turn(text, Math.max(1, Math.ceil(budgetMs)));
    this.#inTurn = false;
    return result;
  }

  /** The turn's emission, or undefined when the run has ended over it. */
  #accept(result: TurnResult): Emission | undefined {
    switch (result.kind) {
      case 'emitted': {
        const emission = parseEmission(result.text, this.#config, this.#nextCallId);
        if (emission === undefined) this.#fail('ENGINE_CRASHED', 'the guest runtime broke its own rules');
        return emission;
      }
      case 'interrupted': {
        const { limits } = this.#request;
        this.#fail(this.#clock.wallMs() < limits.wallMs - 1 && limits.cpuMs < limits.wallMs ? 'CPU_TIMEOUT' : 'TIMEOUT');
        return undefined;
      }
      case 'memory':
        this.#fail('MEMORY_LIMIT');
        return undefined;
      case 'stack':
        this.#fail('STACK_OVERFLOW');
        return undefined;
      default:
        this.#fail('ENGINE_CRASHED');
        return undefined;
    }
  }

  /** Takes note of a turn's calls and timers. */
  #register(emission: Emission, nowMs: number): { id: number; tool: string; hash: string }[] {
    const calls = emission.calls.map(({ id, tool, argument }: EmittedCall) => ({ id, tool, hash: hashText(argument) }));
    for (const { id } of calls) if (!this.#calls.has(id)) this.#calls.set(id, true);
    this.#nextCallId += calls.length;
    for (const { id, delayMs } of emission.timersSet) this.#timers.set(id, nowMs, delayMs);
    for (const id of emission.timersCleared) this.#timers.clear(id);
    if (this.#timers.pending > this.#config.maxTimers) this.#fail('ENGINE_CRASHED', 'the guest runtime broke its own rules');
    return calls;
  }

  #unsettled(): number {
    let count = 0;
    for (const waiting of this.#calls.values()) if (waiting) count++;
    return count;
  }

  #report(record: TurnRecord, emission: Emission): void {
    this.#send({ type: 'turn', run: this.id, ...record }, emission.calls.map(({ argument }) => argument));
  }

  /** Delivers a recorded turn again and holds what comes out against the record; nothing of it is sent. */
  async #replayTurn(realm: Realm, recorded: RecordedTurn): Promise<boolean> {
    const { record, inputs } = recorded;
    this.#clock.set(record.nowMs);
    for (const input of inputs) {
      if (input.kind === 'timer') this.#timers.take(input.id);
      if (input.kind === 'settle') this.#calls.set(input.id, false);
    }
    this.#silentLines = record.logLines;
    const result = await this.#deliver(realm, inputs, record.nowMs);
    if (this.#ended) return false;
    const emission = this.#accept(result);
    if (emission === undefined) return false;
    const calls = this.#register(emission, record.nowMs);
    if (result.kind === 'emitted') this.#logRejections(result.rejections);
    const difference = compareTurn(record, this.#turn, calls, this.#logLines);
    if (difference !== undefined) {
      this.#fail('REPLAY_DIVERGED', difference);
      return false;
    }
    this.#turn++;
    if (emission.done === undefined) return true;
    this.#finish(realm, emission);
    return false;
  }

  #finish(realm: Realm, { done }: Emission): void {
    if (this.#ended || done === undefined) return;
    if (done.kind === 'syntax-error') return void this.#failSyntax(realm, done.message);
    if (done.kind === 'undefined') this.#end('undefined', []);
    else this.#end(done.kind, [done.text]);
  }

  async #failSyntax(realm: Realm, message: string): Promise<void> {
    const { code } = this.#request;
    const find = async (prefix: string, suffix: string): Promise<string> => {
      const place = await realm.locateSyntaxError?.(prefix + code + suffix);
      return place === undefined ? '' : `${place.line}:${Math.max(1, place.column - (place.line === 1 ? prefix.length : 0))}`;
    };
    let at = await find(PROGRAM_PREFIX, PROGRAM_SUFFIX);
    if (at === '') at = await find(`(()=>{${PROGRAM_CHECK_PREFIX}`, `${PROGRAM_CHECK_SUFFIX}})`);
    if (this.#ended) return;
    const text = at === '' ? message : `${message} (${at})`;
    const stack = `SyntaxError: ${text}${at === '' ? '' : `\n    at program.js:${at}`}`;
    this.#endFailure({ name: 'SyntaxError', message: text, stack, code: 'GUEST_SYNTAX_ERROR' });
  }

  #onEmit(text: string): void {
    if (this.#ended || typeof text !== 'string') return;
    const level = LOG_LEVEL_LETTERS[text[0] ?? ''];
    if (level !== undefined) this.#log(level, text.slice(1));
  }

  /** The runtime caps logs; this cap holds even if a guest got around it. Lines of replayed turns are only counted. */
  #log(level: LogLevel, line: string): void {
    const { maxLogLines, maxLogBytes } = this.#config;
    this.#logBytes += line.length;
    if (this.#logLines > maxLogLines + 2 || this.#logBytes > maxLogBytes + 4096) return;
    const seq = this.#logLines++;
    if (seq < this.#silentLines) return;
    this.#send({ type: 'log', run: this.id, turn: this.#turn, seq, levels: [level] }, [JSON.stringify(line)]);
  }

  #logRejections(rejections: readonly string[]): void {
    for (const rejection of rejections) this.#log('warn', `WARN: Unhandled promise rejection: ${rejection}`);
  }

  #onDeadline(): void {
    if (this.#ended) return;
    if (!this.#admitted) return this.#fail('QUEUE_TIMEOUT');
    if (!this.#busy) return this.#fail('TIMEOUT');
    this.#deadline = this.#host.time.setTimer(() => this.#fail('TIMEOUT'), INTERRUPT_GRACE_MS);
  }

  #fail(code: ErrorCode, detail?: string): void {
    if (!this.#ended) this.#endFailure(describeOutcome(code, this.#request.limits, detail));
  }

  #endFailure(error: OutcomeError): void {
    this.#end('failure', [JSON.stringify(error)]);
  }

  #end(status: 'value' | 'undefined' | 'failure', payloads: readonly string[]): void {
    if (this.#ended) return;
    this.#clock.noteWaiting(false);
    const stats = {
      cpuMs: this.#realm?.cpuMs ?? 0,
      wallMs: this.#clock.wallMs(),
      toolWaitMs: this.#clock.toolWaitMs,
      queueWaitMs: this.#queueWaitMs,
      heapBytes: this.#inTurn ? 0 : (this.#realm?.heapBytes ?? 0),
      turns: this.#turn,
    };
    this.#send({ type: 'outcome', run: this.id, status, stats }, payloads);
    this.#release();
  }

  #release(): void {
    this.#ended = true;
    this.#host.time.clearTimer(this.#deadline);
    this.#timers.stop();
    this.#leftQueue.abort();
    this.#inputs = [];
    this.#realm?.dispose();
    if (this.#admitted) this.#host.gate.leave();
    this.#host.ended(this);
  }

  #send(header: ExecutorHeader, payloads: readonly string[] = []): void {
    this.#host.send({ header, payloads });
  }
}

function withoutText(input: QueuedInput): TurnInput {
  return input.kind === 'settle' ? { kind: 'settle', id: input.id, ok: input.ok } : input;
}
