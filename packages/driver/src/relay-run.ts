import { describeOutcome, isIsomuxError } from '@isomux/protocol';
import type {
  AbortHeader,
  DriverHeader,
  ErrorCode,
  ExecutorHeader,
  IsomuxError,
  Limits,
  LostHeader,
  OpenHeader,
  OutcomeError,
} from '@isomux/protocol';
import type { Connect, Connection } from './connection.ts';
import { LogBatch } from './log-batch.ts';
import { createRunId } from './random.ts';
import { RunProgress } from './run-progress.ts';
import { sessionOf } from './session.ts';
import type { Loss, RunHeader, Session, SessionRun } from './session.ts';
import { monotonicMs, roundMs, setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/** A message of the driver half about one run. */
export type RelayedHeader = Extract<DriverHeader, { readonly run: string }>;

/** What a relayed run needs of its relay. */
export interface RelayRunHost {
  readonly connect: Connect;
  readonly graceMs: number;
  /** To the driver half. */
  send(header: ExecutorHeader, payloads: readonly string[]): void;
  /** The run has said its last word, or has nobody to say it to. It may still hold a place. */
  ended(run: RelayRun): void;
  /** It holds no place any more. Once, if it ever took one. */
  left(run: RelayRun): void;
}

/** How often the backstop is put off because this process itself was late. */
const MAX_BACKSTOP_DELAYS = 3;

/** How many `graceMs` a worker has to confirm an abort. */
const ABORT_PATIENCE = 4;

/** What an entry of a header counts for among what is held. */
const ENTRY_LENGTH = 64;

interface Held {
  readonly header: RelayedHeader;
  readonly payloads: readonly string[];
}

/**
 * One run on its way through a relay: waits for a place, is opened there under a name of the relay's own, and has its messages
 * handed on both ways. The place may go at any moment; then the driver half is told, which has the ledger.
 */
export class RelayRun implements SessionRun {
  readonly id: string;
  readonly #innerId: string = createRunId();
  readonly #open: OpenHeader;
  readonly #limits: Limits;
  readonly #host: RelayRunHost;
  readonly #arrivedMs: number = monotonicMs();
  readonly #leaving = new AbortController();
  readonly #progress: RunProgress;
  readonly #lines: LogBatch;
  /** What has come before there was anybody to hand it to, `open` first. */
  #held: Held[] = [];
  #heldLength = 0;
  #replaysDue: number;
  #connection: Connection | undefined;
  #session: Session | undefined;
  #deadline: Timer | undefined;
  #drain: Timer | undefined;
  #waitedMs = 0;
  #queued = false;
  #placed = false;
  #begun = false;
  #ended = false;

  constructor(open: OpenHeader, payloads: readonly string[], limits: Limits, host: RelayRunHost) {
    this.id = open.run;
    this.#open = open;
    this.#limits = limits;
    this.#host = host;
    this.#replaysDue = open.replayTurns;
    this.#progress = new RunProgress(open.replayTurns);
    this.#lines = new LogBatch((header, lines) => host.send(header, lines));
    this.#hold({ header: { ...open, limits }, payloads });
    this.#deadline = setTimer(limits.wallMs - open.spentMs, () => this.#outOfTime());
  }

  /** All recorded turns have come, so that it can be opened. */
  get complete(): boolean {
    return this.#replaysDue === 0;
  }

  get executing(): boolean {
    return !this.#ended && this.#progress.executing;
  }

  /** UTF-16 units of messages that wait for its place. */
  get heldLength(): number {
    return this.#heldLength;
  }

  /** It stands in line for a place. */
  enqueue(): void {
    this.#queued = true;
  }

  /** It has a place: finds a worker. */
  place(): void {
    this.#placed = true;
    const { suspect = false, replayTurns } = this.#open;
    const request = { signal: this.#leaving.signal, limits: this.#limits, attempt: replayTurns > 0 || suspect ? 1 : 0, suspect };
    new Promise<Connection>((resolve) => resolve(this.#host.connect(request))).then(
      (connection) => this.#connected(connection),
      (cause: unknown) => this.#unconnected(cause),
    );
  }

  /** Takes a recorded turn. False for one too many. */
  addReplay(header: RelayedHeader, payloads: readonly string[]): boolean {
    if (this.#replaysDue === 0) return false;
    this.#replaysDue--;
    this.#forward(header, payloads);
    return true;
  }

  /** Hands settlements on. */
  settle(header: Extract<RelayedHeader, { readonly type: 'settle' }>, payloads: readonly string[]): void {
    this.#progress.settle(header.calls.length);
    this.#forward(header, payloads);
  }

  abort(code: AbortHeader['code']): void {
    this.#fail(code);
  }

  /** The driver half is gone. */
  drop(): void {
    if (this.#ended) return;
    this.#lines.drop();
    this.#end();
    this.#abandon('ABORTED');
  }

  // ---- the place

  #connected(connection: Connection): void {
    // Its place was given up when it ended.
    if (this.#ended) return giveBack(connection, false);
    this.#connection = connection;
    this.#waitedMs = roundMs(monotonicMs() - this.#arrivedMs);
    let session: Session;
    try {
      session = sessionOf(connection.channel);
    } catch (cause) {
      return this.#unconnected(cause);
    }
    this.#session = session;
    if (!session.attach(this.#innerId, this)) {
      return this.lost({ fault: session.fault, crash: false, suspect: false, alone: false, channelOpen: false });
    }
    const held = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    for (const { header, payloads } of held) this.#forward(header, payloads);
  }

  #unconnected(cause: unknown): void {
    if (!this.#ended) this.#fail(isIsomuxError(cause) ? cause.code : 'EXECUTOR_LOST', 'No place to execute the run could be found.');
    this.#leave(false);
  }

  #forward(header: RelayedHeader, payloads: readonly string[]): void {
    if (this.#ended) return;
    if (this.#session === undefined) return this.#hold({ header, payloads });
    const renamed = { ...header, run: this.#innerId };
    this.#session.send(renamed.type === 'open' ? { ...renamed, spentMs: this.#open.spentMs + this.#waitedMs } : renamed, payloads);
  }

  #hold(held: Held): void {
    this.#held.push(held);
    const { header } = held;
    const entries =
      header.type === 'replay' ? header.inputs.length + header.calls.length : header.type === 'settle' ? header.calls.length : 0;
    this.#heldLength += entries * ENTRY_LENGTH;
    for (const payload of held.payloads) this.#heldLength += payload.length;
  }

  // ---- what the worker says

  receive(header: RunHeader, payloads: readonly string[]): void {
    if (this.#ended) {
      if (header.type === 'outcome') this.#leave(false);
      return;
    }
    this.#begin();
    this.#progress.receive(header);
    const named = { ...header, run: this.id };
    if (named.type === 'log') return this.#lines.add(named, payloads);
    this.#lines.flush();
    if (named.type === 'started') this.#host.send({ ...named, queueWaitMs: roundMs(named.queueWaitMs + this.#waitedMs) }, payloads);
    else if (named.type === 'outcome') {
      const { stats } = named;
      this.#end();
      this.#leave(false);
      this.#host.send({ ...named, stats: { ...stats, queueWaitMs: roundMs(stats.queueWaitMs + this.#waitedMs) } }, payloads);
    } else this.#host.send(named, payloads);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    try {
      this.#connection?.opened?.();
    } catch {
      // Whoever lent the connection is told; it has no vote.
    }
  }

  breach(_fault: IsomuxError): void {
    if (!this.#ended) this.#fail('ENGINE_CRASHED', 'its worker broke the protocol');
    this.#leave(true);
  }

  lost(loss: Loss): void {
    if (!this.#ended) {
      const { suspect, alone } = loss;
      this.#end();
      this.#host.send({ type: 'lost', run: this.id, code: readLossCode(loss), suspect, alone }, []);
    }
    this.#leave(!loss.channelOpen);
  }

  // ---- the end

  #outOfTime(): void {
    if (this.#connection === undefined) return this.#fail(this.#queued ? 'QUEUE_TIMEOUT' : 'TIMEOUT');
    this.#backstop(MAX_BACKSTOP_DELAYS);
  }

  /** The worker ends a run that is out of time; here is only what it cannot end. */
  #backstop(delaysLeft: number): void {
    const { graceMs } = this.#host;
    const dueMs = monotonicMs() + graceMs;
    this.#deadline = setTimer(graceMs, () => {
      if (monotonicMs() - dueMs > graceMs / 2 && delaysLeft > 0) return this.#backstop(delaysLeft - 1);
      this.#fail('TIMEOUT');
      this.#condemn();
    });
  }

  #fail(code: ErrorCode, detail?: string): void {
    if (this.#ended) return;
    const wallMs = roundMs(this.#open.spentMs + monotonicMs() - this.#arrivedMs);
    const stats = {
      cpuMs: 0,
      wallMs,
      toolWaitMs: 0,
      queueWaitMs: this.#session === undefined ? wallMs : this.#waitedMs,
      heapBytes: 0,
      turns: 0,
    };
    const error: OutcomeError = describeOutcome(code, this.#limits, detail);
    this.#end();
    this.#host.send({ type: 'outcome', run: this.id, status: 'failure', stats }, [JSON.stringify(error)]);
    this.#abandon(code === 'ABORTED' || code === 'DISPOSED' ? code : 'TIMEOUT');
  }

  #end(): void {
    this.#lines.flush();
    this.#ended = true;
    this.#deadline?.clear();
    this.#held = [];
    this.#heldLength = 0;
    this.#host.ended(this);
  }

  /** Tells the worker to stop, and waits for it to say that it did. */
  #abandon(code: AbortHeader['code']): void {
    if (this.#session === undefined) {
      // A worker that is still being looked for is given back when it comes.
      this.#leaving.abort();
      if (this.#placed) this.#leave(false);
      return;
    }
    this.#session.send({ type: 'abort', run: this.#innerId, code });
    this.#drain ??= setTimer(ABORT_PATIENCE * this.#host.graceMs, () => this.#condemn(), { unref: true });
  }

  #condemn(): void {
    this.#session?.condemn();
    this.#leave(true);
  }

  #leave(unresponsive: boolean): void {
    this.#drain?.clear();
    const connection = this.#connection;
    this.#session?.detach(this.#innerId);
    if (!this.#placed) return;
    this.#placed = false;
    if (connection !== undefined) giveBack(connection, unresponsive);
    this.#host.left(this);
  }
}

/** Codes of a loss, as the driver half is told. */
function readLossCode({ fault, crash }: Loss): LostHeader['code'] {
  if (fault?.code === 'MEMORY_LIMIT') return 'MEMORY_LIMIT';
  return crash || fault?.code === 'ENGINE_CRASHED' ? 'ENGINE_CRASHED' : 'EXECUTOR_LOST';
}

function giveBack(connection: Connection, unresponsive: boolean): void {
  try {
    connection.release({ unresponsive });
  } catch {
    // Whoever lent the connection answers for what becomes of it.
  }
}
