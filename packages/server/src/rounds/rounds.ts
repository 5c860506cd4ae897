import type { Executor } from '@isomux/executor';
import { assertToolName, describeOutcome, hashText, IsomuxError, isIsomuxError, parseExecuteRequest } from '@isomux/protocol';
import type { ExecuteResponse, Limits, LostHeader, RoundRequest, RoundResult } from '@isomux/protocol';
import type { ServerCoreOptions } from '../options.ts';
import { answerCalls, answerOutcome, createRefusal } from './answer.ts';
import { encodeSuffix, hashProgram, otherProgram, readJourney, readKey, type Journey, type JourneyStart } from './journey.ts';
import { KeptRuns, type KeptRun } from './kept-runs.ts';
import { boundResult, chooseLimits } from './round-limits.ts';
import { RoundRun, type RoundProgress } from './round-run.ts';
import { validateProgram, type Validation } from './validate.ts';

/** Who asks. */
export interface RoundCaller {
  /** A kept run is gone on with only for the principal that began it. */
  readonly principal: string;
  /** Aborts when the client has gone. A run that it cannot come back to is ended then. */
  readonly signal: AbortSignal;
  /** The name of the run that begins: 32 hexadecimal digits. Default: chance. */
  readonly key?: string | undefined;
}

/** The round protocol at one executor. */
export interface Rounds {
  /**
   * Answers one round. `body` is the parsed JSON of the request. Whatever becomes of the program is in the answer.
   *
   * Rejects with `PROTOCOL_ERROR` for a body that is no request.
   */
  execute(body: unknown, caller: RoundCaller): Promise<ExecuteResponse>;
  /** Says whether a program's text is one, without executing it. Rejects with the executor's code when it would not look. */
  validate(code: string, signal: AbortSignal): Promise<Validation>;
  /** Runs that are kept between two rounds. */
  readonly suspended: number;
  /** Keeps no run between rounds any more: other servers can go on with them. Those in a round are answered yet. */
  drain(): void;
  /** Drops every run. Those in a round are answered with an error. */
  close(): void;
}

/** A request, checked as far as it can be without the run. */
interface Round {
  readonly code: string;
  readonly tools: readonly string[];
  readonly results: readonly RoundResult[];
  readonly limits: Limits;
  readonly program: string;
  /** {@link hashIds} of the results' ids. */
  readonly asked: string;
  /** What the ids say of the run, undefined for one that begins. Not looked at while the run is kept. */
  readonly journey: () => Journey | undefined;
}

const DEFAULT_SUSPEND_MS = 60_000;
const DEFAULT_MAX_SUSPENDED = 256;
/** Places that one round may lose, and crashes of them after which a run that was alone is taken for the cause. */
const MAX_LOSSES = 8;
const MAX_CRASHES = 2;
/** UTF-16 units of an answer that is kept for a client that asks again. */
const MAX_KEPT_ANSWER = 1024 * 1024;

/**
 * Makes the server side of the round protocol. Between rounds a run stays suspended at the executor, for `suspendMs` and among the
 * last `maxSuspended`, and gives its place up when another run waits for one. A run that is not kept any more, or was begun
 * at another server, is replayed from what its client brings.
 */
export function createRounds(executor: Executor, options: Pick<ServerCoreOptions, 'suspendMs' | 'maxSuspended'> = {}): Rounds {
  return new ExecutorRounds(executor, options.suspendMs ?? DEFAULT_SUSPEND_MS, options.maxSuspended ?? DEFAULT_MAX_SUSPENDED);
}

class ExecutorRounds implements Rounds {
  readonly #executor: Executor;
  readonly #kept: KeptRuns;

  constructor(executor: Executor, suspendMs: number, maxSuspended: number) {
    this.#executor = executor;
    this.#kept = new KeptRuns(suspendMs, maxSuspended);
  }

  get suspended(): number {
    return this.#kept.suspended;
  }

  async execute(body: unknown, caller: RoundCaller): Promise<ExecuteResponse> {
    // Without waiting: the body would be kept for as long as the program runs.
    return this.#executeRequest(parseExecuteRequest(body), caller);
  }

