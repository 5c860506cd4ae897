import { PROTOCOL_VERSION, createChannelPair, hashText, isErrorCode, parseMessage } from '@isomux/protocol';
import type {
  Capabilities,
  Channel,
  DriverHeader,
  ExecutorHeader,
  IsomuxError,
  LogLevel,
  Message,
  OutcomeError,
  RunStats,
  TurnInput,
} from '@isomux/protocol';
import type { Connect, ConnectRequest } from '../src/connection.ts';

export const NO_STATS: RunStats = { cpuMs: 1, wallMs: 2, toolWaitMs: 3, queueWaitMs: 0, heapBytes: 4, turns: 1 };

type HeaderOf<T extends DriverHeader['type']> = Extract<DriverHeader, { type: T }>;

/** The executor half as a test plays it: what the driver sent, and the messages a test answers with. */
export class ScriptedExecutor {
  readonly driverEnd: Channel;
  readonly received: Message<DriverHeader>[] = [];
  /** The fault the driver closed the channel with; null while it is open. */
  closedWith: IsomuxError | undefined | null = null;
  readonly #end: Channel;
  #waiting: { readonly type: string; readonly take: (message: Message<DriverHeader>) => void }[] = [];
  #taken = 0;

  constructor(options: { readonly hello?: boolean } = {}) {
    const [driverEnd, executorEnd] = createChannelPair();
    this.driverEnd = driverEnd;
    this.#end = executorEnd;
    executorEnd.listen({
      message: (message) => {
        // What the driver sends must be allowed by the protocol.
        this.received.push(parseMessage(message, 'driver'));
        this.#serve();
      },
      closed: (fault) => {
        this.closedWith = fault;
      },
    });
    if (options.hello !== false) this.hello();
  }

  hello(version: number = PROTOCOL_VERSION): void {
    this.send({ type: 'hello', version, engine: 'scripted', capabilities: {} as Capabilities, runsPerConnection: 8 });
  }

  /** Sends any message, allowed or not. */
  send(header: ExecutorHeader | Record<string, unknown>, payloads: readonly string[] = []): void {
    this.#end.send({ header: header as ExecutorHeader, payloads });
  }

  close(fault?: IsomuxError): void {
    this.#end.close(fault);
  }

  /** The next message of a type that no earlier `next` has returned; messages in between are skipped. */
  async next<T extends DriverHeader['type']>(type: T): Promise<Message<HeaderOf<T>>> {
    const message = await new Promise<Message<DriverHeader>>((take) => {
      this.#waiting.push({ type, take });
      this.#serve();
    });
    return message as Message<HeaderOf<T>>;
  }

  /** Waits for the next `open` and plays its run. */
  async opened(): Promise<ScriptedRun> {
    const { header, payloads } = await this.next('open');
    return new ScriptedRun(this, header, payloads);
  }

  sent<T extends DriverHeader['type']>(type: T): Message<HeaderOf<T>>[] {
    return this.received.filter((message): message is Message<HeaderOf<T>> => message.header.type === type);
  }

  #serve(): void {
    while (this.#waiting[0] !== undefined && this.#taken < this.received.length) {
      const message = this.received[this.#taken++];
      if (message?.header.type !== this.#waiting[0].type) continue;
      this.#waiting.shift()?.take(message);
    }
  }
}

/** One run as a scripted executor plays it; numbers turns, calls and lines by itself unless told otherwise. */
export class ScriptedRun {
  readonly id: string;
  readonly header: HeaderOf<'open'>;
  readonly payloads: readonly string[];
  readonly executor: ScriptedExecutor;
  nextTurn = 0;
  nextCall = 0;
  lines = 0;
  nowMs: number;

  constructor(executor: ScriptedExecutor, header: HeaderOf<'open'>, payloads: readonly string[]) {
    this.executor = executor;
    this.id = header.run;
    this.header = header;
    this.payloads = payloads;
    this.nowMs = header.startMs;
  }

  /** Goes on where a replayed run stood. */
  resume(turns: number, calls: number, lines: number, nowMs: number): this {
    this.nextTurn = turns;
    this.nextCall = calls;
    this.lines = lines;
    this.nowMs = nowMs;
    return this;
  }

  started(queueWaitMs = 0): this {
    this.executor.send({ type: 'started', run: this.id, queueWaitMs });
    return this;
  }

  log(...lines: readonly (string | readonly [LogLevel, string])[]): this {
    const entries = lines.map((line) => (typeof line === 'string' ? (['log', line] as const) : line));
    this.executor.send(
      { type: 'log', run: this.id, turn: this.nextTurn, seq: this.lines, levels: entries.map(([level]) => level) },
      entries.map(([, line]) => JSON.stringify(line)),
    );
    this.lines += entries.length;
    return this;
  }

  /** Reports a turn. The first one's input is `start`; calls are `[tool, argument]`. */
  turn(options: { readonly inputs?: readonly TurnInput[]; readonly calls?: readonly (readonly [string, unknown])[] } = {}): this {
    const inputs = options.inputs ?? (this.nextTurn === 0 ? [{ kind: 'start' as const }] : [{ kind: 'timer' as const, id: this.nextTurn }]);
    const calls = (options.calls ?? []).map(([tool, argument]) => ({ tool, text: JSON.stringify(argument) }));
    this.executor.send(
      {
        type: 'turn',
        run: this.id,
        turn: this.nextTurn++,
        nowMs: this.nowMs++,
        inputs,
        calls: calls.map(({ tool, text }) => ({ id: this.nextCall++, tool, hash: hashText(text) })),
        logLines: this.lines,
      },
      calls.map(({ text }) => text),
    );
    return this;
  }

  /** Waits for the next `settle` and reports the turn that delivers it. */
  async settled(calls: readonly (readonly [string, unknown])[] = []): Promise<Message<HeaderOf<'settle'>>> {
    const message = await this.executor.next('settle');
    this.turn({ inputs: message.header.calls.map(({ id, ok }) => ({ kind: 'settle', id, ok })), calls });
    return message;
  }

  value(value: unknown): void {
    this.executor.send({ type: 'outcome', run: this.id, status: 'value', stats: NO_STATS }, [JSON.stringify(value)]);
  }

  undefined(): void {
    this.executor.send({ type: 'outcome', run: this.id, status: 'undefined', stats: NO_STATS });
  }

  failure(error: OutcomeError): void {
    if (error.code !== undefined && !isErrorCode(error.code)) throw new Error(`no such code: ${error.code}`);
    this.executor.send({ type: 'outcome', run: this.id, status: 'failure', stats: NO_STATS }, [JSON.stringify(error)]);
  }
}

/** A `connect` that gives each attempt of a run its executor, the last one for all further, and remembers what was asked and given back. */
export function connectTo(...executors: readonly ScriptedExecutor[]): {
  readonly connect: Connect;
  readonly requests: ConnectRequest[];
  readonly releases: ({ readonly unresponsive: boolean } | undefined)[];
} {
  const requests: ConnectRequest[] = [];
  const releases: ({ readonly unresponsive: boolean } | undefined)[] = [];
  const connect: Connect = async (request) => {
    const executor = executors[Math.min(request.attempt, executors.length - 1)];
    requests.push(request);
    if (executor === undefined) throw new Error('the test gave no executor');
    return { channel: executor.driverEnd, release: (verdict) => void releases.push(verdict) };
  };
  return { connect, requests, releases };
}
