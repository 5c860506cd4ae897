import {
  describeOutcome,
  clampLimits,
  DEFAULT_LIMITS,
  IsomuxError,
  isIsomuxError,
  isSupported,
  LIMIT_CEILINGS,
  parseOpenPayloads,
  PROTOCOL_VERSION,
  type Capabilities,
  type Channel,
  type Claim,
  type DriverHeader,
  type ExecutorHeader,
  type Limits,
  type LimitsInput,
  type Message,
  type OpenHeader,
  type OpenPayloads,
  type OutcomeError,
} from '@isomux/protocol';
import { createAdmissionGate } from './admission.ts';
import type { Engine } from './engine.ts';
import { globalsTurn } from './globals-turn.ts';
import { createPreparation, describeOversize, describeUnprepared } from './preparation.ts';
import { createRealmPool } from './realm-pool.ts';
import { parseRecordedTurn } from './replay.ts';
import { hostTime, type HostTime } from './run-clock.ts';
import { Run, type RunHost } from './run.ts';

/** How an executor shares its machine out. */
export interface ExecutorOptions {
  /** Runs that hold a realm at once; default 64. A run that waits for a tool holds its realm. */
  readonly maxRuns?: number | undefined;
  /** Runs that may wait for a place; default 1024. Beyond it a run ends at once with `OVERLOADED`. */
  readonly maxQueuedRuns?: number | undefined;
  /** Realms made ahead of need; default 0. */
  readonly warmRealms?: number | undefined;
  /** The size warm realms are made in until a run asks for another; default the protocol's defaults. */
  readonly warmLimits?: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
  /** No run gets more than this, whatever it asks for; default the protocol's ceilings. */
  readonly ceilings?: LimitsInput | undefined;
  /** Runs that one channel may have open, told to drivers in `hello`; default `maxRuns` and `maxQueuedRuns` together. */
  readonly runsPerConnection?: number | undefined;
  /** Host time, for tests. */
  readonly time?: HostTime | undefined;
}

/** What an executor is doing now. */
export interface ExecutorStats {
  /** Runs that hold a place. */
  readonly running: number;
  /** Runs that wait for one. */
  readonly queued: number;
  /** Channels that are not closed. */
  readonly channels: number;
}

