import {
  describeOutcome,
  hashText,
  type CallRecord,
  type ErrorCode,
  type ExecutorHeader,
  type Limits,
  type LogLevel,
  type Message,
  type OpenHeader,
  type OutcomeError,
  type TurnInput,
} from '@isomux/protocol';
import type { AdmissionGate } from './admission.ts';
import { parseEmission, type EmittedDone, type Emission } from './emission.ts';
import type { Realm, TurnResult } from './engine.ts';
import { globalsTurn } from './globals-turn.ts';
import { judgePreparation, type Preparation } from './preparation.ts';
import { createRealmConfig } from './realm-config.ts';
import type { RealmPool } from './realm-pool.ts';
import { LOG_LEVEL_LETTERS, programBody, type RealmConfig } from './realm-wire.ts';
import { createRunCalls, type RunCalls } from './run-calls.ts';
import { createRunClock, type HostTime, type RunClock } from './run-clock.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import { createRunTimers, type RunTimers } from './run-timers.ts';
import { describeSyntaxError, PROGRAM_WRAPPING } from './syntax-error.ts';
import { countTurnInputs, encodeTurnInput, type QueuedInput } from './turn-input.ts';
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
  /** What the realm begins with. */
  readonly preparation: Preparation | undefined;
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
  readonly #body: string;
  readonly #clock: RunClock;
  readonly #timers: RunTimers;
  readonly #leftQueue: AbortController = new AbortController();
  readonly #calls: RunCalls = createRunCalls();
  readonly #log: RunLog;
  readonly #replay: RecordedTurn[] = [];
  /** From the start until the last recorded turn is through: nothing that happens is sent, and settlements wait. */
  #replaying: boolean;
  #inputs: QueuedInput[] = [];
  #turn = 0;
  #queueWaitMs = 0;
  #queued = false;
  #admitted = false;
  #busy = false;
  #inTurn = false;
  #ended = false;
  #realm: Realm | undefined;
  /** Spent on the preparation, which is nobody's. */
  #cpuMsBefore = 0;
  #deadline: unknown;

  constructor(request: RunRequest, host: RunHost) {
    const { header, limits } = request;
    this.id = header.run;
    this.#host = host;
    this.#request = request;
    this.#body = programBody(request.code);
    this.#config = createRealmConfig(request);
    this.#replaying = header.replayTurns > 0;
    this.#log = createRunLog(limits, (seq, level, line) => this.#sendLine(seq, level, line));
    this.#clock = createRunClock(host.time, header.startMs, header.spentMs);
    this.#timers = createRunTimers(
      host.time,
      () => header.startMs + this.#clock.wallMs(),
      (id) => this.#enqueue({ kind: 'timer', id }),
    );
    this.#deadline = host.time.setTimer(() => this.#onDeadline(), Math.max(0, limits.wallMs - header.spentMs));
    if (!this.#replaying) void this.#begin();
  }

  /** One recorded turn. Those promised by `open` arrive before anything else; the last one starts the run. False for one too many. */
  addReplay(turn: RecordedTurn): boolean {
    const { replayTurns } = this.#request.header;
    if (this.#replay.length >= replayTurns) return false;
    this.#replay.push(turn);
    if (this.#replay.length === replayTurns && !this.#ended) void this.#begin();
    return true;
  }

  /** A tool's outcome. Unknown and already settled calls are ignored: a driver may repeat itself after a reconnect. */
  settle(id: number, ok: boolean, text: string): void {
    // While a replay is under way its call may not have been made yet: looked at when the replay is through.
    if (this.#replaying) this.#inputs.push({ kind: 'settle', id, ok, text });
    else if (this.#calls.settle(id)) this.#enqueue({ kind: 'settle', id, ok, text });
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
    this.#queued = true;
    if ((await gate.enter(this.#leftQueue.signal)) === 'overloaded') return this.#fail('OVERLOADED');
    if (this.#ended) return gate.leave();
    this.#admitted = true;
    this.#queueWaitMs = this.#clock.wallMs() - queuedAt;
    const { limits, preparation } = this.#request;
    const memoryBytes = Math.max(limits.memoryBytes, minMemoryBytes);
    // A trial takes the turn itself: it wants the console lines, which an engine's own preparation does not keep.
    const isBare = preparation === undefined || preparation.trial;
    const ahead = isBare ? globalsTurn(this.#config.globals, this.#config.clock) : preparation.turn;
    let realm: Realm;
    try {
      realm = await realms.take({ memoryBytes, stackBytes: limits.stackBytes, preparation: ahead });
    } catch {
      return this.#fail('ENGINE_CRASHED', 'no realm could be made');
    }
    if (this.#ended) return realm.dispose();
    this.#realm = realm;
    if (isBare && realm.prepared !== undefined && realm.prepared.kind !== 'emitted')
      return this.#fail('ENGINE_CRASHED', 'no realm could be made');
    if (preparation !== undefined && !(await this.#prepare(realm, preparation))) return;
    realm.onEmit = (text) => this.#onEmit(text);
    if (!this.#replaying) this.#inputs.push({ kind: 'start' });
    else if (!(await this.#replayAll(realm))) return;
    this.#timers.start();
    // Takes its first turn when this is done. A channel that writes then, too, writes after the turn is under way.
    void this.#pump();
    // Also says that a replay is through: until then the driver half must take the run for one that is executing.
    this.#send({ type: 'started', run: this.id, queueWaitMs: this.#queueWaitMs });
  }

  /** Sees that the realm is prepared: as its engine did it or, where that left it to us, now. False when the run is over. */
  async #prepare(realm: Realm, preparation: Preparation): Promise<boolean> {
    const { turn, trial } = preparation;
    if (trial) {
      realm.onEmit = (text) => this.#onEmit(text);
      this.#send({ type: 'started', run: this.id, queueWaitMs: this.#queueWaitMs });
    }
    const done = trial ? undefined : realm.prepared;
    const result = done ?? (await this.#enter(realm, turn.input, turn.timeoutMs, 'TIMEOUT'));
    if (this.#ended) return false;
    const failure = await judgePreparation(realm, result, preparation, this.#request.limits);
    if (this.#ended) return false;
    if (failure !== undefined) this.#endFailure(failure);
    else if (trial) this.#end('undefined', []);
    this.#cpuMsBefore = realm.cpuMs;
    return failure === undefined && !trial;
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
    // What arrived together is delivered together: the rest of it is queued before the first turn begins.
    await Promise.resolve();
    if (this.#ended) return;
    while (this.#inputs.length > 0) {
      const inputs = this.#inputs.splice(0, countTurnInputs(this.#inputs));
      const nowMs = this.#clock.advance();
      const emission = await this.#takeTurn(realm, inputs, nowMs);
      if (emission === undefined) return;
      const record = {
        turn: this.#turn++,
        nowMs,
        inputs: inputs.map(withoutText),
        calls: recordCalls(emission),
        logLines: this.#log.lines,
      };
      this.#send(
        { type: 'turn', run: this.id, ...record },
        emission.calls.map(({ argument }) => argument),
      );
      if (emission.done !== undefined) return void this.#finish(realm, emission.done);
    }
    this.#busy = false;
    const calling = this.#calls.unsettled > 0;
    this.#clock.noteWaiting(calling);
    if (!calling && this.#timers.pending === 0) this.#fail('STALLED');
  }

  /** Delivers one turn's inputs and takes note of what comes out. Undefined when the run has ended over it. */
  async #takeTurn(realm: Realm, inputs: readonly QueuedInput[], nowMs: number): Promise<Emission | undefined> {
    const { limits } = this.#request;
    const cpuMs = realm.cpuMs - this.#cpuMsBefore;
    // Where the host's clock stands still while guests execute, what they have executed is all there is to know of the time.
    const wallLeftMs = limits.wallMs - Math.max(this.#clock.wallMs(), cpuMs);
    const cpuLeftMs = limits.cpuMs - cpuMs;
    const scarce = cpuLeftMs < wallLeftMs ? 'CPU_TIMEOUT' : 'TIMEOUT';
    const budgetMs = Math.min(wallLeftMs, cpuLeftMs);
    if (budgetMs <= 0) return this.#fail(scarce);
    const result = await this.#enter(realm, encodeTurnInput(inputs, nowMs, this.#config, this.#body), Math.ceil(budgetMs), scarce);
    if (this.#ended) return undefined;
    switch (result.kind) {
      case 'emitted':
        return this.#accept(result.text, result.rejections, nowMs);
      case 'interrupted':
        return this.#fail(scarce);
      case 'memory':
        return this.#fail('MEMORY_LIMIT');
      case 'stack':
        return this.#fail('STACK_OVERFLOW');
      case 'lost':
        return this.#lose();
      default:
        return this.#fail('ENGINE_CRASHED');
    }
  }

  async #enter(realm: Realm, text: string, budgetMs: number, scarce: 'CPU_TIMEOUT' | 'TIMEOUT'): Promise<TurnResult> {
    const { time } = this.#host;
    // The wall budget has its own timer. An engine that does not heed the CPU budget is stopped from outside, too.
    const watchdog = scarce === 'CPU_TIMEOUT' ? time.setTimer(() => this.#fail(scarce), budgetMs + INTERRUPT_GRACE_MS) : undefined;
    this.#inTurn = true;
    try {
      return await realm.turn(text, budgetMs);
    } catch (error) {
      return { kind: 'crashed', detail: String(error) };
    } finally {
      this.#inTurn = false;
      if (watchdog !== undefined) time.clearTimer(watchdog);
    }
  }

  #accept(text: string, rejections: readonly string[], nowMs: number): Emission | undefined {
    const emission = parseEmission(text, this.#config, this.#calls.next);
    if (emission === undefined) return this.#failRuntime();
    this.#calls.add(emission.calls.length);
    for (const { id, delayMs } of emission.timersSet) this.#timers.set(id, nowMs, delayMs);
    for (const id of emission.timersCleared) this.#clearTimer(id);
    if (this.#timers.pending > this.#config.maxTimers) return this.#failRuntime();
    for (const rejection of rejections) this.#log.write('warn', `WARN: Unhandled promise rejection: ${rejection}`);
    return emission;
  }

  /** Also one that has fired and waits for its turn: it would do nothing but make an empty one. */
  #clearTimer(id: number): void {
    if (this.#timers.clear(id)) return;
    const queued = this.#inputs.findIndex((input) => input.kind === 'timer' && input.id === id);
    if (queued !== -1) this.#inputs.splice(queued, 1);
  }

  async #replayAll(realm: Realm): Promise<boolean> {
    this.#busy = true;
    for (const [index, recorded] of this.#replay.entries()) {
      const difference = await this.#replayTurn(realm, recorded, index === this.#replay.length - 1);
      if (this.#ended) return false;
      if (difference !== undefined) {
        this.#fail('REPLAY_DIVERGED', difference);
        return false;
      }
    }
    this.#busy = false;
    this.#replaying = false;
    this.#inputs = this.#inputs.filter((input) => input.kind === 'settle' && this.#calls.settle(input.id));
    return true;
  }

  /** Delivers a recorded turn again and holds what comes out against the record, in words where it differs. Ends the run where it ended. */
  async #replayTurn(realm: Realm, { record, inputs }: RecordedTurn, isLast: boolean): Promise<string | undefined> {
    this.#clock.set(record.nowMs);
    for (const input of inputs) {
      if (input.kind === 'timer' && !this.#timers.take(input.id)) return `turn ${record.turn} fires timer ${input.id}, which is not set`;
      if (input.kind === 'settle' && !this.#calls.settle(input.id))
        return `turn ${record.turn} settles call ${input.id}, which is not waiting`;
    }
    const emission = await this.#takeTurn(realm, inputs, record.nowMs);
    if (emission === undefined) return undefined;
    const difference = compareTurn(record, this.#turn, recordCalls(emission), this.#log.lines);
    if (difference !== undefined) return difference;
    this.#turn++;
    if (emission.done === undefined) return undefined;
    if (!isLast) return `the program ended in turn ${record.turn}`;
    await this.#finish(realm, emission.done);
    return undefined;
  }

  async #finish(realm: Realm, done: EmittedDone): Promise<void> {
    if (done.kind === 'undefined') return this.#end('undefined', []);
    if (done.kind !== 'syntax-error') return this.#end(done.kind, [done.text]);
    this.#endFailure(await describeSyntaxError(realm, this.#body, done.message, PROGRAM_WRAPPING));
  }

  #onEmit(text: string): void {
    if (this.#ended || typeof text !== 'string') return;
    const letter = text[0] ?? '';
    const level = Object.hasOwn(LOG_LEVEL_LETTERS, letter) ? LOG_LEVEL_LETTERS[letter] : undefined;
    if (level !== undefined) this.#log.write(level, text.slice(1));
  }

  #sendLine(seq: number, level: LogLevel, line: string): void {
    if (!this.#replaying) this.#send({ type: 'log', run: this.id, turn: this.#turn, seq, levels: [level] }, [JSON.stringify(line)]);
  }

  #onDeadline(): void {
    if (this.#ended) return;
    if (!this.#admitted) return this.#fail(this.#queued ? 'QUEUE_TIMEOUT' : 'TIMEOUT');
    if (!this.#busy) return this.#fail('TIMEOUT');
    this.#deadline = this.#host.time.setTimer(() => this.#fail('TIMEOUT'), INTERRUPT_GRACE_MS);
  }

  #fail(code: ErrorCode, detail?: string): undefined {
    this.#endFailure(describeOutcome(code, this.#request.limits, detail));
  }

  /** The realm went without a word of why. The driver half may replay the run, as one whose whole place has gone. */
  #lose(): undefined {
    if (this.#ended) return;
    this.#send({ type: 'lost', run: this.id, code: 'ENGINE_CRASHED', suspect: true, alone: true });
    this.#release();
  }

  #failRuntime(): undefined {
    this.#fail('ENGINE_CRASHED', 'the guest runtime broke its own rules');
  }

  #endFailure(error: OutcomeError): void {
    this.#end('failure', [JSON.stringify(error)]);
  }

  #end(status: 'value' | 'undefined' | 'failure', payloads: readonly string[]): void {
    if (this.#ended) return;
    this.#clock.noteWaiting(false);
    const stats = {
      cpuMs: Math.max(0, (this.#realm?.cpuMs ?? 0) - this.#cpuMsBefore),
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
    this.#inputs = [];
    this.#realm?.dispose();
    if (this.#admitted) this.#host.gate.leave();
    else this.#leftQueue.abort();
    this.#host.ended(this);
  }

  #send(header: ExecutorHeader, payloads: readonly string[] = []): void {
    this.#host.send({ header, payloads });
  }
}

function recordCalls({ calls }: Emission): CallRecord[] {
  return calls.map(({ id, tool, argument }) => ({ id, tool, hash: hashText(argument) }));
}

function withoutText(input: QueuedInput): TurnInput {
  return input.kind === 'settle' ? { kind: 'settle', id: input.id, ok: input.ok } : input;
}
