import {
  IsomuxError,
  LIMIT_CEILINGS,
  PROTOCOL_VERSION,
  clampLimits,
  describeOutcome,
  isIsomuxError,
  parseOpenPayloads,
} from '@isomux/protocol';
import type {
  Capabilities,
  Channel,
  DriverHeader,
  ExecutorHeader,
  Limits,
  LimitsInput,
  Message,
  OpenHeader,
  OutcomeError,
} from '@isomux/protocol';
import type { Backend } from './leased-driver.ts';
import { RelayRun } from './relay-run.ts';
import type { RelayRunHost } from './relay-run.ts';

/** Options of {@link createRelay}. */
export interface RelayOptions {
  /** Where runs go. The relay's from now on, and closed with it. */
  readonly backend: Backend;
  /** The engine's name, as drivers are told it. */
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** Runs that hold a place at once. Default 64. */
  readonly maxRuns?: number | undefined;
  /** Runs that may wait for one. Default 1024. Beyond it a run ends at once with `OVERLOADED`. */
  readonly maxQueuedRuns?: number | undefined;
  /** No run gets more than this, whatever it asks for. Default: the protocol's ceilings. */
  readonly ceilings?: LimitsInput | undefined;
  /** Runs that one channel may have open, told to drivers in `hello`. Default: `maxRuns` and `maxQueuedRuns` together. */
  readonly runsPerConnection?: number | undefined;
  /** How long past its wall budget a run waits for its worker's own word before the worker counts as unresponsive. Default 250 ms. */
  readonly graceMs?: number | undefined;
}

/** What a relay is doing now. */
export interface RelayStats {
  /** Runs that hold a place. */
  readonly running: number;
  /** Runs that wait for one. */
  readonly queued: number;
  /** Channels that are not closed. */
  readonly channels: number;
}

/** An executor whose runs live elsewhere: it has the shape of `Executor` of @isomux/executor. */
export interface Relay {
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** The ceilings: no run gets more. */
  readonly limits: Limits;
  readonly maxRuns: number;
  readonly runsPerConnection: number;
  /** Serves a channel until it closes. The channel's runs are its own: closing it drops them. Legal any number of times. */
  attach(channel: Channel): void;
  stats(): RelayStats;
  /**
   * Begins no more runs: from now on a run that is opened ends at once with `DRAINING`. Resolves when the runs it has are over, or
   * it is closed. Idempotent.
   */
  drain(): Promise<void>;
  /** Drops every run, closes every channel, then the backend. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** UTF-16 units of messages that may wait, of one channel, for places to send them to: as much as a ledger may hold. */
const MAX_HELD_LENGTH = 256 * 1024 * 1024;
const DEFAULT_MAX_RUNS = 64;
const DEFAULT_MAX_QUEUED_RUNS = 1024;
const DEFAULT_GRACE_MS = 250;
const NO_STATS = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };

/**
 * Makes an executor of places that are apart from this process: a server's, whose runs are executed in pooled processes or
 * threads. It forwards messages without parsing their payloads, and holds no ledger: when a worker goes, the driver half is told with
 * `lost` which runs went with it, and opens them again.
 *
 * Throws `INVALID_OPTION`.
 */
export function createRelay(options: RelayOptions): Relay {
  return new WorkerRelay(options);
}

class WorkerRelay implements Relay {
  readonly engine: string;
  readonly capabilities: Capabilities;
  readonly limits: Limits;
  readonly maxRuns: number;
  readonly runsPerConnection: number;
  readonly #backend: Backend;
  readonly #maxQueuedRuns: number;
  readonly #graceMs: number;
  readonly #channels = new Set<Channel>();
  /** Every run without its last word. */
  readonly #open = new Set<RelayRun>();
  /** In the order in which they came. */
  readonly #queue = new Set<RelayRun>();
  #placed = 0;
  #draining: Promise<void> | undefined;
  #drained: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    const { maxRuns = DEFAULT_MAX_RUNS, maxQueuedRuns = DEFAULT_MAX_QUEUED_RUNS } = options;
    const { runsPerConnection = maxRuns + maxQueuedRuns } = options;
    assertCount('maxRuns', maxRuns, 1);
    assertCount('maxQueuedRuns', maxQueuedRuns, 0);
    assertCount('runsPerConnection', runsPerConnection, 1);
    this.engine = options.engine;
    this.capabilities = options.capabilities;
    this.limits = clampLimits(LIMIT_CEILINGS, options.ceilings ?? {});
    this.maxRuns = maxRuns;
    this.runsPerConnection = runsPerConnection;
    this.#backend = options.backend;
    this.#maxQueuedRuns = maxQueuedRuns;
    this.#graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  }

