import {
  hashText,
  IsomuxError,
  LIMIT_NAMES,
  type RoundRequest,
  type RoundResult,
  type Settlement,
  type TurnInput,
  type TurnRecord,
} from '@isomux/protocol';
import { ByteReader, ByteWriter } from './byte-text.ts';

/** What identifies a run of the round protocol, and what it began with. Travels on the first id that the client got. */
export interface JourneyStart {
  /** 32 hexadecimal digits: the run's chance, and its name among those that a server keeps. */
  readonly key: string;
  /** When it was asked for, milliseconds since the epoch by the clock of the server that began it; a whole number. */
  readonly startMs: number;
  /** Its whole budget in milliseconds; a whole number. */
  readonly wallMs: number;
  /** {@link hashProgram} of what it executes. */
  readonly program: string;
}

/** One recorded turn, with what its settlements said. */
export interface JourneyTurn {
  readonly record: TurnRecord;
  /** {@link hashSettlements} of those it delivered. */
  readonly settled: string;
}

/** What the ids of a request say of its run. */
export interface Journey {
  readonly start: JourneyStart;
  /** From turn 0 on. Each call in them has a result in the request. */
  readonly turns: readonly JourneyTurn[];
  /** False where the record had become too long to be carried: only the server that keeps the run can go on with it. */
  readonly whole: boolean;
}

/** Bytes of the record that the ids of one round carry. More, and the run can be gone on with only where it is kept. */
export const MAX_ROUND_BYTES: number = 256 * 1024;
/** Turns of a record, likewise. */
export const MAX_TURNS: number = 100_000;

const BEGIN = 1;
const CONTINUE = 2;
const BEGIN_UNRECORDED = 3;
const CONTINUE_UNRECORDED = 4;

const KEY_BYTES = 16;
const HASH_BYTES = 8;
const SETTLED_BYTES = 4;
/** In base64url, with the byte before it and one after it, which make whole groups. */
const KEY_TEXT_LENGTH = ((KEY_BYTES + 2) / 3) * 4;
const MAX_TIME_MS = 8.64e15;

/** The fingerprint of all that has to be the same in every round: the program, and what it is offered and allowed. */
export function hashProgram({ code, tools, limits }: RoundRequest): string {
  return hashText(JSON.stringify([code, tools, LIMIT_NAMES.map((name) => limits[name])]));
}

/** A fingerprint of results, in the order in which a turn delivered them: eight hexadecimal digits, of none empty. */
export function hashSettlements(settlements: readonly Settlement[]): string {
  if (settlements.length === 0) return '';
  const hashes = settlements.map(({ id, ok, text }) => `${id} ${ok} ${hashText(text)}`);
  return hashText(hashes.join('\n')).slice(0, 2 * SETTLED_BYTES);
}

/**
 * Writes what a round's ids shall carry: the turns since the last round, after `before`, and in the first round the start.
 * `turns` is undefined where the record is not whole.
 */
export function encodeSuffix(
  start: JourneyStart | undefined,
  before: { readonly nowMs: number; readonly logLines: number },
  turns: readonly JourneyTurn[] | undefined,
  tools: readonly string[],
): string {
  const writer = new ByteWriter();
  const begin = turns === undefined ? BEGIN_UNRECORDED : BEGIN;
  const next = turns === undefined ? CONTINUE_UNRECORDED : CONTINUE;
  writer.byte(start === undefined ? next : begin);
  if (start !== undefined) {
    writer.hex(start.key);
    writer.count(start.startMs);
    writer.count(start.wallMs);
    writer.hex(start.program);
  }
  const indexes = new Map(tools.map((tool, index) => [tool, index]));
  let { logLines } = before;
  let nowUs = toMicroseconds(before.nowMs);
  for (const { record, settled } of turns ?? []) {
    const us = toMicroseconds(record.nowMs);
    writer.count(us - nowUs);
    nowUs = us;
    writer.count(record.logLines - logLines);
    ({ logLines } = record);
    writeInputs(writer, record.inputs, settled);
    writer.count(record.calls.length);
    for (const { tool, hash } of record.calls) {
      writer.count(indexes.get(tool) ?? 0);
      writer.hex(hash);
    }
  }
  return writer.toText();
}

function writeInputs(writer: ByteWriter, inputs: readonly TurnInput[], settled: string): void {
  const settles = inputs.filter((input) => input.kind === 'settle');
  const timer = inputs.find((input) => input.kind === 'timer');
  writer.count(settles.length);
  let last = 0;
  for (const { id } of settles) {
    // Mostly each is the next one, and then this is one byte.
    writer.count(id >= last ? 2 * (id - last) : 2 * (last - id) - 1);
    last = id;
  }
  writer.hex(settled);
  writer.count(timer === undefined ? 0 : timer.id + 1);
}

/**
 * Reads what the ids of a request say. Undefined when they say nothing: then the run begins anew.
 *
 * @throws IsomuxError `REPLAY_DIVERGED` for what no server of this kind wrote, or wrote for another program, and for results
 * that are not those that the record was made with.
 */
