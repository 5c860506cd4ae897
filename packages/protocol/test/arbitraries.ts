import * as fc from 'fast-check';
import { CAPABILITIES, type Capabilities, type Claim, ERROR_CODES, type ErrorCode, LIMIT_NAMES, type Limits } from '../src/index.ts';
import type { CallRecord, DriverHeader, ExecutorHeader, Half, Header, LogLevel, Message, TurnInput, TurnRecord } from '../src/index.ts';
import { countPayloads } from '../src/index.ts';

/** Any text at all: each UTF-16 code unit is anything, half surrogates included. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0x20, max: 0x7e })), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));

const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const duration = fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => value + 0);
const time = fc.double({ min: 0, max: 8.64e15, noNaN: true }).map((value) => value + 0);
const run = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const hash = fc.stringMatching(/^[0-9a-f]{16}$/);
const tool = fc.stringMatching(/^[a-z$_][A-Za-z0-9$_]{0,20}$/);
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.constant<Claim>(true),
  fc.string({ minLength: 1, maxLength: 40 }).map((weaker) => ({ weaker })),
  fc.string({ minLength: 1, maxLength: 40 }).map((unsupported) => ({ unsupported })),
);

const limits: fc.Arbitrary<Limits> = fc.record(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, name === 'wallMs' || name === 'cpuMs' ? duration : count])),
) as unknown as fc.Arbitrary<Limits>;

const capabilities: fc.Arbitrary<Capabilities> = fc.record(
  Object.fromEntries(Object.keys(CAPABILITIES).map((name) => [name, claim])),
) as unknown as fc.Arbitrary<Capabilities>;

const calls: fc.Arbitrary<readonly CallRecord[]> = fc
  .uniqueArray(fc.record({ id: count, tool, hash }), { selector: (call) => call.id, maxLength: 6 })
  .map((list) => list.toSorted((a, b) => a.id - b.id));

const laterInputs: fc.Arbitrary<readonly TurnInput[]> = fc
  .record({
    settled: fc.uniqueArray(fc.record({ kind: fc.constant('settle' as const), id: count, ok: fc.boolean() }), {
      selector: (input) => input.id,
      maxLength: 5,
    }),
    timer: fc.option(fc.record({ kind: fc.constant('timer' as const), id: count }), { nil: undefined }),
  })
  .filter(({ settled, timer }) => settled.length > 0 || timer !== undefined)
  .map(({ settled, timer }) => (timer === undefined ? settled : [...settled, timer]));

const turnRecord: fc.Arbitrary<TurnRecord> = fc.oneof(
  fc.record({ turn: fc.constant(0), nowMs: time, inputs: fc.constant([{ kind: 'start' as const }]), calls, logLines: count }),
  fc.record({ turn: fc.integer({ min: 1 }), nowMs: time, inputs: laterInputs, calls, logLines: count }),
);

const shared: fc.Arbitrary<DriverHeader & ExecutorHeader> = fc.oneof(
  fc.record({ type: fc.constant('fault' as const), code: fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[])) }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), nonce: count }),
);

const openFields = {
  type: fc.constant('open' as const),
  run,
  limits,
  startMs: time,
  spentMs: duration,
  clock: fc.constantFrom('logical' as const, 'live' as const),
  globals: fc.constantFrom('minimal' as const, 'compute' as const, 'data' as const, 'agent' as const),
  seed: fc.stringMatching(/^[0-9a-f]{64}$/),
  replayTurns: count,
};

const seed = fc.stringMatching(/^[0-9a-f]{64}$/);
const preparation = fc.record({ startMs: time, seed, wallMs: duration, maxCodeBytes: count, env: fc.boolean(), trial: fc.boolean() });

export const driverHeader: fc.Arbitrary<DriverHeader> = fc.oneof(
  shared,
  fc.record(openFields),
  fc.record({ ...openFields, preparation, suspect: fc.boolean() }),
  fc.record({
    type: fc.constant('settle' as const),
    run,
    calls: fc.uniqueArray(fc.record({ id: count, ok: fc.boolean() }), { selector: (call) => call.id, minLength: 1, maxLength: 8 }),
  }),
  fc.record({
    type: fc.constant('abort' as const),
    run,
    code: fc.constantFrom('ABORTED' as const, 'DISPOSED' as const, 'TIMEOUT' as const),
  }),
  fc.record({ run, record: turnRecord }).map((parts) => ({ type: 'replay' as const, run: parts.run, ...parts.record })),
);

export const executorHeader: fc.Arbitrary<ExecutorHeader> = fc.oneof(
  shared,
  fc.record({
    type: fc.constant('hello' as const),
    version: fc.constant(1),
    engine: fc.string({ minLength: 1, maxLength: 64 }),
    capabilities,
    runsPerConnection: fc.integer({ min: 1 }),
  }),
  fc.record({ type: fc.constant('started' as const), run, queueWaitMs: duration }),
  fc.record({
    type: fc.constant('lost' as const),
    run,
    code: fc.constantFrom('EXECUTOR_LOST' as const, 'ENGINE_CRASHED' as const, 'MEMORY_LIMIT' as const),
    suspect: fc.boolean(),
    alone: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('log' as const),
    run,
    turn: count,
    seq: count,
    levels: fc.array(fc.constantFrom<LogLevel>('log', 'error', 'warn', 'info', 'debug'), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ run, record: turnRecord }).map((parts) => ({ type: 'turn' as const, run: parts.run, ...parts.record })),
  fc.record({
    type: fc.constant('outcome' as const),
    run,
    status: fc.constantFrom('value' as const, 'undefined' as const, 'failure' as const),
    stats: fc.record({ cpuMs: duration, wallMs: duration, toolWaitMs: duration, queueWaitMs: duration, heapBytes: count, turns: count }),
  }),
);

/** JSON texts with what is awkward in bytes: multi-byte characters, separators, a BOM, braces and newlines in strings. */
const payload: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  anyText.map((text) => JSON.stringify(text)),
  fc.constantFrom('"\ufeff"', '"\u2028\u0000"', '{}', '', '"\\ud800"'),
);

function withPayloads<H extends Header>(header: fc.Arbitrary<H>): fc.Arbitrary<Message<H>> {
  return header.chain((value) => {
    const size = countPayloads(value);
    return fc.array(payload, { minLength: size, maxLength: size }).map((payloads) => ({ header: value, payloads }));
  });
}

export const driverMessage: fc.Arbitrary<Message<DriverHeader>> = withPayloads(driverHeader);
const executorMessage: fc.Arbitrary<Message<ExecutorHeader>> = withPayloads(executorHeader);

/** A message and the half that may send it. */
export const sentMessage: fc.Arbitrary<{ readonly from: Half; readonly message: Message }> = fc.oneof(
  driverMessage.map((message) => ({ from: 'driver' as const, message })),
  executorMessage.map((message) => ({ from: 'executor' as const, message })),
);