  attach(channel: Channel): void {
    if (this.#closing !== undefined) return channel.close(new IsomuxError('DRIVER_CLOSED', 'The executor is closed.'));
    const runs = new Map<string, RelayRun>();
    const host: RelayRunHost = {
      connect: (request) => this.#backend.connect(request),
      graceMs: this.#graceMs,
      send: (header, payloads) => channel.send({ header, payloads }),
      ended: (run) => {
        runs.delete(run.id);
        this.#ended(run);
      },
      left: () => this.#left(),
    };
    this.#channels.add(channel);
    channel.listen({
      message: (message) => this.#receive(message, channel, runs, host),
      closed: () => {
        this.#channels.delete(channel);
        for (const run of runs.values()) run.drop();
      },
    });
    const { engine, capabilities, runsPerConnection } = this;
    host.send({ type: 'hello', version: PROTOCOL_VERSION, engine, capabilities, runsPerConnection }, []);
  }

  stats(): RelayStats {
    return { running: this.#placed, queued: this.#queue.size, channels: this.#channels.size };
  }

  drain(): Promise<void> {
    this.#draining ??= new Promise((resolve) => (this.#drained = resolve));
    this.#checkDrained();
    return this.#draining;
  }

  close(): Promise<void> {
    this.#closing ??= (async (): Promise<void> => {
      for (const run of this.#open) run.drop();
      for (const channel of this.#channels) channel.close();
      await this.#backend.close();
      this.#drained();
    })();
    return this.#closing;
  }

  // ---- what a driver half says

  #receive({ header, payloads }: Message, channel: Channel, runs: Map<string, RelayRun>, host: RelayRunHost): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a channel lets only the other half's headers through
    const incoming = header as DriverHeader;
    switch (incoming.type) {
      case 'open':
        return this.#openRun(incoming, payloads, channel, runs, host);
      case 'replay': {
        const run = runs.get(incoming.run);
        if (run?.addReplay(incoming, payloads) === false) {
          return refuse(channel, `Run ${incoming.run} has more replayed turns than it was opened with.`);
        }
        if (run === undefined) return;
        this.#checkHeld(run, channel, runs);
        return this.#enqueue(run);
      }
      case 'settle': {
        // A settlement that crossed with the run's end is nobody's fault.
        const run = runs.get(incoming.run);
        if (run === undefined) return;
        run.settle(incoming, payloads);
        return this.#checkHeld(run, channel, runs);
      }
      case 'abort':
        return runs.get(incoming.run)?.abort(incoming.code);
      case 'ping':
        return host.send({ type: 'pong', nonce: incoming.nonce }, []);
      case 'fault':
        return channel.close();
      default:
    }
  }

  #openRun(header: OpenHeader, payloads: readonly string[], channel: Channel, runs: Map<string, RelayRun>, host: RelayRunHost): void {
    if (runs.has(header.run)) return refuse(channel, `A run named ${header.run} is open on this channel already.`);
    const limits = clampLimits(header.limits, this.limits);
    try {
      // A worker would close the channel over them, and with it the runs of others.
      parseOpenPayloads(payloads);
    } catch (error) {
      return refuse(channel, `The payloads of run ${header.run} cannot be read: ${isIsomuxError(error) ? error.message : ''}`);
    }
    const code = this.#draining !== undefined ? 'DRAINING' : this.#isFull(runs) ? 'OVERLOADED' : undefined;
    if (code !== undefined) return host.send(...endOf(header.run, describeOutcome(code, limits)));
    const run = new RelayRun(header, payloads, limits, host);
    runs.set(header.run, run);
    this.#open.add(run);
    this.#enqueue(run);
  }

  #isFull(runs: ReadonlyMap<string, RelayRun>): boolean {
    return this.#open.size >= this.maxRuns + this.#maxQueuedRuns || runs.size >= this.runsPerConnection;
  }

  /** Payloads that wait for a place are this process's to keep. */
  #checkHeld({ heldLength }: RelayRun, channel: Channel, runs: ReadonlyMap<string, RelayRun>): void {
    if (heldLength === 0) return;
    let length = 0;
    for (const run of runs.values()) length += run.heldLength;
    if (length <= MAX_HELD_LENGTH) return;
    channel.close(new IsomuxError('OVERLOADED', `More than ${MAX_HELD_LENGTH} characters of one connection wait for places.`));
  }

  // ---- places

  #enqueue(run: RelayRun): void {
    if (!run.complete || !this.#open.has(run)) return;
    run.enqueue();
    this.#queue.add(run);
    this.#fill();
  }

  #fill(): void {
    for (const run of this.#queue) {
      if (this.#placed >= this.maxRuns || this.#closing !== undefined) return;
      this.#queue.delete(run);
      this.#placed++;
      run.place();
    }
  }

  #ended(run: RelayRun): void {
    this.#open.delete(run);
    this.#queue.delete(run);
    this.#checkDrained();
  }

  #left(): void {
    this.#placed--;
    this.#fill();
  }

  #checkDrained(): void {
    if (this.#open.size === 0) this.#drained();
  }
}

function refuse(channel: Channel, message: string): void {
  channel.close(new IsomuxError('PROTOCOL_ERROR', message));
}

function endOf(run: string, error: OutcomeError): readonly [ExecutorHeader, readonly string[]] {
  return [{ type: 'outcome', run, status: 'failure', stats: NO_STATS }, [JSON.stringify(error)]];
}

function assertCount(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new IsomuxError('INVALID_OPTION', `${name} must be a whole number from ${min}; it is ${value}.`);
}