export function readJourney(
  results: readonly RoundResult[],
  program: string,
  tools: readonly string[],
  nowMs: number,
): Journey | undefined {
  const suffixes = results.filter(({ suffix }) => suffix !== '');
  if (suffixes.length === 0) return undefined;
  const reader = new JourneyReader(results, tools);
  for (const { key, suffix } of suffixes) {
    try {
      reader.read(new ByteReader(suffix));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw diverged(`the record in the id ${key.slice(0, 40)} is broken: ${error.message}`);
    }
  }
  const { start, turns, whole } = reader;
  if (start === undefined) throw diverged('the id with which the run began is missing');
  if (start.program !== program) throw otherProgram();
  if (start.startMs > nowMs + MAX_CLOCK_SKEW_MS) throw diverged('it is from the future');
  return { start, turns, whole };
}

/** How far the clocks of servers that go on with each other's runs may be apart. */
const MAX_CLOCK_SKEW_MS = 60 * 60 * 1000;

/** The name of the run that a request goes on with, as it says itself. Undefined where it says none, or nothing that can be read. */
export function readKey(results: readonly RoundResult[]): string | undefined {
  const first = results.find(({ suffix }) => suffix !== '');
  if (first === undefined) return undefined;
  try {
    const reader = new ByteReader(first.suffix.slice(0, KEY_TEXT_LENGTH));
    const kind = reader.byte();
    return kind === BEGIN || kind === BEGIN_UNRECORDED ? reader.hex(KEY_BYTES) : undefined;
  } catch {
    return undefined;
  }
}

/** The error of a request that goes on with a run, and has not the same program as before. */
export function otherProgram(): IsomuxError {
  return diverged('it is another program than in the rounds before, or has other tools or limits');
}

function diverged(why: string): IsomuxError {
  return new IsomuxError('REPLAY_DIVERGED', `The run cannot be gone on with: ${why}. Begin it anew.`);
}

function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000);
}

class JourneyReader {
  start: JourneyStart | undefined;
  readonly turns: JourneyTurn[] = [];
  whole = true;
  readonly #results: ReadonlyMap<number, Settlement>;
  readonly #tools: readonly string[];
  #nowUs = 0;
  #logLines = 0;
  #nextCall = 0;
  readonly #settled = new Set<number>();

  constructor(results: readonly Settlement[], tools: readonly string[]) {
    this.#results = new Map(results.map((result) => [result.id, result]));
    this.#tools = tools;
  }

  read(reader: ByteReader): void {
    const kind = reader.byte();
    if (kind < BEGIN || kind > CONTINUE_UNRECORDED) throw new RangeError('it is of another version');
    const begins = kind === BEGIN || kind === BEGIN_UNRECORDED;
    if (begins !== (this.start === undefined)) throw new RangeError(begins ? 'the run begins twice' : 'the run has not begun');
    if (begins) this.#begin(reader);
    if (kind === BEGIN_UNRECORDED || kind === CONTINUE_UNRECORDED) this.whole = false;
    while (reader.left > 0) this.#turn(reader);
  }

  #begin(reader: ByteReader): void {
    this.start = { key: reader.hex(KEY_BYTES), startMs: reader.count(), wallMs: reader.count(), program: reader.hex(HASH_BYTES) };
    if (this.start.startMs * 1000 > Number.MAX_SAFE_INTEGER) throw new RangeError('it begins at no time');
    this.#nowUs = this.start.startMs * 1000;
  }

  #turn(reader: ByteReader): void {
    this.#nowUs += reader.count();
    const nowMs = this.#nowUs / 1000;
    if (!Number.isSafeInteger(this.#nowUs) || nowMs > MAX_TIME_MS) throw new RangeError('it has a turn at no time');
    this.#logLines += reader.count();
    const ids = this.#settledIds(reader);
    const settled = ids.length === 0 ? '' : reader.hex(SETTLED_BYTES);
    const timer = reader.count();
    const calls = [];
    // A call takes nine bytes and more, so that the count is bounded by what there is to read.
    for (let left = reader.count(); left > 0; left--) {
      const tool = this.#tools[reader.count()];
      if (tool === undefined) throw new RangeError('it calls a tool that is not offered');
      calls.push({ id: this.#nextCall++, tool, hash: reader.hex(HASH_BYTES) });
    }
    if (!Number.isSafeInteger(this.#logLines)) throw new RangeError('it has no number of lines');
    for (const { id } of calls) this.#settlement(id);
    const turn = this.turns.length;
    if (turn === MAX_TURNS) throw new RangeError('it has too many turns');
    if ((turn === 0) !== (ids.length === 0 && timer === 0)) throw new RangeError('it has a turn without a reason');
    const settlements = ids.map((id) => this.#settlement(id));
    if (hashSettlements(settlements) !== settled) throw diverged('a result of an earlier round is not what it was');
    const inputs: TurnInput[] = settlements.map(({ id, ok }) => ({ kind: 'settle', id, ok }));
    if (turn === 0) inputs.push({ kind: 'start' });
    if (timer > 0) inputs.push({ kind: 'timer', id: timer - 1 });
    this.turns.push({ record: { turn, nowMs, inputs, calls, logLines: this.#logLines }, settled });
  }

  /** Each call once, so that a short record cannot become a long one. */
  #settledIds(reader: ByteReader): readonly number[] {
    const ids: number[] = [];
    let last = 0;
    for (let left = reader.count(); left > 0; left--) {
      const step = reader.count();
      last += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
      if (last < 0 || last >= this.#nextCall || this.#settled.has(last)) throw new RangeError('it settles no call');
      this.#settled.add(last);
      ids.push(last);
    }
    return ids;
  }

  #settlement(id: number): Settlement {
    const result = this.#results.get(id);
    if (result === undefined) throw diverged(`the result of call ${id} is missing`);
    return result;
  }
}
