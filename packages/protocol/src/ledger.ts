import type { Message } from './channel.ts';
import { IsomuxError } from './errors.ts';
import type { CallRecord, ReplayHeader, SettleHeader, TurnRecord } from './messages.ts';

const MiB = 1024 * 1024;

/** Size of a ledger that is given none. */
export const DEFAULT_LEDGER_BYTES: number = 64 * MiB;

/** The outcome of a tool call as it went to the guest. */
export interface Settlement {
  readonly id: number;
  readonly ok: boolean;
  /** JSON text: the value, empty for `undefined`; an {@link OutcomeError} where not ok. */
  readonly text: string;
}

/** Options of {@link createLedger}. */
export interface LedgerOptions {
  /** What the record may hold, as {@link Ledger.bytes} counts it. 0 records nothing from the start. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

/**
 * The record of one run that makes it possible to run it again elsewhere: its turns in order, and the outcome of every
 * tool call. Also the judge of whether the executor's reports can be true. Data only; the driver half owns it.
 *
 * Past its bound it forgets what it holds and keeps judging: the run goes on and can no longer be recovered.
 */
export interface Ledger {
  /** False for good once the record has grown past `maxBytes`. */
  readonly recoverable: boolean;
  /** Estimate of the memory the record takes; 0 once it is given up. */
  readonly bytes: number;
  /** Turns appended, which is also the number of the next one. */
  readonly turns: number;
  /** Console lines of the run up to the end of the last turn. */
  readonly logLines: number;
  /** Calls without a settlement, in call order: still with their tools, whatever happens to the executor. */
  readonly unsettled: readonly CallRecord[];
  /**
   * Appends a turn that the executor reported. Throws `PROTOCOL_ERROR`, and changes nothing, when it cannot be the next:
   * a wrong number, time or lines going back, a call id used before, a settlement delivered that was never sent, or twice.
   */
  appendTurn(record: TurnRecord): void;
  /** Records what is sent to the guest for a call. False, and nothing recorded, unless the call is unsettled. */
  recordSettlement(settlement: Settlement): boolean;
  /**
   * The messages that follow the `open` of a replay, as many as `turns`. Throws `EXECUTOR_LOST` unless `recoverable`.
   */
  replayMessages(run: string): readonly Message<ReplayHeader>[];
  /**
   * The message that follows those: the settlements that no turn has delivered, which the lost executor took with it.
   * Undefined when there are none. Throws `EXECUTOR_LOST` unless `recoverable`.
   */
  undeliveredMessage(run: string): Message<SettleHeader> | undefined;
}

/** Makes an empty ledger for one run. */
export function createLedger(options?: LedgerOptions): Ledger {
  return new RunLedger(options?.maxBytes ?? DEFAULT_LEDGER_BYTES);
}

/** Bytes of a text in memory at worst, its object included. */
const textBytes = (text: string): number => 32 + 2 * text.length;

function turnBytes({ inputs, calls }: TurnRecord): number {
  let bytes = 96 + 48 * inputs.length;
  for (const call of calls) bytes += 96 + textBytes(call.tool);
  return bytes;
}

class RunLedger implements Ledger {
  recoverable: boolean;
  bytes = 0;
  turns = 0;
  logLines = 0;
  readonly #maxBytes: number;
  #records: { readonly record: TurnRecord; readonly payloads: readonly string[] }[] = [];
  /** Settled and not yet delivered, in the order recorded. */
  readonly #undelivered = new Map<number, Settlement>();
  readonly #unsettled = new Map<number, CallRecord>();
  #lastCall = -1;
  #nowMs = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.recoverable = maxBytes > 0;
  }

  get unsettled(): readonly CallRecord[] {
    return [...this.#unsettled.values()];
  }

  appendTurn(record: TurnRecord): void {
    const payloads = this.#judge(record);
    for (const input of record.inputs) if (input.kind === 'settle') this.#undelivered.delete(input.id);
    for (const call of record.calls) {
      this.#unsettled.set(call.id, call);
      this.#lastCall = call.id;
    }
    this.turns++;
    this.logLines = record.logLines;
    this.#nowMs = record.nowMs;
    if (!this.recoverable) return;
    this.#records.push({ record, payloads });
    this.#grow(turnBytes(record));
  }

  /** The texts of the settlements that the turn says it delivered. */
  #judge(record: TurnRecord): readonly string[] {
    const { turn, nowMs, logLines, inputs, calls } = record;
    if (turn !== this.turns) refuse(turn, `is not the next: turn ${this.turns} is`);
    if (nowMs < this.#nowMs) refuse(turn, `is at ${nowMs} ms, before the turn that preceded it`);
    if (logLines < this.logLines) refuse(turn, `says that ${logLines} lines were written; there were already ${this.logLines}`);
    const delivered = new Set<number>();
    const payloads: string[] = [];
    for (const input of inputs) {
      if (input.kind !== 'settle') continue;
      const settlement = this.#undelivered.get(input.id);
      if (settlement === undefined || delivered.has(input.id)) refuse(turn, `delivers an outcome of call ${input.id} that was not sent`);
      if (settlement.ok !== input.ok)
        refuse(turn, `delivers call ${input.id} as ${input.ok ? 'succeeded' : 'failed'}; it was sent as the other`);
      delivered.add(input.id);
      payloads.push(settlement.text);
    }
    let last = this.#lastCall;
    for (const { id } of calls) {
      if (id <= last) refuse(turn, `makes a call ${id}, after call ${last}`);
      last = id;
    }
    return payloads;
  }

  recordSettlement(settlement: Settlement): boolean {
    const { id, ok, text } = settlement;
    if (!this.#unsettled.delete(id)) return false;
    this.#undelivered.set(id, { id, ok, text: this.recoverable ? text : '' });
    if (this.recoverable) this.#grow(96 + textBytes(text));
    return true;
  }

  #grow(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= this.#maxBytes) return;
    this.recoverable = false;
    this.bytes = 0;
    this.#records = [];
    for (const [id, { ok }] of this.#undelivered) this.#undelivered.set(id, { id, ok, text: '' });
  }

  replayMessages(run: string): readonly Message<ReplayHeader>[] {
    this.#assertRecoverable();
    return this.#records.map(({ record, payloads }) => {
      const { turn, nowMs, inputs, calls, logLines } = record;
      return { header: { type: 'replay', run, turn, nowMs, inputs, calls, logLines }, payloads };
    });
  }

  undeliveredMessage(run: string): Message<SettleHeader> | undefined {
    this.#assertRecoverable();
    if (this.#undelivered.size === 0) return undefined;
    const settlements = [...this.#undelivered.values()];
    return {
      header: { type: 'settle', run, calls: settlements.map(({ id, ok }) => ({ id, ok })) },
      payloads: settlements.map(({ text }) => text),
    };
  }

  #assertRecoverable(): void {
    if (this.recoverable) return;
    throw new IsomuxError('EXECUTOR_LOST', `the ledger of this run grew past its ${this.#maxBytes} bytes, so it cannot be replayed`);
  }
}

function refuse(turn: number, why: string): never {
  throw new IsomuxError('PROTOCOL_ERROR', `turn ${turn} of the executor's report ${why}`);
}
