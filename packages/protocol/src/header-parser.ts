import { CAPABILITIES, type Capabilities, type Capability, type Claim } from './capabilities.ts';
import { IsomuxError, isErrorCode } from './errors.ts';
import {
  type UnknownFields,
  describeValue,
  failField,
  isCount,
  isFields,
  readBoolean,
  readCount,
  readDuration,
  readList,
  readMember,
  readRunId,
  readText,
  readTime,
} from './header-fields.ts';
import { LIMIT_NAMES, LIMIT_RANGES, type Limits } from './limits.ts';
import {
  PROTOCOL_VERSION,
  type ClockMode,
  type DriverHeader,
  type ExecutorHeader,
  type GlobalsPreset,
  type Header,
  type LogLevel,
  type OpenHeader,
  type PreparationHeader,
  type RunStats,
} from './messages.ts';
import { keysOf, mapKeys } from './record.ts';
import { readCalls, readInputs, readSettledCalls } from './turn-parser.ts';

/** The two halves of a run: `driver` is with the application and its tools, `executor` with the sandbox. */
export type Half = 'driver' | 'executor';

const CLOCKS: readonly ClockMode[] = ['logical', 'live'];
const PRESETS: readonly GlobalsPreset[] = ['minimal', 'compute', 'data', 'agent'];
const ABORTS = ['ABORTED', 'DISPOSED', 'TIMEOUT'] as const;
const LEVELS: readonly LogLevel[] = ['log', 'error', 'warn', 'info', 'debug'];
const LOSSES = ['EXECUTOR_LOST', 'ENGINE_CRASHED', 'MEMORY_LIMIT'] as const;
const STATUSES = ['value', 'undefined', 'failure'] as const;
const SEED = /^[0-9a-fA-F]{64}$/;
const CAPABILITY_NAMES = keysOf(CAPABILITIES);
const MAX_CLAIM_LENGTH = 1_000;

/** The lines a run may write, and room for those the runtime adds itself, such as the truncation marker. */
const MAX_LINES = LIMIT_RANGES.maxLogLines.max + 100;

/**
 * Validates a header that came from the other half, field by field, and returns a fresh object of its known fields.
 * Unknown fields are dropped, so a peer may add some within a version.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the field and what it must be; `VERSION_MISMATCH` for a `hello` of another
 * version.
 */
export function parseHeader(value: unknown, from: 'driver'): DriverHeader;
export function parseHeader(value: unknown, from: 'executor'): ExecutorHeader;
export function parseHeader(value: unknown, from: Half): Header;
export function parseHeader(value: unknown, from: Half): Header {
  if (!isFields(value)) throw new IsomuxError('PROTOCOL_ERROR', `a header must be an object; it is ${describeValue(value)}`);
  const type = value.type;
  if (type === 'ping' || type === 'pong') return { type, nonce: readCount(value.nonce, type, 'nonce') };
  if (type === 'fault') {
    return { type, code: isErrorCode(value.code) ? value.code : failField(type, 'code', 'a code of the error table', value.code) };
  }
  return from === 'executor' ? parseExecutorHeader(type, value) : parseDriverHeader(type, value);
}

function parseExecutorHeader(type: unknown, value: UnknownFields): ExecutorHeader {
  switch (type) {
    case 'turn': {
      const turn = readCount(value.turn, type, 'turn');
      return {
        type,
        run: readRunId(value.run, type),
        turn,
        nowMs: readTime(value.nowMs, type, 'nowMs'),
        inputs: readInputs(value.inputs, type, turn),
        calls: readCalls(value.calls, type),
        logLines: readCount(value.logLines, type, 'logLines'),
      };
    }
    case 'log':
      return {
        type,
        run: readRunId(value.run, type),
        turn: readCount(value.turn, type, 'turn'),
        seq: readCount(value.seq, type, 'seq'),
        levels: readLevels(value.levels),
      };
    case 'outcome':
      return {
        type,
        run: readRunId(value.run, type),
        status: readMember(value.status, type, 'status', STATUSES),
        stats: readStats(value.stats),
      };
    case 'lost':
      return {
        type,
        run: readRunId(value.run, type),
        code: readMember(value.code, type, 'code', LOSSES),
        suspect: readBoolean(value.suspect, type, 'suspect'),
        alone: readBoolean(value.alone, type, 'alone'),
      };
    case 'started':
      return { type, run: readRunId(value.run, type), queueWaitMs: readDuration(value.queueWaitMs, type, 'queueWaitMs') };
    case 'hello': {
      const version = readCount(value.version, type, 'version');
      // Before any other field: another version may have other fields.
      if (version !== PROTOCOL_VERSION) {
        throw new IsomuxError(
          'VERSION_MISMATCH',
          `the executor speaks version ${version} of the protocol and this driver version ${PROTOCOL_VERSION}; install the same release of @isomux packages at both ends`,
        );
      }
      return {
        type,
        version,
        engine: readText(value.engine, type, 'engine', 64),
        capabilities: parseCapabilities(value.capabilities),
        runsPerConnection: readRunsPerConnection(value.runsPerConnection),
      };
    }
    default:
      return failField('header', 'type', 'one that an executor half sends', type);
  }
}