  async #executeRequest(request: RoundRequest, caller: RoundCaller): Promise<ExecuteResponse> {
    try {
      const tools = checkToolNames(request.tools);
      const limits = chooseLimits(request, this.#executor.limits);
      const results = request.results.map((result) => boundResult(result, limits));
      const program = hashProgram(request);
      const asked = hashIds(results.map(({ key }) => key));
      const journey = (): Journey | undefined => readJourney(results, program, tools, Date.now());
      return await this.#execute({ code: request.code, tools, results, limits, program, asked, journey }, caller);
    } catch (error) {
      if (isIsomuxError(error)) return createRefusal(error.code, error.message);
      throw error;
    }
  }

  validate(code: string, signal: AbortSignal): Promise<Validation> {
    this.#makeRoom();
    return validateProgram(this.#executor, code, signal);
  }

  drain(): void {
    this.#kept.drain();
  }

  close(): void {
    this.#kept.close();
  }

  #execute(round: Round, caller: RoundCaller): Promise<ExecuteResponse> {
    const key = readKey(round.results);
    const kept = key === undefined ? undefined : this.#kept.find(caller.principal, key);
    if (kept?.asked === round.asked || kept?.expected === round.asked) {
      if (kept.start.program !== round.program) throw otherProgram();
      const answer = this.#goOn(kept, round);
      if (answer !== undefined) return answer;
    }
    const journey = round.journey();
    if (journey === undefined) return this.#begin(round, caller);
    // What a client brings of it is no more than a wish.
    const wallMs = Math.min(journey.start.wallMs, this.#executor.limits.wallMs);
    return this.#replay(round, { ...journey, start: { ...journey.start, wallMs } }, caller.principal);
  }

  #begin(round: Round, { principal, signal, key = createRoundKey() }: RoundCaller): Promise<ExecuteResponse> {
    const wallMs = Math.ceil(round.limits.wallMs);
    const start = { key, startMs: Date.now(), wallMs, program: round.program };
    const kept = this.#keep(principal, start, undefined, round);
    const answer = this.#answer(kept, round);
    // Nobody has an id of it by which to come back.
    const abort = (): void => kept.run.abort();
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return answer.finally(() => signal.removeEventListener('abort', abort));
  }

  /** The next round of a run that is kept, or the last one again. Undefined where its answer was too large to keep. */
  #goOn(kept: KeptRun, round: Round): Promise<ExecuteResponse> | undefined {
    if (kept.asked === round.asked) return kept.answer;
    this.#kept.resume(kept);
    kept.asked = round.asked;
    kept.expected = undefined;
    return (kept.answer = this.#answer(kept, round));
  }

  #replay(round: Round, journey: Journey, principal: string): Promise<ExecuteResponse> {
    if (!journey.whole)
      throw new IsomuxError('EXECUTOR_LOST', 'The run is not kept here any more, and its record was too long to be carried.');
    if (spentMs(journey.start) >= journey.start.wallMs) {
      const limits = { ...round.limits, wallMs: journey.start.wallMs };
      return Promise.resolve(answerOutcome({ kind: 'failure', error: describeOutcome('TIMEOUT', limits), refused: false }, []));
    }
    const resumed = this.#keep(principal, journey.start, journey, round);
    return (resumed.answer = this.#answer(resumed, round));
  }

