import { IsomuxError, createLedger, createOutcomeError, describeOutcome, isIsomuxError, parseOutcomeError } from '@isomux/protocol';
import type { Channel, ErrorCode, Ledger, OutcomeHeader, RunStats, TurnHeader } from '@isomux/protocol';
import type { Connection } from './connection.ts';
import { notify } from './events.ts';
import type { RunEventDetail } from './events.ts';
import { LogBook } from './log-book.ts';
import { describeLoss, judgeLoss } from './loss.ts';
import { createRunId } from './random.ts';
import type { Result } from './result.ts';
import { RunLink } from './run-link.ts';
import type { RunPlan } from './run-plan.ts';
import type { Loss, RunHeader } from './session.ts';
import { isOverBytes } from './text-size.ts';
import { monotonicMs, roundMs, setTimer } from './timers.ts';
import type { Timer } from './timers.ts';
import { ToolCalls } from './tool-calls.ts';
import type { SettledCall } from './tool-calls.ts';

/**
 * Executors one run may lose in a row without having got anywhere on them: neither to a turn it had not reported, nor to
 * where it waits. Nobody needs so many; what is killed without end, with or without the run's doing, is given up in the end.
 */
const MAX_LOSSES = 64;

/** Crashes in a row, without progress between them, at which a run that was alone with the last is taken for the cause. */
const MAX_CRASHES = 2;

/** How many `graceMs` the executor has to confirm an abort. Longer than one: its thread may be busy with the guest. */
const ABORT_PATIENCE = 4;

/** How often the backstop is put off because the host itself was late. */
const MAX_BACKSTOP_DELAYS = 3;

/** Longest error of a guest that is taken. */
const MAX_ERROR_BYTES = 1024 * 1024;

/** The end of a run that was not the executor's word. */
export type EndCode = 'ABORTED' | 'DISPOSED';

/**
 * One `execute`, from call to result: finds an executor, opens the run there, answers its tool calls, and takes it to
 * another executor when that one is lost.
 */
export class Run {
  readonly id: string = createRunId();
  readonly result: Promise<Result>;
  readonly #plan: RunPlan;
  readonly #resolve: (result: Result) => void;
  readonly #released: () => void;
  readonly #startedAtMs: number = monotonicMs();
  readonly #connecting = new AbortController();
  readonly #ledger: Ledger;
  readonly #logs: LogBook;
  readonly #tools: ToolCalls;
  readonly #onAbort = (): void => this.end('ABORTED', 'The run was ended by its AbortSignal.');
  #link: RunLink | undefined;
  #deadline: Timer | undefined;
  #attempt = 0;
  /** Executors lost in a row on which the run got nowhere, and those since its last new turn that something in them crashed. */
  #losses = 0;
  #crashes = 0;
  #suspect = false;
  /** Undefined until an executor has begun with the run. */
  #queueWaitMs: number | undefined;
  #toldUnrecoverable = false;
  #ended = false;