/** The sandbox half: takes runs from any number of channels and executes them on one engine. Holds no tool and no secret. */
export interface Executor {
  /** The engine's name, as in `hello`. */
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** The ceilings: no run gets more. */
  readonly limits: Limits;
  /** Runs that hold a realm at once. */
  readonly maxRuns: number;
  /** Runs that one channel may have open at once. */
  readonly runsPerConnection: number;
  /** Serves a channel until it closes. The channel's runs are its own: closing it drops them. Legal any number of times. */
  attach(channel: Channel): void;
  stats(): ExecutorStats;
  /**
   * Begins no more runs: from now on a run that is opened ends at once with `DRAINING`. Resolves when the runs it has are over.
   * Closing it ends the wait. Idempotent.
   */
  drain(): Promise<void>;
  /** Drops every run, closes every channel, then the engine. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Makes an executor of an engine. It owns the engine from now on and closes it with itself. */
export function createExecutor(engine: Engine, options: ExecutorOptions = {}): Executor {
  const maxRuns = options.maxRuns ?? 64;
  const ceilings = clampLimits(LIMIT_CEILINGS, options.ceilings ?? {});
  const maxQueuedRuns = options.maxQueuedRuns ?? 1024;
  const gate = createAdmissionGate(maxRuns, maxQueuedRuns);
  const realms = createRealmPool(engine, options.warmRealms ?? 0, {
    memoryBytes: options.warmLimits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes,
    stackBytes: options.warmLimits?.stackBytes ?? DEFAULT_LIMITS.stackBytes,
    preparation: globalsTurn('agent', 'logical'),
  });
  const maxOpenRuns = maxRuns + maxQueuedRuns;
  const channels = new Set<Channel>();
  const open = new Set<Run>();
  const runsPerConnection = options.runsPerConnection ?? maxOpenRuns;
  let closing: Promise<void> | undefined;
  let draining: Promise<void> | undefined;
  let drained: () => void = () => {};

  function checkDrained(): void {
    if (open.size === 0) drained();
  }

  function attach(channel: Channel): void {
    const runs = new Map<string, Run>();
    const send = (message: Message<ExecutorHeader>): void => channel.send(message);
    const host: RunHost = {
      gate,
      realms,
      time: options.time ?? hostTime,
      minMemoryBytes: engine.minMemoryBytes,
      send,
      ended: (run) => {
        runs.delete(run.id);
        open.delete(run);
        realms.refill();
        checkDrained();
      },
    };
    const reject = (message: string): void => channel.close(new IsomuxError('PROTOCOL_ERROR', message));

    function refuse(run: string, error: OutcomeError): void {
      const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };
      send({ header: { type: 'outcome', run, status: 'failure', stats }, payloads: [JSON.stringify(error)] });
    }

    function openRun(header: OpenHeader, payloads: readonly string[]): void {
      if (runs.has(header.run)) return reject(`A run named ${header.run} is open on this channel already.`);
      const limits = clampLimits(header.limits, ceilings);
      let opened: OpenPayloads;
      try {
        opened = parseOpenPayloads(payloads);
      } catch (error) {
        return reject(`The payloads of run ${header.run} cannot be read: ${isIsomuxError(error) ? error.message : ''}`);
      }
      // The gate counts runs that want a place; those whose ledger has yet to arrive want none so far.
      if (draining !== undefined) return refuse(header.run, describeOutcome('DRAINING', limits));
      if (open.size >= maxOpenRuns || runs.size >= runsPerConnection) return refuse(header.run, describeOutcome('OVERLOADED', limits));
      if (isOverUtf8(opened.code, limits.maxCodeBytes)) return refuse(header.run, describeOutcome('CODE_TOO_LARGE', limits));
      const { prepare } = engine.capabilities;
      if (header.preparation !== undefined && !isSupported(prepare)) return refuse(header.run, describeUnprepared(whyNot(prepare)));
      const maxPreparedBytes = Math.min(header.preparation?.maxCodeBytes ?? 0, ceilings.maxCodeBytes);
      if (isOverUtf8(opened.preparation?.code ?? '', maxPreparedBytes)) return refuse(header.run, describeOversize(maxPreparedBytes));
      const run = new Run({ header, limits, ...opened, preparation: createPreparation(header, opened, ceilings) }, host);
      runs.set(header.run, run);
      open.add(run);
    }

    function receive({ header, payloads }: Message): void {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a channel lets only the other half's headers through
      const incoming = header as DriverHeader;
      switch (incoming.type) {
        case 'open':
          return openRun(incoming, payloads);
        case 'replay': {
          const recorded = parseRecordedTurn(incoming, payloads);
          if (recorded === undefined) return reject(`A replayed turn of run ${incoming.run} has not one payload for each settled call.`);
          if (runs.get(incoming.run)?.addReplay(recorded) === false)
            reject(`Run ${incoming.run} has more replayed turns than it was opened with.`);
          return;
        }
        case 'settle': {
          const run = runs.get(incoming.run);
          // A settlement that crossed with the run's end is nobody's fault.
          for (const [index, call] of incoming.calls.entries()) run?.settle(call.id, call.ok, payloads[index] ?? '');
          return;
        }
        case 'abort':
          return runs.get(incoming.run)?.abort(incoming.code);
        case 'ping':
          return send({ header: { type: 'pong', nonce: incoming.nonce }, payloads: [] });
        case 'fault':
          return channel.close();
        default:
      }
    }

    channels.add(channel);
    channel.listen({
      message: receive,
      closed: () => {
        channels.delete(channel);
        for (const run of runs.values()) run.drop();
        runs.clear();
      },
    });
    const { name, capabilities } = engine;
    send({ header: { type: 'hello', version: PROTOCOL_VERSION, engine: name, capabilities, runsPerConnection }, payloads: [] });
  }

  return {
    engine: engine.name,
    capabilities: engine.capabilities,
    limits: ceilings,
    maxRuns,
    runsPerConnection,
    attach(channel: Channel): void {
      if (closing === undefined) attach(channel);
      else channel.close(new IsomuxError('DRIVER_CLOSED', 'The executor is closed.'));
    },
    stats: () => ({ running: gate.running, queued: gate.queued, channels: channels.size }),
    drain(): Promise<void> {
      draining ??= new Promise((resolve) => (drained = resolve));
      checkDrained();
      return draining;
    },
    close(): Promise<void> {
      closing ??= (async (): Promise<void> => {
        realms.close();
        for (const run of open) run.drop();
        for (const channel of channels) channel.close();
        await engine.close();
        drained();
      })();
      return closing;
    },
  };
}

function isOverUtf8(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes);
}

function whyNot(claim: Claim): string {
  return claim !== true && 'unsupported' in claim ? claim.unsupported : '';
}
