import { IsomuxError, PROTOCOL_VERSION, createChannelPair, hashText, parseMessage, parseOpenPayloads } from '@isomux/protocol';
import type { Capabilities, Channel, DriverHeader, TurnInput, TurnRecord } from '@isomux/protocol';

/**
 * A guest as data. When call `id` settles (or the program starts, for -1) it writes `lines[id]` lines and makes
 * `calls[id]` calls; it ends when no call is left.
 */
export interface ModelProgram {
  readonly lines: readonly number[];
  readonly calls: readonly number[];
}

/** Makes up what happens next: a whole number from 0 to `max`, inclusive. */
export type Choose = (max: number) => number;

interface Guest {
  readonly program: ModelProgram;
  nextCall: number;
  open: number;
  lines: string[];
}

function enter(guest: Guest, inputs: readonly { readonly id: number; readonly text: string }[]): string[] {
  const made: string[] = [];
  for (const { id, text } of inputs) {
    if (id >= 0) guest.open--;
    for (let i = 0; i < (guest.program.lines[id + 1] ?? 0); i++) guest.lines.push(`${id}:${text}:${i}`);
    for (let i = 0; i < (guest.program.calls[id + 1] ?? 0); i++) {
      made.push(JSON.stringify({ id: guest.nextCall++ }));
      guest.open++;
    }
  }
  return made;
}

/** A correct executor for model programs that dies when it is told to: at the n-th thing it does. */
export class ModelExecutor {
  readonly driverEnd: Channel;
  readonly #end: Channel;
  readonly #choose: Choose;
  readonly #runs = new Map<string, ModelRun>();
  #stepsLeft: number;

  constructor(choose: Choose, dieAfter: number) {
    const [driverEnd, executorEnd] = createChannelPair();
    this.driverEnd = driverEnd;
    this.#end = executorEnd;
    this.#choose = choose;
    this.#stepsLeft = dieAfter;
    executorEnd.send({
      header: { type: 'hello', version: PROTOCOL_VERSION, engine: 'model', capabilities: {} as Capabilities, runsPerConnection: 8 },
      payloads: [],
    });
    executorEnd.listen({
      message: (message) => {
        const { header, payloads } = parseMessage(message, 'driver');
        this.#receive(header, payloads);
      },
      closed: () => this.#runs.clear(),
    });
  }

  /** Takes one step of its life, and says whether it is still alive. */
  step(): boolean {
    if (this.#stepsLeft-- > 0) return true;
    this.#end.close(new IsomuxError('ENGINE_CRASHED', 'the model was told to die'));
    return false;
  }

  send(...args: Parameters<ModelRun['send']>): void {
    const [header, payloads] = args;
    this.#end.send({ header, payloads });
  }

  choose(max: number): number {
    return this.#choose(max);
  }

  #receive(header: DriverHeader, payloads: readonly string[]): void {
    if (header.type === 'open') this.#runs.set(header.run, new ModelRun(this, header, payloads));
    if (header.type === 'replay') this.#runs.get(header.run)?.replay(header, payloads);
    if (header.type === 'settle') this.#runs.get(header.run)?.settle(header.calls, payloads);
    if (header.type === 'abort') {
      this.#runs.get(header.run)?.abort();
      this.#runs.delete(header.run);
    }
  }
}

class ModelRun {
  readonly send: (header: Parameters<Channel['send']>[0]['header'], payloads: readonly string[]) => void;
  readonly #executor: ModelExecutor;
  readonly #id: string;
  readonly #guest: Guest;
  #replaysLeft: number;
  #turn = 0;
  #queue: { readonly id: number; readonly ok: boolean; readonly text: string }[] = [];
  #sentLines = 0;
  #over = false;
  #scheduled = false;

  constructor(executor: ModelExecutor, header: Extract<DriverHeader, { type: 'open' }>, payloads: readonly string[]) {
    this.#executor = executor;
    this.send = (...args) => executor.send(...args);
    this.#id = header.run;
    const program = JSON.parse(parseOpenPayloads(payloads).code) as ModelProgram;
    this.#guest = { program, nextCall: 0, open: 0, lines: [] };
    this.#replaysLeft = header.replayTurns;
    if (this.#replaysLeft === 0) this.#enter([{ id: -1, ok: true, text: '' }]);
  }

  replay(record: TurnRecord, payloads: readonly string[]): void {
    let next = 0;
    const inputs = record.inputs.map((input) =>
      input.kind === 'settle' ? { id: input.id, text: payloads[next++] ?? '' } : { id: -1, text: '' },
    );
    const hashes = enter(this.#guest, inputs).map(hashText);
    if (record.turn !== this.#turn || JSON.stringify(hashes) !== JSON.stringify(record.calls.map(({ hash }) => hash))) {
      throw new Error('the replay diverged');
    }
    if (this.#guest.lines.length !== record.logLines) throw new Error('the replay wrote other lines');
    this.#sentLines = record.logLines;
    this.#turn++;
    this.#replaysLeft--;
    this.#finishIfDone();
  }

  settle(calls: readonly { readonly id: number; readonly ok: boolean }[], payloads: readonly string[]): void {
    calls.forEach(({ id, ok }, index) => this.#queue.push({ id, ok, text: payloads[index] ?? '' }));
    this.#schedule();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#outcome('failure', [JSON.stringify({ name: 'AbortError', message: '', code: 'ABORTED' })]);
  }

  #schedule(): void {
    if (this.#scheduled || this.#over) return;
    this.#scheduled = true;
    const hops = this.#executor.choose(4);
    void (async () => {
      for (let i = 0; i < hops; i++) await Promise.resolve();
      this.#scheduled = false;
      if (this.#over || this.#queue.length === 0) return;
      this.#enter(this.#queue.splice(0, 1 + this.#executor.choose(this.#queue.length - 1)));
      if (this.#queue.length > 0) this.#schedule();
    })();
  }

  #enter(inputs: readonly { readonly id: number; readonly ok: boolean; readonly text: string }[]): void {
    if (!this.#executor.step()) return;
    const payloads = enter(this.#guest, inputs);
    while (this.#sentLines < this.#guest.lines.length) {
      const count = 1 + this.#executor.choose(this.#guest.lines.length - this.#sentLines - 1);
      const lines = this.#guest.lines.slice(this.#sentLines, this.#sentLines + count);
      this.send(
        { type: 'log', run: this.#id, turn: this.#turn, seq: this.#sentLines, levels: lines.map(() => 'log' as const) },
        lines.map((line) => JSON.stringify(line)),
      );
      this.#sentLines += count;
      if (!this.#executor.step()) return;
    }
    const first = this.#guest.nextCall - payloads.length;
    this.send(
      {
        type: 'turn',
        run: this.#id,
        turn: this.#turn++,
        nowMs: 1_000 + this.#turn,
        inputs: inputs.map(({ id, ok }): TurnInput => (id < 0 ? { kind: 'start' } : { kind: 'settle', id, ok })),
        calls: payloads.map((payload, index) => ({ id: first + index, tool: 'tool', hash: hashText(payload) })),
        logLines: this.#guest.lines.length,
      },
      payloads,
    );
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#guest.open > 0 || this.#over || this.#replaysLeft > 0 || !this.#executor.step()) return;
    this.#over = true;
    this.#outcome('value', [JSON.stringify(this.#guest.lines)]);
  }

  #outcome(status: 'value' | 'failure', payloads: readonly string[]): void {
    const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: this.#turn };
    this.send({ type: 'outcome', run: this.#id, status, stats }, payloads);
  }
}
