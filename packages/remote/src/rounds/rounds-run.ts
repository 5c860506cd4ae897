import {
  createOutcomeError,
  describeOutcome,
  hashText,
  isExecuteUpgrade,
  IsomuxError,
  isIsomuxError,
  PROTOCOL_VERSION,
  parseExecuteResponse,
  parseOpenPayloads,
  type AbortHeader,
  type ErrorCode,
  type ExecuteResponse,
  type ExecutorHeader,
  type OpenHeader,
  type OpenPayloads,
  type OutcomeError,
  type ReplayHeader,
  type SettleHeader,
  type ToolCallRequest,
  type TurnInput,
} from '@isomux/protocol';
import { ContactError } from '../contact-error.ts';
import type { ErrorNames } from '../options.ts';
import { monotonicMs, setTimer } from '../timers.ts';
import type { Timer } from '../timers.ts';
import { isServerError, postRound, type RoundServer } from './post-round.ts';
import { encodeLimits, encodeResult } from './round-request.ts';
import { levelOf, RoundLines } from './round-lines.ts';

/** What has to be known of a run to go on with it over another channel. */
export interface RoundMemory {
  /** The servers' ids of the run's calls, in call order. */
  readonly keys: string[];
  readonly lines: RoundLines;
  /** Members of `toolResults` for calls of tools that were not offered: nobody but the server hears of them. */
  readonly unknown: string[];
}

/** What a run needs of its channel. */
export interface RoundsRunHost {
  readonly server: RoundServer;
  readonly maxToolRounds: number | undefined;
  readonly errorNames: ErrorNames | undefined;
  /** Left out where the run has to do with rounds, see `RoundsChannelOptions`. */
  readonly offer: ((taken: boolean) => void) | undefined;
  /** Of runs that may have to go on elsewhere, by their names. */
  readonly memories: Map<string, RoundMemory>;
  send(header: ExecutorHeader, payloads?: readonly string[]): void;
  /** Asked when the server is of no use: true when the run shall count as lost, so that it is replayed elsewhere. */
  elsewhere(error: IsomuxError): boolean;
  lose(fault: IsomuxError): void;
  /** Called once, when the outcome has been sent. */
  ended(): void;
}

const MiB = 1024 * 1024;
/** How long a server may be over the budget. Less than a driver waits for its executor, by default. */
const ANSWER_GRACE_MS = 150;
/** Longer than a server of ours makes an id. */
const MAX_KEY_LENGTH = MiB;
/** Runs whose memory outlives their channel. */
const MAX_MEMORIES = 1_000;
/** An id that a server of ours has made the first of a round. */
const RECORDED = /^tc_\d+\.[A-Za-z0-9_-]+$/;

/** One run over the round protocol, as an executor half sees it: a round is a turn. */
export class RoundsRun {
  readonly #header: OpenHeader;
  readonly #open: OpenPayloads;
  readonly #host: RoundsRunHost;
  readonly #memory: RoundMemory;
  readonly #life: AbortController = new AbortController();
  readonly #startedAtMs: number = monotonicMs();
  #deadline: Timer;
  /** The part of a request that is the same in each. */
  readonly #program: string;
  /** Members of `toolResults`, each ready to be sent. */
  readonly #results: string[] = [];
  /** Calls that a result is due for. */
  readonly #waiting = new Set<number>();
  readonly #keys = new Set<string>();
  /** What the next turn delivers. */
  #inputs: { readonly id: number; readonly ok: boolean }[] = [];
  #replaysDue: number;
  #calls = 0;
  #turn = 0;
  #nowMs: number;
  #lines = 0;
  #rounds = 0;
  #begun = false;
  #isRemembered = false;
  #ended = false;
  #toolWaitMs = 0;
  /** When the tools were asked for that the next round waits for. */
  #askedAtMs: number | undefined;

  constructor(header: OpenHeader, payloads: readonly string[], host: RoundsRunHost) {
    this.#header = header;
    this.#host = host;
    this.#open = parseOpenPayloads(payloads);
    this.#replaysDue = header.replayTurns;
    this.#nowMs = header.startMs;
    this.#memory = this.#remember();
    const { code, tools } = this.#open;
    const schemas = tools.map((name) => ({ name, description: '', inputSchema: { type: 'object' } }));
    this.#program = `{"code":${JSON.stringify(code)},"tools":${JSON.stringify(schemas)}${encodeLimits(header.limits)}`;
    this.#deadline = setTimer(this.#leftMs, () => this.#outOfTime());
  }

