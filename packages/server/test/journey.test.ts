import { parseExecuteRequest, type RoundResult, type TurnInput } from '@isomux/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../src/rounds/byte-text.ts';
import { encodeSuffix, hashProgram, hashSettlements, readJourney, type JourneyStart, type JourneyTurn } from '../src/rounds/journey.ts';

const TOOLS = ['echo', 'add', 'fail'];
const PROGRAM = hashProgram(parseExecuteRequest({ code: 'return 1', tools: TOOLS.map((name) => ({ name })) }));
const START: JourneyStart = { key: '00ff'.repeat(8), startMs: 1_700_000_000_000, wallMs: 30_000, program: PROGRAM };
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: digits, maxLength: digits });

interface Run {
  readonly turns: readonly JourneyTurn[];
  readonly results: ReadonlyMap<number, { readonly id: number; readonly ok: boolean; readonly text: string }>;
}

/** A record that a run can have made, and the results that it was made with. */
const randomRun: fc.Arbitrary<Run> = fc
  .array(
    fc.record({
      us: fc.integer({ min: 1, max: 100_000_000 }),
      lines: fc.nat(300),
      hashes: fc.array(fc.tuple(fc.nat(2), hex(16)), { maxLength: 4 }),
      take: fc.nat(4),
      backwards: fc.boolean(),
      timer: fc.option(fc.nat(1_000), { nil: undefined }),
      ok: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    const results = new Map<number, { id: number; ok: boolean; text: string }>();
    const turns: JourneyTurn[] = [];
    const waiting: number[] = [];
    let us = START.startMs * 1000;
    let logLines = 0;
    for (const { us: step, lines, hashes, take, backwards, timer, ok } of steps) {
      const ids = turns.length === 0 ? [] : waiting.splice(0, take);
      if (backwards) ids.reverse();
      const settled = ids.map((id) => ({ id, ok, text: ok ? JSON.stringify(`r${id}`) : '{"name":"Error","message":"no"}' }));
      for (const settlement of settled) results.set(settlement.id, settlement);
      const inputs: TurnInput[] = ids.map((id) => ({ kind: 'settle', id, ok }));
      if (turns.length === 0) inputs.push({ kind: 'start' });
      else if (timer !== undefined) inputs.push({ kind: 'timer', id: timer });
      if (inputs.length === 0) continue;
      us += step;
      logLines += lines;
      const first = waiting.length + results.size;
      const calls = hashes.map(([tool, hash], index) => ({ id: first + index, tool: TOOLS[tool] ?? '', hash }));
      waiting.push(...calls.map(({ id }) => id));
      turns.push({ record: { turn: turns.length, nowMs: us / 1000, inputs, calls, logLines }, settled: hashSettlements(settled) });
    }
    for (const id of waiting) results.set(id, { id, ok: true, text: '1' });
    return { turns, results };
  });

/** Puts the record on ids, in pieces, each on the first call that is made in it. */
function carry({ turns, results }: Run): RoundResult[] {
  const suffixes = new Map<number, string>();
  let from = 0;
  let start: JourneyStart | undefined = START;
  turns.forEach(({ record }, index) => {
    const piece = turns.slice(from, index + 1);
    const call = piece.flatMap((turn) => turn.record.calls)[0];
    if (record.calls.length === 0 || call === undefined) return;
    const before = turns[from - 1]?.record ?? { nowMs: START.startMs, logLines: 0 };
    suffixes.set(call.id, encodeSuffix(start, before, piece, TOOLS));
    start = undefined;
    from = index + 1;
  });
  return [...results.values()]
    .toSorted((a, b) => a.id - b.id)
    .map((result) => ({ ...result, key: `tc_${result.id}`, suffix: suffixes.get(result.id) ?? '' }));
}

describe('the record that ids carry', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(randomRun, (run) => {
        const journey = readJourney(carry(run), PROGRAM, TOOLS, START.startMs);
        const last = run.turns.findLastIndex(({ record }) => record.calls.length > 0);
        expect(journey).toEqual(last === -1 ? undefined : { start: START, turns: run.turns.slice(0, last + 1), whole: true });
      }),
    );
  });

  it('says that it is not whole when there is too much of it', () => {
    const results = [{ id: 0, ok: true, text: '1', key: 'tc_0', suffix: encodeSuffix(START, { nowMs: 0, logLines: 0 }, undefined, TOOLS) }];
    expect(readJourney(results, PROGRAM, TOOLS, START.startMs)).toEqual({ start: START, turns: [], whole: false });
  });

  it('is refused, or is another record, when bytes of it are missing or others', () => {
    fc.assert(
      fc.property(randomRun, fc.nat(), fc.nat(255), (run, at, value) => {
        const results = carry(run);
        const index = results.findIndex(({ suffix }) => suffix !== '');
        const found = results[index];
        if (found === undefined) return;
        const forge = (suffix: string): (() => unknown) => {
          const forged = results.map((result, i) => (i === index ? { ...result, suffix } : result));
          return () => readJourney(forged, PROGRAM, TOOLS, START.startMs);
        };
        const bytes = Buffer.from(found.suffix, 'base64url');
        for (const length of [bytes.length - 1, 1, Math.floor(bytes.length / 2)]) {
          expect(readOrCode(forge(bytes.subarray(0, length).toString('base64url')))).toSatisfy(isRecordOrRefusal);
        }
        bytes[at % bytes.length] = value;
        expect(readOrCode(forge(bytes.toString('base64url')))).toSatisfy(isRecordOrRefusal);
      }),
    );
  });

  it('is refused when it settles a call twice, or one that was not made: a short record could become a long one', () => {
    const settlement = { id: 0, ok: true, text: '1' };
    const call = { id: 0, tool: 'echo', hash: '0'.repeat(16) };
    const start: JourneyTurn = {
      record: { turn: 0, nowMs: START.startMs, inputs: [{ kind: 'start' }], calls: [call], logLines: 0 },
      settled: '',
    };
    const next = (...ids: number[]): JourneyTurn => ({
      record: { turn: 1, nowMs: START.startMs, inputs: ids.map((id) => ({ kind: 'settle', id, ok: true })), calls: [], logLines: 0 },
      settled: hashSettlements(ids.map((id) => ({ ...settlement, id }))),
    });
    const read = (...turns: JourneyTurn[]): unknown => {
      const suffix = encodeSuffix(START, { nowMs: START.startMs, logLines: 0 }, turns, TOOLS);
      return readOrCode(() => readJourney([{ ...settlement, key: 'tc_0', suffix }], PROGRAM, TOOLS, START.startMs));
    };
    expect(read(start, next(0))).toMatchObject({ whole: true });
    expect(read(start, next(0, 0))).toBe('REPLAY_DIVERGED');
    expect(read(start, next(0), next(0))).toBe('REPLAY_DIVERGED');
    expect(read(start, next(1))).toBe('REPLAY_DIVERGED');
  });

  it('is refused when it is from too far in the future', () => {
    const suffix = encodeSuffix(START, { nowMs: START.startMs, logLines: 0 }, [], TOOLS);
    const results = [{ id: 0, ok: true, text: '1', key: 'tc_0', suffix }];
    expect(() => readJourney(results, PROGRAM, TOOLS, START.startMs - 24 * 3_600_000)).toThrow(
      expect.objectContaining({ code: 'REPLAY_DIVERGED' }),
    );
  });
});

/** A record that lost bytes at a turn's end is a shorter record: what is missing is taken anew. */
const isRecordOrRefusal = (read: unknown): boolean =>
  read === 'REPLAY_DIVERGED' || (typeof read === 'object' && read !== null && 'turns' in read);

function readOrCode(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return Reflect.get(Object(error), 'code') ?? error;
  }
}

describe('numbers in bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
        const writer = new ByteWriter();
        for (const number of numbers) writer.count(number);
        const text = writer.toText();
        expect(text).toMatch(/^[\w-]*$/);
        const reader = new ByteReader(text);
        expect(numbers.map(() => reader.count())).toEqual(numbers);
        expect(reader.left).toBe(0);
      }),
    );
  });

  it.each([['A'], ['!'], ['AB'], ['AA=='], [' AA']])('are not read from %j, which nothing writes', (text) => {
    expect(() => new ByteReader(text)).toThrow(RangeError);
  });

  it.each([['gA'], ['gAA'], ['gAAA'], ['_____________w']])('are not read from %j, which no number is written as', (text) => {
    expect(() => new ByteReader(text).count()).toThrow(RangeError);
  });
});