  #keep(principal: string, start: JourneyStart, journey: Journey | undefined, round: Round): KeptRun {
    const run = this.#open(start, journey, round, false);
    const said = journey?.turns.at(-1)?.record;
    const { asked } = round;
    const kept = { principal, start, run, busy: true, asked, answer: undefined, expected: undefined, recorded: true, said };
    this.#kept.add(kept);
    return kept;
  }

  #open(start: JourneyStart, journey: Journey | undefined, round: Round, suspect: boolean): RoundRun {
    this.#makeRoom();
    const { code, tools, results } = round;
    const limits = { ...round.limits, wallMs: start.wallMs };
    const seed = start.key + start.key;
    const plan = { code, tools, limits, seed, startMs: start.startMs, spentMs: spentMs(start), suspect };
    const run = new RoundRun(this.#executor, plan);
    try {
      run.open(journey?.turns ?? [], results);
    } catch (cause) {
      run.close();
      throw new IsomuxError('REPLAY_DIVERGED', 'The run cannot be gone on with: its record is no run’s. Begin it anew.', { cause });
    }
    return run;
  }

  /** Before a run asks for a place: where there is none, one that stands still gives its own up. */
  #makeRoom(): void {
    if (this.#executor.stats().running >= this.#executor.maxRuns) this.#kept.makeRoom();
  }

  async #answer(kept: KeptRun, round: Round): Promise<ExecuteResponse> {
    try {
      return await this.#converse(kept, round);
    } catch (error) {
      this.#kept.suspend(kept);
      this.#kept.drop(kept);
      if (isIsomuxError(error)) throw error;
      throw new IsomuxError('ENGINE_CRASHED', 'The engine said of the run what cannot be.', { cause: error });
    }
  }

  async #converse(kept: KeptRun, round: Round): Promise<ExecuteResponse> {
    let crashes = 0;
    for (let losses = 0; ; losses++) {
      const progress = await kept.run.next(round.results);
      if (!isLost(progress)) return this.#respond(kept, round, progress);
      if (progress.code !== 'EXECUTOR_LOST') crashes++;
      const guilty = crashes >= MAX_CRASHES && progress.alone;
      if (guilty || losses === MAX_LOSSES || !kept.recorded) return this.#giveUp(kept, round, progress);
      kept.run = this.#open(kept.start, round.journey(), round, progress.suspect);
    }
  }

  #giveUp(kept: KeptRun, round: Round, { code }: LostHeader): ExecuteResponse {
    this.#kept.suspend(kept);
    this.#kept.drop(kept);
    if (code === 'EXECUTOR_LOST') return createRefusal(code, 'The place where the run was executed is gone. Try again.');
    return answerOutcome({ kind: 'failure', error: describeOutcome(code, round.limits), refused: false }, []);
  }

  #respond(kept: KeptRun, round: Round, { calls, lines, outcome, turns }: RoundProgress): ExecuteResponse {
    const { start, said } = kept;
    let length = lines.reduce((sum, line) => sum + line.length, 0);
    let response: ExecuteResponse;
    if (outcome === undefined) {
      const before = said ?? { nowMs: start.startMs, logLines: 0 };
      const suffix = encodeSuffix(said === undefined ? start : undefined, before, turns, round.tools);
      response = answerCalls(calls, suffix, lines);
      length = calls.reduce((sum, { argument }) => sum + argument.length, length + suffix.length);
      kept.recorded = turns !== undefined;
      kept.expected = hashIds([...round.results.map(({ key }) => key), ...idsOf(response)]);
      kept.said = turns?.at(-1)?.record ?? before;
    } else {
      response = answerOutcome(outcome, lines);
      if (outcome.kind === 'value') length += outcome.text.length;
    }
    this.#kept.suspend(kept);
    // What has ended without the client having an id of it cannot be asked for again.
    if (outcome !== undefined && said === undefined) this.#kept.drop(kept);
    if (length > MAX_KEPT_ANSWER) kept.answer = undefined;
    if (this.#executor.stats().queued > 0) this.#kept.makeRoom();
    return response;
  }
}

/** @throws IsomuxError `TOOL_NAME_INVALID`. */
function checkToolNames(names: readonly unknown[]): readonly string[] {
  const tools = new Set<string>();
  for (const name of names) {
    assertToolName(name);
    if (tools.has(name)) throw new IsomuxError('TOOL_NAME_INVALID', `the tool ${name} is offered twice; rename one of them`);
    tools.add(name);
  }
  return [...tools];
}

function isLost(progress: RoundProgress | LostHeader): progress is LostHeader {
  return 'type' in progress;
}

function idsOf(response: ExecuteResponse): readonly string[] {
  return response.status === 'need_tools' ? response.toolCalls.map(({ id }) => id) : [];
}

/** Sorted by call, which ids that were sorted by call and then added to are. */
function hashIds(ids: readonly string[]): string {
  return hashText(ids.join(','));
}

function spentMs({ startMs }: JourneyStart): number {
  return Math.max(0, Date.now() - startMs);
}

/** Makes up the name of a run: 32 hexadecimal digits. */
export function createRoundKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The name of the run that the body of a round goes on with, as it says itself. Undefined for one that begins a run, and for what says nothing
 * that can be read.
 */
export function readRoundKey(body: unknown): string | undefined {
  try {
    return readKey(parseExecuteRequest(body).results);
  } catch (error) {
    if (isIsomuxError(error)) return undefined;
    throw error;
  }
}
