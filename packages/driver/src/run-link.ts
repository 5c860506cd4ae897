import { encodeOpenPayloads } from '@isomux/protocol';
import type { AbortHeader, Channel, Ledger, Settlement } from '@isomux/protocol';
import type { Connection } from './connection.ts';
import type { RunPlan } from './run-plan.ts';
import { RunProgress } from './run-progress.ts';
import { sessionOf } from './session.ts';
import type { Loss, RunHeader, Session, SessionRun } from './session.ts';
import { setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/** What a link tells its run. Nothing is told once the run has let the link go. */
export interface RunLinkOwner {
  /** A message about the run. Throws where it breaks the protocol. */
  receive(header: RunHeader, payloads: readonly string[]): void;
  breach(fault: Error): void;
  /** `executing`: the executor owed a report when it was lost. */
  lost(loss: Loss, executing: boolean): void;
  /** The connection has been given back. */
  released(): void;
}

/** UTF-16 units of results that one `settle` message carries, a single larger one excepted: frames are bounded. */
const MAX_BATCH_LENGTH = 8 * 1024 * 1024;

/**
 * One run's use of one connection, from `open` until the connection is given back, which happens exactly once. A run that
 * ends before the executor has said so is aborted, and the connection kept until the executor has answered.
 */
export class RunLink implements SessionRun {
  readonly #id: string;
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #owner: RunLinkOwner;
  #letGo = false;
  #released = false;
  #begun = false;
  /** The message that is being received is the first of the run. */
  #first = false;
  #drain: Timer | undefined;
  #progress: RunProgress = new RunProgress(0);

  constructor(id: string, connection: Connection, owner: RunLinkOwner) {
    this.#id = id;
    this.#connection = connection;
    this.#owner = owner;
    this.#session = sessionOf(connection.channel);
  }

  get channel(): Channel {
    return this.#connection.channel;
  }

  get executing(): boolean {
    return !this.#letGo && this.#progress.executing;
  }

  /** Opens the run, replaying what the ledger has. */
  open(plan: RunPlan, spentMs: number, ledger: Ledger, suspect: boolean): void {
    if (!this.#session.attach(this.#id, this)) {
      this.lost({ fault: this.#session.fault, crash: false, suspect: false, alone: false, channelOpen: false });
      return;
    }
    const { limits, clock, globals, seed, startMs, preparation } = plan;
    const run = this.#id;
    this.#session.send(
      {
        type: 'open',
        run,
        limits,
        startMs,
        spentMs,
        clock,
        globals,
        seed,
        replayTurns: ledger.turns,
        ...(preparation === undefined ? {} : { preparation: preparation.header }),
        ...(suspect ? { suspect } : {}),
      },
      encodeOpenPayloads({ code: plan.code, tools: [...plan.tools.keys()], env: plan.env, preparation }),
    );
    if (ledger.turns === 0) return;
    this.#progress = new RunProgress(ledger.turns);
    for (const { header, payloads } of ledger.replayMessages(run)) this.#session.send(header, payloads);
    const undelivered = ledger.undeliveredMessage(run);
    if (undelivered === undefined) return;
    const { header, payloads } = undelivered;
    this.settle(header.calls.map(({ id, ok }, index) => ({ id, ok, text: payloads[index] ?? '' })));
  }

  /** Sends outcomes of tool calls, in this order. */
  settle(settlements: readonly Settlement[]): void {
    this.#progress.settle(settlements.length);
    let from = 0;
    let length = 0;
    for (const [index, { text }] of settlements.entries()) {
      if (index > from && length + text.length > MAX_BATCH_LENGTH) {
        this.#sendSettle(settlements.slice(from, index));
        from = index;
        length = 0;
      }
      length += text.length;
    }
    this.#sendSettle(settlements.slice(from));
  }

  #sendSettle(settlements: readonly Settlement[]): void {
    this.#session.send(
      { type: 'settle', run: this.#id, calls: settlements.map(({ id, ok }) => ({ id, ok })) },
      settlements.map(({ text }) => text),
    );
  }

  /**
   * Asks, on an outcome that says so, whether the executor refused the run and another one may take it. Once the executor has
   * said anything else, or taken a turn, the code is the guest's own.
   */
  refused(code: string | undefined, turns: number): boolean {
    if (!this.#first || turns > 0 || (code !== 'OVERLOADED' && code !== 'DRAINING')) return false;
    try {
      return this.#connection.refused?.(code) === true;
    } catch {
      return false;
    }
  }

  /** The run has ended with the executor's own word. */
  finish(): void {
    this.#letGo = true;
    this.#release(false);
  }

  /**
   * The run has ended without the executor's word: it is told to stop, and has `patienceMs` to say that it did before it
   * counts as unresponsive.
   */
  abort(code: AbortHeader['code'], patienceMs: number): void {
    this.#letGo = true;
    this.#session.send({ type: 'abort', run: this.#id, code });
    if (patienceMs <= 0) this.#condemn();
    else this.#drain = setTimer(patienceMs, () => this.#condemn(), { unref: true });
  }

  #condemn(): void {
    this.#session.condemn();
    this.#release(true);
  }

  /** Gives the connection back without waiting any longer. */
  releaseNow(): void {
    if (this.#letGo) this.#release(false);
  }

  receive(header: RunHeader, payloads: readonly string[]): void {
    if (this.#letGo) {
      if (header.type === 'outcome') this.#release(false);
      return;
    }
    this.#first = !this.#begun;
    this.#begin();
    this.#progress.receive(header);
    this.#owner.receive(header, payloads);
  }

  /** The executor says something of the run, so it is through with whatever comes before. */
  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    try {
      this.#connection.opened?.();
    } catch {
      // Whoever lent the connection is told; it has no vote.
    }
  }

  breach(fault: Error): void {
    const letGo = this.#letGo;
    this.#letGo = true;
    this.#release(true);
    if (!letGo) this.#owner.breach(fault);
  }

  lost(loss: Loss): void {
    const { executing } = this;
    const letGo = this.#letGo;
    this.#letGo = true;
    this.#release(!loss.channelOpen);
    if (!letGo) this.#owner.lost(loss, executing);
  }

  #release(unresponsive: boolean): void {
    if (this.#released) return;
    this.#released = true;
    this.#drain?.clear();
    this.#session.detach(this.#id);
    try {
      this.#connection.release({ unresponsive });
    } catch {
      // Whoever lent the connection answers for what becomes of it.
    }
    this.#owner.released();
  }
}
