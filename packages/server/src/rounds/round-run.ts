import {
  createChannelPair,
  createLedger,
  describeOutcome,
  encodeOpenPayloads,
  isErrorCode,
  parseOutcomeError,
  parseStringPayload,
  type CallRecord,
  type Channel,
  type ExecutorHeader,
  type Ledger,
  type Limits,
  type LostHeader,
  type Message,
  type OutcomeError,
  type OutcomeHeader,
  type Settlement,
  type TurnHeader,
} from '@isomux/protocol';
import { hashSettlements, MAX_ROUND_BYTES, MAX_TURNS, type JourneyTurn } from './journey.ts';

/** The part of an executor that a run of the round protocol needs. */
export interface RoundExecutor {
  attach(channel: Channel): void;
}

/** What a run of the round protocol executes. */
export interface RoundPlan {
  readonly code: string;
  readonly tools: readonly string[];
  readonly limits: Limits;
  /** 64 hexadecimal digits. */
  readonly seed: string;
  readonly startMs: number;
  /** How much of `limits.wallMs` is gone. */
  readonly spentMs: number;
  /** It was perhaps what ended the place it was last executed in. */
  readonly suspect: boolean;
}

/** How a run ended. */
export type RoundOutcome =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'undefined' }
  /** `refused`: before the program was begun, or gone on with, so that the code is the executor's own word. */
  | { readonly kind: 'failure'; readonly error: OutcomeError; readonly refused: boolean };

/** A call that the client has not been told of. */
export interface RoundCall extends CallRecord {
  /** JSON text. */
  readonly argument: string;
}

/** What there is to answer. `outcome` is set when nothing else is to come. */
export interface RoundProgress {
  readonly calls: readonly RoundCall[];
  readonly lines: readonly string[];
  readonly outcome: RoundOutcome | undefined;
  /** The turns since the last answer, or undefined where there were too many to keep. */
  readonly turns: readonly JourneyTurn[] | undefined;
}

/** The name of the one run of its channel. */
const RUN = 'round';
/**
 * UTF-16 units of arguments that a run keeps for a client that is away. One with more is given up, and replayed when the client comes back:
 * the runs that are kept are many, and nothing else bounds what their timers make them say.
 */
const MAX_UNTOLD_LENGTH = 1024 * 1024;
/** How much longer than its budget a run may take to say that it is over. */
const BACKSTOP_MS = 5_000;

/**
 * One run of the round protocol at one executor: the driver half without tools. It is told results, says when there is
 * something to answer, and goes on by itself meanwhile: timers fire between rounds too, and are part of the record.
 */
export class RoundRun {
  readonly #plan: RoundPlan;
  readonly #channel: Channel;
  /** Judges what the executor reports. Keeps nothing: a replay is made of what the client brings. */
  readonly #ledger: Ledger = createLedger({ maxBytes: 0 });
  /** Results for calls, made and to come. Dropped when the client is answered. */
  #results: ReadonlyMap<number, Settlement> = new Map();
  /** Settled and not delivered yet, by call. */
  readonly #undelivered = new Map<number, Settlement>();
  #calls: RoundCall[] = [];
  #lines: string[] = [];
  /** Lines of the run before the first of `#lines`. */
  #linesBefore = 0;
  #turns: JourneyTurn[] | undefined = [];
  #turnsBytes = 0;
  #started = false;
  #outcome: RoundOutcome | undefined;
  #waiting: ((progress: RoundProgress | LostHeader) => void) | undefined;
  #lost: LostHeader | undefined;
  #backstop: ReturnType<typeof setTimeout> | undefined;

