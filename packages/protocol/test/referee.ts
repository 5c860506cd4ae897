import {
  createLedger,
  hashText,
  type Half,
  type Ledger,
  type Message,
  parseMessage,
  parseOpenPayloads,
  parseOutcomeError,
} from '../src/index.ts';

/** One message of a transcript. */
export interface Sent {
  readonly from: Half;
  readonly header: unknown;
  readonly payloads: unknown;
}

/** Watches a channel that carries one run and says the first thing that breaks the rules of docs/protocol.md. */
export class Referee {
  readonly ledger: Ledger = createLedger();
  #greeted = false;
  #run: string | undefined;
  #tools: readonly string[] = [];
  #replaysDue = 0;
  #started = false;
  #over = false;
  #lines = 0;
  #nextCall = 0;

  /** Throws when the message breaks a rule. */
  watch({ from, header, payloads }: Sent): void {
    const message = parseMessage({ header, payloads }, from);
    if (from === 'executor') this.#watchExecutor(message);
    else this.#watchDriver(message);
  }

  #watchDriver({ header, payloads }: Message): void {
    switch (header.type) {
      case 'open':
        rule(this.#run === undefined, 'a run is opened once');
        this.#run = header.run;
        this.#replaysDue = header.replayTurns;
        this.#tools = parseOpenPayloads(payloads).tools;
        return;
      case 'replay': {
        rule(header.run === this.#run && this.#replaysDue > 0, 'as many replay messages follow open as it says');
        this.#replaysDue--;
        let next = 0;
        for (const input of header.inputs) {
          if (input.kind === 'settle') this.ledger.recordSettlement({ id: input.id, ok: input.ok, text: payloads[next++] ?? '' });
        }
        const { turn, nowMs, inputs, calls, logLines } = header;
        this.ledger.appendTurn({ turn, nowMs, inputs, calls, logLines });
        this.#lines = logLines;
        this.#nextCall += calls.length;
        return;
      }
      case 'settle':
        rule(header.run === this.#run && this.#replaysDue === 0, 'settle comes after open and the replay messages');
        for (const [index, { id, ok }] of header.calls.entries()) {
          const recorded = this.ledger.recordSettlement({ id, ok, text: payloads[index] ?? '' });
          rule(recorded, `call ${id} is made, and settled once`);
        }
        return;
      case 'abort':
        rule(header.run === this.#run, 'abort is about an open run');
        return;
      default:
    }
  }

  #watchExecutor({ header, payloads }: Message): void {
    rule(this.#greeted !== (header.type === 'hello'), 'hello comes first, and once');
    this.#greeted = true;
    if (!('run' in header)) return;
    rule(header.run === this.#run && this.#replaysDue === 0 && !this.#over, 'an executor speaks of a run from its open to its outcome');
    if (header.type !== 'started' && header.type !== 'outcome') rule(this.#started, 'started comes before logs and turns');
    switch (header.type) {
      case 'started':
        rule(!this.#started, 'a run starts once');
        this.#started = true;
        return;
      case 'log':
        rule(header.turn === this.ledger.turns, 'logs name the turn in progress');
        rule(header.seq === this.#lines, 'console lines are numbered without a gap');
        this.#lines += header.levels.length;
        return;
      case 'turn': {
        const { turn, nowMs, inputs, calls, logLines } = header;
        rule(logLines === this.#lines, 'a turn counts the lines written');
        for (const [index, { id, tool, hash }] of calls.entries()) {
          rule(id === this.#nextCall++, 'call ids count up');
          rule(this.#tools.includes(tool), 'only tools that were offered are called');
          rule(hash === hashText(payloads[index] ?? ''), "a call's hash is its argument's");
        }
        this.ledger.appendTurn({ turn, nowMs, inputs, calls, logLines });
        return;
      }
      case 'outcome':
        this.#over = true;
        if (header.status === 'failure') parseOutcomeError(payloads[0]);
        if (header.status === 'value') JSON.parse(payloads[0] ?? '');
        return;
      default:
    }
  }
}

function rule(kept: boolean, what: string): void {
  if (!kept) throw new Error(`broken rule: ${what}`);
}