  /** `released` is called once, when the run has ended and holds no connection any more. */
  constructor(plan: RunPlan, released: () => void) {
    let settle: (result: Result) => void = () => undefined;
    this.result = new Promise((resolve) => (settle = resolve));
    this.#resolve = settle;
    this.#plan = plan;
    this.#released = released;
    this.#ledger = createLedger({ maxBytes: plan.clock === 'logical' ? plan.ledgerMaxBytes : 0 });
    this.#logs = new LogBook(plan.limits, (seq, level, line) => this.#emit({ type: 'console', seq, level, line }));
    this.#tools = new ToolCalls(plan.tools, plan.limits, {
      elapsedMs: () => this.#elapsedMs(),
      emit: (detail) => this.#emit(detail),
      settled: (batch) => this.#settled(batch),
    });
  }

  /** Begins. Called once. */
  start(): void {
    const { code, limits, signals } = this.#plan;
    if (signals.some((signal) => signal.aborted)) return this.#onAbort();
    if (isOverBytes(code, limits.maxCodeBytes)) {
      return this.#fail('CODE_TOO_LARGE', describeOutcome('CODE_TOO_LARGE', limits).message);
    }
    for (const signal of signals) signal.addEventListener('abort', this.#onAbort);
    this.#deadline = setTimer(limits.wallMs, () => this.#outOfTime());
    this.#connect(undefined, false);
  }

  /** Ends the run at once, whatever it is doing. Does nothing to a run that has ended. */
  end(code: EndCode, message: string): void {
    if (this.#ended) return;
    const link = this.#link;
    this.#fail(code, message);
    link?.abort(code, ABORT_PATIENCE * this.#plan.graceMs);
  }

  /** Stops waiting for an executor to confirm that it has stopped. */
  releaseNow(): void {
    this.#link?.releaseNow();
  }

  // ---- finding an executor

  #connect(avoid: Channel | undefined, suspect: boolean): void {
    const request = {
      signal: this.#connecting.signal,
      limits: this.#plan.limits,
      attempt: this.#attempt,
      suspect,
      affinityKey: this.#plan.affinityKey,
      ...(avoid === undefined ? {} : { avoid }),
    };
    this.#suspect = suspect;
    new Promise<Connection>((resolve) => resolve(this.#plan.connect(request))).then(
      (connection) => this.#connected(connection),
      (cause: unknown) => this.#unconnected(cause),
    );
  }

  #connected(connection: Connection): void {
    if (this.#ended) {
      giveBack(connection);
      return;
    }
    let link: RunLink;
    try {
      link = new RunLink(this.id, connection, {
        receive: (header, payloads) => this.#receive(header, payloads),
        breach: (fault) => this.#breach(fault),
        lost: (loss, executing) => this.#lost(connection.channel, loss, executing),
        released: () => this.#letGo(),
      });
    } catch (cause) {
      giveBack(connection);
      this.#unconnected(cause);
      return;
    }
    this.#link = link;
    link.open(this.#plan, this.#elapsedMs(), this.#ledger, this.#suspect);
  }

  #unconnected(cause: unknown): void {
    if (this.#ended) return;
    this.#emit({ type: 'connection-lost', attempt: this.#attempt, cause });
    if (isIsomuxError(cause)) this.#fail(cause.code, cause.message);
    else this.#fail('EXECUTOR_LOST', 'No executor could be reached. The event connection-lost has the cause.');
  }

  #letGo(): void {
    this.#link = undefined;
    if (this.#ended) this.#released();
  }

  // ---- losing an executor

  #lost(channel: Channel, loss: Loss, executing: boolean): void {
    this.#emit({ type: 'connection-lost', attempt: this.#attempt, cause: loss.fault });
    if (this.#ended) return;
    const { limits } = this.#plan;
    if (loss.crash) this.#crashes++;
    this.#losses = loss.crash || executing ? this.#losses + 1 : 0;
    const { now, otherwise } = judgeLoss(loss, executing);
    if (now !== undefined) return this.#fail(now, describeLoss(now, limits, loss.fault));
    if (this.#elapsedMs() >= limits.wallMs) return this.#failTimeout();
    const guilty = loss.alone && this.#crashes >= MAX_CRASHES;
    if (!this.#ledger.recoverable || guilty || this.#losses >= MAX_LOSSES) {
      return this.#fail(otherwise, describeLoss(otherwise, limits, loss.fault));
    }
    this.#attempt++;
    this.#logs.rewind(this.#ledger.logLines);
    this.#emit({ type: 'replay', attempt: this.#attempt, turns: this.#ledger.turns });
    // One that a timer of its guest sets going is never seen in execution, and still the cause perhaps.
    if (!this.#ended) this.#connect(loss.channelOpen ? undefined : channel, loss.suspect || (loss.crash && this.#crashes >= MAX_CRASHES));
  }

  #breach(fault: Error): void {
    const code = isIsomuxError(fault) ? fault.code : 'PROTOCOL_ERROR';
    this.#fail(code, `The executor broke the protocol: ${fault.message}`);
  }

  // ---- what the executor says

  #receive(header: RunHeader, payloads: readonly string[]): void {
    switch (header.type) {
      case 'started':
        this.#startedRunning(header.queueWaitMs);
        return;
      case 'log':
        this.#logs.receive(header, payloads);
        return;
      case 'turn':
        this.#turn(header, payloads);
        return;
      case 'outcome':
        this.#outcome(header, payloads[0]);
        return;
    }
  }

  #startedRunning(queueWaitMs: number): void {
    if (this.#queueWaitMs !== undefined) return;
    this.#queueWaitMs = queueWaitMs;
    this.#emit({ type: 'started', queueWaitMs });
  }

  #turn(header: TurnHeader, payloads: readonly string[]): void {
    const { turn, nowMs, inputs, calls, logLines } = header;
    if (logLines !== this.#logs.count) {
      throw new IsomuxError('PROTOCOL_ERROR', `turn ${turn} speaks of ${logLines} console lines; ${this.#logs.count} have come`);
    }
    // Everything is checked before anything has an effect, and recorded before a tool is called.
    const checked = this.#tools.check(calls, payloads);
    this.#ledger.appendTurn({ turn, nowMs, inputs, calls, logLines });
    this.#losses = 0;
    this.#crashes = 0;
    this.#tellUnrecoverable();
    this.#emit({ type: 'turn', turn, calls: calls.length });
    if (!this.#ended) this.#tools.begin(checked);
  }

  #outcome(header: OutcomeHeader, payload: string | undefined): void {
    const result = this.#readOutcome(header, payload);
    const link = this.#link;
    if (!result.success && link?.refused(result.error.code, header.stats.turns) === true) {
      link.finish();
      return this.#connect(link.channel, this.#suspect);
    }
    this.#finish(result);
    link?.finish();
  }

  #readOutcome({ status, stats }: OutcomeHeader, payload: string | undefined): Result {
    const report = this.#report({ ...stats, wallMs: this.#elapsedMs() }, true);
    if (status === 'undefined') return { success: true, ...report };
    if (status === 'failure') {
      if (isOverBytes(payload ?? '', MAX_ERROR_BYTES)) throw new IsomuxError('PROTOCOL_ERROR', 'the error of an outcome is far too large');
      return { success: false, error: parseOutcomeError(payload), ...report };
    }
    const { maxReturnBytes } = this.#plan.limits;
    if (isOverBytes(payload ?? '', maxReturnBytes))
      throw new IsomuxError('PROTOCOL_ERROR', 'the value of an outcome is over maxReturnBytes');
    return { success: true, value: parseValue(payload), ...report };
  }

  // ---- what the tools say

  #settled(batch: readonly SettledCall[]): void {
    const settlements = batch.map(({ id, settlement: { ok, text } }) => ({ id, ok, text }));
    for (const settlement of settlements) this.#ledger.recordSettlement(settlement);
    this.#tellUnrecoverable();
    // Without a link the ledger has them, and the next link will send them.
    if (!this.#ended) this.#link?.settle(settlements);
  }

  #tellUnrecoverable(): void {
    if (this.#ledger.recoverable || this.#toldUnrecoverable || this.#plan.clock !== 'logical') return;
    this.#toldUnrecoverable = true;
    this.#emit({ type: 'unrecoverable' });
  }

  // ---- time

  #elapsedMs(): number {
    return roundMs(monotonicMs() - this.#startedAtMs);
  }

  /** The executor ends a run that is out of time; here is only what it cannot end. */
  #outOfTime(): void {
    if (this.#link === undefined) return this.#failTimeout();
    this.#backstop(MAX_BACKSTOP_DELAYS);
  }

  #backstop(delaysLeft: number): void {
    const { graceMs } = this.#plan;
    const dueMs = this.#elapsedMs() + graceMs;
    this.#deadline = setTimer(graceMs, () => {
      const lateMs = this.#elapsedMs() - dueMs;
      // A host that was itself blocked has the executor's word waiting unread: that is no reason to blame the executor.
      if (lateMs > graceMs / 2 && delaysLeft > 0) return this.#backstop(delaysLeft - 1);
      const link = this.#link;
      this.#failTimeout();
      link?.abort('TIMEOUT', 0);
    });
  }

  #failTimeout(): void {
    const code = this.#queueWaitMs === undefined ? 'QUEUE_TIMEOUT' : 'TIMEOUT';
    this.#fail(code, describeOutcome(code, this.#plan.limits).message);
  }

  // ---- the end

  #fail(code: ErrorCode, message: string): void {
    if (this.#ended) return;
    const wallMs = this.#elapsedMs();
    const stats: RunStats = {
      cpuMs: 0,
      wallMs,
      toolWaitMs: this.#tools.waitMs,
      queueWaitMs: this.#queueWaitMs ?? wallMs,
      heapBytes: 0,
      turns: this.#ledger.turns,
    };
    this.#finish({ success: false, error: createOutcomeError(code, message), ...this.#report(stats, false) });
  }

  #report(stats: RunStats, whole: boolean): Pick<Result, 'logs' | 'stats' | 'calls'> {
    return { logs: this.#logs.read(whole), stats, calls: this.#tools.timings };
  }

  #finish(result: Result): void {
    this.#ended = true;
    this.#deadline?.clear();
    for (const signal of this.#plan.signals) signal.removeEventListener('abort', this.#onAbort);
    this.#tools.stop();
    // Who has connected waits for nothing, and aborting is not free.
    if (this.#link === undefined) this.#connecting.abort();
    this.#tell({ type: 'finished', result });
    this.#resolve(result);
    if (this.#link === undefined) this.#released();
  }

  #emit(detail: RunEventDetail): void {
    if (!this.#ended) this.#tell(detail);
  }

  #tell(detail: RunEventDetail): void {
    if (this.#plan.observers.length === 0) return;
    const event = { run: this.id, atMs: this.#elapsedMs(), ...detail };
    for (const observer of this.#plan.observers) notify(observer, event);
  }
}

function parseValue(payload: string | undefined): unknown {
  try {
    return JSON.parse(payload ?? '');
  } catch (cause) {
    throw new IsomuxError('PROTOCOL_ERROR', 'the value of an outcome is not JSON', { cause });
  }
}

function giveBack(connection: Connection): void {
  try {
    connection.release();
  } catch {
    // Whoever lent the connection answers for what becomes of it.
  }
}