function parseDriverHeader(type: unknown, value: UnknownFields): DriverHeader {
  switch (type) {
    case 'settle':
      return { type, run: readRunId(value.run, type), calls: readSettledCalls(value.calls) };
    case 'open':
      return readOpen(value);
    case 'abort':
      return { type, run: readRunId(value.run, type), code: readMember(value.code, type, 'code', ABORTS) };
    case 'replay': {
      const turn = readCount(value.turn, type, 'turn');
      return {
        type,
        run: readRunId(value.run, type),
        turn,
        nowMs: readTime(value.nowMs, type, 'nowMs'),
        inputs: readInputs(value.inputs, type, turn),
        calls: readCalls(value.calls, type),
        logLines: readCount(value.logLines, type, 'logLines'),
      };
    }
    default:
      return failField('header', 'type', 'one that a driver half sends', type);
  }
}

function readOpen(value: UnknownFields): OpenHeader {
  return {
    type: 'open',
    run: readRunId(value.run, 'open'),
    limits: readLimits(value.limits),
    startMs: readTime(value.startMs, 'open', 'startMs'),
    spentMs: readDuration(value.spentMs, 'open', 'spentMs'),
    clock: readMember(value.clock, 'open', 'clock', CLOCKS),
    globals: readMember(value.globals, 'open', 'globals', PRESETS),
    seed: readSeed(value.seed, 'open'),
    replayTurns: readCount(value.replayTurns, 'open', 'replayTurns'),
    ...(value.preparation === undefined ? {} : { preparation: readPreparation(value.preparation) }),
    ...(value.suspect === undefined ? {} : { suspect: readBoolean(value.suspect, 'open', 'suspect') }),
  };
}

function readSeed(value: unknown, type: string): string {
  return typeof value === 'string' && SEED.test(value) ? value : failField(type, 'seed', '64 hexadecimal digits', value);
}

function readPreparation(value: unknown): PreparationHeader {
  if (!isFields(value)) return failField('open', 'preparation', 'an object', value);
  const type = 'open.preparation';
  return {
    startMs: readTime(value.startMs, type, 'startMs'),
    seed: readSeed(value.seed, type),
    wallMs: readDuration(value.wallMs, type, 'wallMs'),
    maxCodeBytes: readCount(value.maxCodeBytes, type, 'maxCodeBytes'),
    env: readBoolean(value.env, type, 'env'),
    trial: readBoolean(value.trial, type, 'trial'),
  };
}

/** On the wire a limit is any usable number: the executor clamps it, so that its ceilings need not be known to ask. */
function readLimits(value: unknown): Limits {
  if (!isFields(value)) return failField('open', 'limits', 'an object', value);
  const limit = (name: keyof Limits): number =>
    name === 'wallMs' || name === 'cpuMs' ? readDuration(value[name], 'open.limits', name) : readCount(value[name], 'open.limits', name);
  return mapKeys(LIMIT_NAMES, limit);
}

function readLevels(value: unknown): readonly LogLevel[] {
  const list = readList(value, 'log', 'levels', 1, MAX_LINES);
  // Not `map`: it would skip holes, which structured clones may have.
  return Array.from(
    list,
    (entry, i) => LEVELS.find((level) => level === entry) ?? failField('log', `levels[${i}]`, `one of ${LEVELS.join(', ')}`, entry),
  );
}

function readStats(value: unknown): RunStats {
  if (!isFields(value)) return failField('outcome', 'stats', 'an object', value);
  return {
    cpuMs: readDuration(value.cpuMs, 'outcome.stats', 'cpuMs'),
    wallMs: readDuration(value.wallMs, 'outcome.stats', 'wallMs'),
    toolWaitMs: readDuration(value.toolWaitMs, 'outcome.stats', 'toolWaitMs'),
    queueWaitMs: readDuration(value.queueWaitMs, 'outcome.stats', 'queueWaitMs'),
    heapBytes: readCount(value.heapBytes, 'outcome.stats', 'heapBytes'),
    turns: readCount(value.turns, 'outcome.stats', 'turns'),
  };
}

function readRunsPerConnection(value: unknown): number {
  return isCount(value) && value > 0 ? value : failField('hello', 'runsPerConnection', 'a whole number from 1', value);
}

/**
 * Validates an executor's declaration. A capability it does not name, because it is older than the capability, is taken
 * as unsupported; one that this package does not know is dropped.
 *
 * @throws IsomuxError `PROTOCOL_ERROR` naming the capability.
 */
export function parseCapabilities(value: unknown): Capabilities {
  if (!isFields(value)) return failField('hello', 'capabilities', 'an object', value);
  return mapKeys(CAPABILITY_NAMES, (name) => readClaim(value[name], name));
}

function readClaim(value: unknown, name: Capability): Claim {
  const type = 'hello.capabilities';
  if (value === true) return true;
  if (value === undefined) return { unsupported: 'The executor does not declare it.' };
  if (isFields(value)) {
    if (value.weaker !== undefined) return { weaker: readText(value.weaker, type, `${name}.weaker`, MAX_CLAIM_LENGTH) };
    if (value.unsupported !== undefined) return { unsupported: readText(value.unsupported, type, `${name}.unsupported`, MAX_CLAIM_LENGTH) };
  }
  return failField(type, name, 'true, { weaker } or { unsupported }', value);
}