  constructor(executor: RoundExecutor, plan: RoundPlan) {
    this.#plan = plan;
    const [mine, executorEnd] = createChannelPair();
    this.#channel = mine;
    mine.listen({ message: (message) => this.#receive(message), closed: () => this.#closed() });
    executor.attach(executorEnd);
  }

  /** Calls that the run has made, all of which the client knows of once it is answered. */
  get calls(): number {
    return this.#callCount;
  }
  #callCount = 0;

  /** It has ended, and holds no place any more. */
  get over(): boolean {
    return this.#outcome !== undefined || this.#lost !== undefined;
  }

  /**
   * Begins, or goes on after the recorded turns, with these results. Throws `PROTOCOL_ERROR` where the record cannot be a run's.
   * Called once.
   */
  open(turns: readonly JourneyTurn[], results: readonly Settlement[]): void {
    this.#results = new Map(results.map((result) => [result.id, result]));
    const replays = turns.map(({ record }) => this.#recall(record));
    const { code, tools, limits, seed, startMs, spentMs, suspect } = this.#plan;
    const header = { run: RUN, limits, startMs, spentMs, seed, replayTurns: turns.length } as const;
    this.#channel.send({
      header: { type: 'open', ...header, clock: 'logical', globals: 'agent', ...(suspect ? { suspect } : {}) },
      payloads: encodeOpenPayloads({ code, tools, env: null }),
    });
    for (const replay of replays) this.#channel.send(replay);
    this.#settleDue();
    this.#backstop = setTimeout(() => this.#outOfTime(), Math.max(0, limits.wallMs - spentMs) + BACKSTOP_MS);
    unref(this.#backstop);
  }

  /** What there is to answer to a round with these results, as soon as there is, or that the run's place was lost. */
  async next(results: readonly Settlement[]): Promise<RoundProgress | LostHeader> {
    if (this.#lost !== undefined) return this.#lost;
    this.#results = new Map(results.map((result) => [result.id, result]));
    const progress = new Promise<RoundProgress | LostHeader>((resolve) => (this.#waiting = resolve));
    this.#settleDue();
    this.#answer();
    return progress;
  }

  /** Ends the run now, as an outcome that `next` tells. */
  abort(): void {
    this.#channel.send({ header: { type: 'abort', run: RUN, code: 'ABORTED' }, payloads: [] });
  }

  /** Drops the run without another word. Idempotent. */
  close(): void {
    clearTimeout(this.#backstop);
    this.#channel.close();
  }

  // ---- what the client says

  /** One turn of the record, as a message that delivers it again. */
  #recall(record: JourneyTurn['record']): Message {
    const payloads: string[] = [];
    for (const input of record.inputs) {
      const result = input.kind === 'settle' ? this.#results.get(input.id) : undefined;
      if (result === undefined) continue;
      this.#ledger.recordSettlement(result);
      payloads.push(result.text);
    }
    this.#ledger.appendTurn(record);
    this.#callCount += record.calls.length;
    this.#linesBefore = record.logLines;
    return { header: { type: 'replay', run: RUN, ...record }, payloads };
  }

  /** Sends the results of the calls that wait for one and have one, in call order, in one message. */
  #settleDue(): void {
    const due: Settlement[] = [];
    for (const { id } of this.#ledger.unsettled) {
      const result = this.#results.get(id);
      if (result === undefined) continue;
      due.push(result);
      this.#ledger.recordSettlement(result);
      this.#undelivered.set(id, result);
    }
    if (due.length === 0) return;
    this.#calls = this.#calls.filter(({ id }) => !this.#undelivered.has(id));
    this.#channel.send({
      header: { type: 'settle', run: RUN, calls: due.map(({ id, ok }) => ({ id, ok })) },
      payloads: due.map(({ text }) => text),
    });
  }

  // ---- what the executor says

  #receive({ header, payloads }: Message): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a channel lets only the other half's headers through
    const incoming = header as ExecutorHeader;
    if (this.over) return;
    switch (incoming.type) {
      case 'started':
        this.#started = true;
        break;
      case 'log':
        for (const payload of payloads) this.#lines.push(parseStringPayload(payload, 'a console line'));
        return;
      case 'turn':
        this.#started = true;
        this.#turn(incoming, payloads);
        break;
      case 'outcome':
        this.#end(this.#readOutcome(incoming, payloads[0]));
        break;
      case 'lost':
        this.#lose(incoming);
        return;
      default:
        return;
    }
    this.#answer();
  }

  #turn({ turn, nowMs, inputs, calls, logLines }: TurnHeader, payloads: readonly string[]): void {
    const record = { turn, nowMs, inputs, calls, logLines };
    this.#ledger.appendTurn(record);
    const settled: Settlement[] = [];
    for (const input of inputs) {
      const settlement = input.kind === 'settle' ? this.#undelivered.get(input.id) : undefined;
      if (settlement === undefined) continue;
      this.#undelivered.delete(settlement.id);
      settled.push(settlement);
    }
    this.#callCount += calls.length;
    this.#calls.push(...calls.map((call, index) => ({ ...call, argument: payloads[index] ?? '' })));
    this.#turnsBytes += 32 + 10 * inputs.length + 16 * calls.length;
    if (this.#turnsBytes > MAX_ROUND_BYTES || turn >= MAX_TURNS) this.#turns = undefined;
    this.#turns?.push({ record, settled: hashSettlements(settled) });
    this.#settleDue();
    if (this.#waiting === undefined && this.#isTooMuchUntold()) this.#giveUp();
  }

  #readOutcome({ status }: OutcomeHeader, payload: string | undefined): RoundOutcome {
    if (status === 'undefined') return { kind: 'undefined' };
    if (status === 'value') return { kind: 'value', text: payload ?? '' };
    return { kind: 'failure', error: parseOutcomeError(payload), refused: !this.#started };
  }

  #end(outcome: RoundOutcome): void {
    this.#outcome = outcome;
    this.close();
  }

  /** An executor that is gone, or broke the protocol, has said nothing of the run. */
  #closed(): void {
    if (!this.over) this.#giveUp();
  }