  /** Sends the first round, unless recorded turns are to come before. */
  start(): void {
    const unsupported = findUnsupported(this.#header, this.#open);
    if (unsupported !== undefined) {
      if (this.#host.offer !== undefined) return this.#moves(false);
      const message = `The round protocol has no place for ${unsupported}. Leave it out, or use a server and a transport that have.`;
      return this.#fail('INVALID_OPTION', message);
    }
    if (this.#replaysDue === 0) void this.#round();
    // It began over a connection, for all that is known here.
    else if (this.#host.offer !== undefined && !this.#isRemembered) this.#moves(false);
  }

  /** One recorded turn: a round that was answered before. */
  replay(header: ReplayHeader, payloads: readonly string[]): void {
    if (this.#ended) return;
    const settles = header.inputs.filter((input) => input.kind === 'settle');
    for (const [index, { id, ok }] of settles.entries()) this.#take(id, ok, payloads[index] ?? '');
    for (const { id } of header.calls) {
      const key = this.#memory.keys[id];
      if (key === undefined) {
        return this.#fail('EXECUTOR_LOST', 'The run cannot go on over rounds: it began over another transport, or too long ago.');
      }
      this.#keys.add(key);
      this.#waiting.add(id);
      this.#calls = id + 1;
    }
    this.#turn = header.turn + 1;
    this.#nowMs = header.nowMs;
    this.#lines = header.logLines;
    if (--this.#replaysDue > 0) return;
    this.#begin();
    this.#askedAtMs = monotonicMs();
    if (this.#waiting.size === 0) void this.#round();
  }

  /** Outcomes of calls. The next round is sent when all have theirs. */
  settle({ calls }: SettleHeader, payloads: readonly string[]): void {
    if (this.#ended) return;
    for (const [index, { id, ok }] of calls.entries()) {
      if (!this.#waiting.has(id)) continue;
      this.#take(id, ok, payloads[index] ?? '');
      this.#inputs.push({ id, ok });
    }
    if (this.#waiting.size === 0 && this.#askedAtMs !== undefined) void this.#round();
  }

  abort(code: AbortHeader['code']): void {
    this.#fail(code);
  }

  /** Stops without a word. */
  drop(): void {
    this.#ended = true;
    this.#deadline.clear();
    this.#life.abort(new IsomuxError('ABORTED', 'the run has ended'));
  }

  get #leftMs(): number {
    const { limits, spentMs } = this.#header;
    return limits.wallMs - spentMs - (monotonicMs() - this.#startedAtMs);
  }

  #remember(): RoundMemory {
    const { memories } = this.#host;
    const known = memories.get(this.#header.run);
    this.#isRemembered = known !== undefined;
    if (known !== undefined && this.#replaysDue > 0) return known;
    const memory = { keys: [], lines: new RoundLines(), unknown: [] };
    memories.set(this.#header.run, memory);
    for (const name of memories.keys()) {
      if (memories.size <= MAX_MEMORIES) break;
      memories.delete(name);
    }
    return memory;
  }

  #take(id: number, ok: boolean, text: string): void {
    const key = this.#memory.keys[id];
    if (key === undefined || !this.#waiting.delete(id)) return;
    this.#results.push(`${JSON.stringify(key)}:${encodeResult(ok, text)}`);
  }

  // ---- rounds

  async #round(): Promise<void> {
    if (this.#askedAtMs !== undefined) this.#toolWaitMs += monotonicMs() - this.#askedAtMs;
    this.#askedAtMs = undefined;
    const { wallMs, memoryBytes } = this.#header.limits;
    // Whole numbers: engines of other servers take nothing else. The first is as it was asked for, and what is left of it is kept here.
    const timeout = Math.ceil(this.#rounds++ === 0 ? wallMs : Math.max(1, this.#leftMs));
    const members = [...this.#memory.unknown, ...this.#results];
    const results = members.length === 0 ? '' : `,"toolResults":{${members.join(',')}}`;
    const isOffer = this.#host.offer !== undefined && !this.#begun && members.length === 0;
    const accept = isOffer ? `,"accept":["isomux.${PROTOCOL_VERSION}"]` : '';
    const body = `${this.#program}${accept}${results},"timeout":${timeout},"memoryLimit":${Math.floor(memoryBytes / MiB)}}`;
    try {
      const answer = await postRound(this.#host.server, body, this.#begun, this.#life.signal);
      if (this.#ended) return;
      if (isOffer && isExecuteUpgrade(answer)) return this.#moves(true);
      this.#answered(parseExecuteResponse(answer));
    } catch (error) {
      if (!this.#ended) this.#failRound(error);
    }
  }

  /** Leaves the run to a connection, as an executor does that has no place for it. */
  #moves(taken: boolean): void {
    this.#host.offer?.(taken);
    this.#fail('OVERLOADED');
  }

  #answered(response: ExecuteResponse): void {
    if (response.status === 'error') return this.#endFailure(response.error);
    const asked = response.status === 'need_tools' ? response.toolCalls : [];
    const calls = this.#offered(asked);
    const { maxToolRounds } = this.#host;
    const isTooMany = response.status === 'need_tools' && maxToolRounds !== undefined && this.#rounds >= maxToolRounds;
    const payloads = isTooMany ? [] : this.#check(calls);
    this.#begin();
    // Where a replay has delivered everything, the turn was reported before, with its lines.
    const isKnown = this.#turn > 0 && this.#inputs.length === 0;
    if (!isKnown) this.#write(response.logs, calls);
    if (isTooMany) {
      const message = `The program needs more than maxToolRounds (${maxToolRounds}) rounds. Allow more, or make calls that do not need each other together.`;
      return this.#fail('TOOL_ROUND_LIMIT', message);
    }
    // Of calls that nobody hears of there is nothing to report.
    if (asked.length > 0 && calls.length === 0) return void this.#round();
    if (!isKnown || calls.length > 0) this.#report(calls, payloads);
    if (response.status === 'need_tools') this.#askedAtMs = monotonicMs();
    else if (response.success) this.#endValue(response.value);
    else this.#endFailure(response.error);
  }

  /** The calls of tools that there are. The others get an error for a result. */
  #offered(calls: readonly ToolCallRequest[]): readonly ToolCallRequest[] {
    const { tools } = this.#open;
    const offered = calls.filter(({ name }) => tools.includes(name));
    if (offered.length === calls.length) return calls;
    const { maxCalls } = this.#header.limits;
    const { unknown } = this.#memory;
    if (this.#calls + calls.length + unknown.length > maxCalls) throw tooManyCalls(maxCalls);
    for (const { id, name } of calls) {
      if (tools.includes(name)) continue;
      if (this.#keys.has(id)) throw new IsomuxError('PROTOCOL_ERROR', 'The server asks for a call that it has the result of.');
      if (id.length + name.length > MAX_KEY_LENGTH)
        throw new IsomuxError('PROTOCOL_ERROR', 'The server gives a call a name that is far too long.');
      this.#keys.add(id);
      unknown.push(`${JSON.stringify(id)}:${JSON.stringify({ success: false, error: `Unknown tool: ${name}` })}`);
    }
    return offered;
  }

  /** The arguments of calls that may be made, as texts. */
  #check(calls: readonly ToolCallRequest[]): readonly string[] {
    const { maxCalls, maxArgumentBytes } = this.#header.limits;
    if (this.#calls + calls.length > maxCalls) throw tooManyCalls(maxCalls);
    return calls.map(({ id, name, args }) => {
      if (this.#keys.has(id)) throw new IsomuxError('PROTOCOL_ERROR', 'The server asks for a call that it has the result of.');
      if (id.length > MAX_KEY_LENGTH) throw new IsomuxError('PROTOCOL_ERROR', 'The server gives a call an id that is far too long.');
      const text = args === undefined ? '{}' : JSON.stringify(args);
      if (!isOverBytes(text, maxArgumentBytes)) return text;
      throw new IsomuxError(
        'ARGUMENT_TOO_LARGE',
        `The argument of ${name} is over maxArgumentBytes (${maxArgumentBytes}). Pass less data.`,
      );
    });
  }

  #write(logs: readonly string[], calls: readonly ToolCallRequest[]): void {
    const { run, limits } = this.#header;
    const recorded = [calls[0]?.id ?? '', ...this.#memory.keys].some((key) => RECORDED.test(key));
    const lines = this.#memory.lines.take(logs, recorded, limits);
    if (lines.length === 0) return;
    const header = { type: 'log', run, turn: this.#turn, seq: this.#lines, levels: lines.map(levelOf) } as const;
    this.#lines += lines.length;
    this.#host.send(
      header,
      lines.map((line) => JSON.stringify(line)),
    );
  }

  #report(calls: readonly ToolCallRequest[], payloads: readonly string[]): void {
    const { run, startMs, spentMs } = this.#header;
    const settles = this.#inputs.toSorted((a, b) => a.id - b.id).map(({ id, ok }): TurnInput => ({ kind: 'settle', id, ok }));
    const elapsedMs = startMs + spentMs + monotonicMs() - this.#startedAtMs;
    this.#nowMs = Math.round(Math.max(elapsedMs, this.#nowMs + 0.001) * 1000) / 1000;
    this.#inputs = [];
    const records = calls.map(({ id: key, name: tool }, index) => {
      const id = this.#calls++;
      this.#memory.keys[id] = key;
      this.#keys.add(key);
      this.#waiting.add(id);
      return { id, tool, hash: hashText(payloads[index] ?? '') };
    });
    const inputs: readonly TurnInput[] = this.#turn === 0 ? [{ kind: 'start' }] : settles;
    const header = { type: 'turn', run, turn: this.#turn, nowMs: this.#nowMs, inputs, calls: records, logLines: this.#lines } as const;
    this.#turn++;
    this.#host.send(header, payloads);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#host.send({ type: 'started', run: this.#header.run, queueWaitMs: 0 });
  }

  // ---- the end

  /** A server that is executing the program has a moment to say itself that the time is over, with the lines so far. */
  #outOfTime(): void {
    if (this.#askedAtMs !== undefined) return this.#fail('TIMEOUT');
    this.#deadline = setTimer(ANSWER_GRACE_MS, () => this.#fail('TIMEOUT'));
  }

  #failRound(error: unknown): void {
    const known = isIsomuxError(error)
      ? error
      : new IsomuxError('PROTOCOL_ERROR', 'The answer to a round could not be read.', { cause: error });
    const busy = known.code === 'OVERLOADED' || known.code === 'DRAINING';
    const movable = isServerError(error) || (busy && this.#begun);
    if (!movable || !this.#host.elsewhere(known)) return this.#endFailure(this.#nameError(error, known));
    this.drop();
    this.#host.lose(new IsomuxError('EXECUTOR_LOST', known.message, { cause: known }));
  }

  #nameError(error: unknown, { code, message }: IsomuxError): OutcomeError {
    const { errorNames } = this.#host;
    if (errorNames === undefined || !(error instanceof ContactError)) return createOutcomeError(code, message);
    const name = error.answered ? errorNames.refused : errorNames.unreachable;
    return { ...createOutcomeError(code, message, `${name}: ${message}`), name };
  }

  /** `message` is for codes that have no words of their own. */
  #fail(code: ErrorCode, message?: string): void {
    this.#endFailure(message === undefined ? describeOutcome(code, this.#header.limits) : createOutcomeError(code, message));
  }

  #endValue(value: unknown): void {
    if (value === undefined) return this.#end('undefined', []);
    const { maxReturnBytes } = this.#header.limits;
    const text = JSON.stringify(value);
    if (!isOverBytes(text, maxReturnBytes)) return this.#end('value', [text]);
    this.#fail('RETURN_TOO_LARGE', `The returned value is over maxReturnBytes (${maxReturnBytes}). Return less, or pass it to a tool.`);
  }

  #endFailure(error: OutcomeError): void {
    this.#end('failure', [JSON.stringify(error)]);
  }

  #end(status: 'value' | 'undefined' | 'failure', payloads: readonly string[]): void {
    if (this.#ended) return;
    this.drop();
    const { run, spentMs } = this.#header;
    const wallMs = spentMs + monotonicMs() - this.#startedAtMs;
    const stats = { cpuMs: 0, wallMs, toolWaitMs: this.#toolWaitMs, queueWaitMs: 0, heapBytes: 0, turns: this.#turn };
    this.#host.memories.delete(run);
    this.#host.send({ type: 'outcome', run, status, stats }, payloads);
    this.#host.ended();
  }
}

/** What a request of the round protocol cannot ask for. */
function findUnsupported({ clock, globals, preparation }: OpenHeader, { env }: OpenPayloads): string | undefined {
  if (preparation !== undefined) return 'prepare';
  if (env !== null) return 'env';
  if (globals !== 'agent') return `globals: '${globals}'`;
  return clock === 'logical' ? undefined : `clock: '${clock}'`;
}

function tooManyCalls(maxCalls: number): IsomuxError {
  return new IsomuxError('TOOL_CALL_LIMIT', `The program made more than maxCalls (${maxCalls}) tool calls. Allow more.`);
}

function isOverBytes(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes);
}