  #isTooMuchUntold(): boolean {
    let length = 0;
    for (const { argument } of this.#calls) length += argument.length;
    return length > MAX_UNTOLD_LENGTH;
  }

  #giveUp(): void {
    this.#lose({ type: 'lost', run: RUN, code: 'EXECUTOR_LOST', suspect: false, alone: false });
    this.#calls = [];
    this.#lines = [];
  }

  #lose(lost: LostHeader): void {
    this.#lost = lost;
    this.close();
    this.#waiting?.(lost);
    this.#waiting = undefined;
  }

  #outOfTime(): void {
    if (this.over) return;
    this.#end({ kind: 'failure', error: describeOutcome('TIMEOUT', this.#plan.limits), refused: false });
    this.#answer();
  }

  // ---- the answer

  /**
   * Answers when nothing is under way that could add to it: the program is over, or waits for calls that the client has not been
   * told of and no result is on its way.
   */
  #answer(): void {
    if (this.#waiting === undefined) return;
    const outcome = this.#outcome;
    const calls = this.#undelivered.size === 0 || outcome !== undefined ? this.#calls : [];
    if (calls.length === 0 && outcome === undefined) return;
    // A program that ended by itself did make its last calls; one that was ended makes none any more.
    const ended = outcome?.kind === 'failure' && isErrorCode(outcome.error.code);
    const isLast = outcome !== undefined && (calls.length === 0 || ended);
    const lineCount = isLast ? this.#lines.length : this.#ledger.logLines - this.#linesBefore;
    const lines = this.#lines.splice(0, lineCount);
    this.#linesBefore += lines.length;
    const progress = { calls: isLast ? [] : calls, lines, outcome: isLast ? outcome : undefined, turns: this.#turns };
    this.#calls = [];
    // What is not whole stays so: what follows is no record without it.
    this.#turns &&= [];
    this.#turnsBytes = 0;
    this.#results = new Map();
    const answer = this.#waiting;
    this.#waiting = undefined;
    answer(progress);
  }
}

/** Nothing of a run should keep a process alive that has nothing else to do. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
}
