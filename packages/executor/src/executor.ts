import {
  clampLimits,
  DEFAULT_LIMITS,
  IsomuxError,
  LIMIT_CEILINGS,
  PROTOCOL_VERSION,
  type Channel,
  type DriverHeader,
  type ExecutorHeader,
  type Limits,
  type Message,
  type OpenHeader,
} from '@isomux/protocol';
import { createAdmissionGate } from './admission.ts';
import type { Engine } from './engine.ts';
import { createRealmPool } from './realm-pool.ts';
import { parseRecordedTurn } from './replay.ts';
import { hostTime, type HostTime } from './run-clock.ts';
import { describeOutcome } from './run-outcomes.ts';
import { Run, type RunHost } from './run.ts';

/** How an executor shares its machine out. */
export interface ExecutorOptions {
  /** Runs that hold a realm at once; default 64. A run that waits for a tool holds its realm. */
  readonly maxRuns?: number;
  /** Runs that may wait for a place; default 1024. Beyond it a run ends at once with `OVERLOADED`. */
  readonly maxQueuedRuns?: number;
  /** Realms made ahead of need; default 0. */
  readonly warmRealms?: number;
  /** The size warm realms are made in until a run asks for another; default the protocol's defaults. */
  readonly warmLimits?: Pick<Limits, 'memoryBytes' | 'stackBytes'>;
  /** No run gets more than this, whatever it asks for; default the protocol's ceilings. */
  readonly ceilings?: Partial<Limits>;
  /** Told to drivers in `hello`; default `maxRuns`. */
  readonly runsPerConnection?: number;
  /** Host time, for tests. */
  readonly time?: HostTime;
}

/** What an executor is doing now. */
export interface ExecutorStats {
  readonly running: number;
  readonly queued: number;
  readonly channels: number;
}

/** The sandbox half: takes runs from any number of channels and executes them on one engine. Holds no tool and no secret. */
export interface Executor {
  /** Serves a channel until it closes. The channel's runs are its own: closing it drops them. Legal any number of times. */
  attach(channel: Channel): void;
  stats(): ExecutorStats;
  /** Drops every run, closes every channel, then the engine. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** Makes an executor of an engine. It owns the engine from now on and closes it with itself. */
export function createExecutor(engine: Engine, options: ExecutorOptions = {}): Executor {
  const maxRuns = options.maxRuns ?? 64;
  const ceilings: Limits = { ...LIMIT_CEILINGS, ...options.ceilings };
  const gate = createAdmissionGate(maxRuns, options.maxQueuedRuns ?? 1024);
  const realms = createRealmPool(engine, options.warmRealms ?? 0, {
    memoryBytes: options.warmLimits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes,
    stackBytes: options.warmLimits?.stackBytes ?? DEFAULT_LIMITS.stackBytes,
  });
  const channels = new Set<Channel>();
  let closing: Promise<void> | undefined;

  function attach(channel: Channel): void {
    const runs = new Map<string, Run>();
    const send = (message: Message<ExecutorHeader>): void => channel.send(message);
    const host: RunHost = {
      gate,
      realms,
      time: options.time ?? hostTime,
      minMemoryBytes: engine.minMemoryBytes,
      send,
      ended: (run) => void runs.delete(run.id),
    };
    const reject = (message: string): void => channel.close(new IsomuxError('PROTOCOL_ERROR', message));

    function open(header: OpenHeader, payloads: readonly string[]): void {
      if (runs.has(header.run)) return reject(`A run named ${header.run} is open on this channel already.`);
      const limits = clampLimits(header.limits, ceilings);
      const opened = parseOpenPayloads(payloads);
      if (opened === undefined) return reject(`The payloads of run ${header.run} are not its code, tools and env.`);
      if (isOverUtf8(opened.code, limits.maxCodeBytes)) {
        const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };
        const error = JSON.stringify(describeOutcome('CODE_TOO_LARGE', limits));
        return send({ header: { type: 'outcome', run: header.run, status: 'failure', stats }, payloads: [error] });
      }
      runs.set(header.run, new Run({ header, limits, ...opened }, host));
    }

    function receive({ header, payloads }: Message): void {
      const incoming = header as DriverHeader;
      switch (incoming.type) {
        case 'open':
          return open(incoming, payloads);
        case 'replay': {
          const recorded = parseRecordedTurn(incoming, payloads);
          if (recorded === undefined) return reject(`A replayed turn of run ${incoming.run} has not one payload for each settled call.`);
          return runs.get(incoming.run)?.addReplay(recorded);
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
    const runsPerConnection = options.runsPerConnection ?? maxRuns;
    const { name, capabilities } = engine;
    send({ header: { type: 'hello', version: PROTOCOL_VERSION, engine: name, capabilities, runsPerConnection }, payloads: [] });
  }

  return {
    attach(channel: Channel): void {
      if (closing === undefined) attach(channel);
      else channel.close(new IsomuxError('DRIVER_CLOSED', 'The executor is closed.'));
    },
    stats: () => ({ running: gate.running, queued: gate.queued, channels: channels.size }),
    close(): Promise<void> {
      closing ??= (async (): Promise<void> => {
        realms.close();
        for (const channel of channels) channel.close();
        await engine.close();
      })();
      return closing;
    },
  };
}

interface OpenPayloads {
  readonly code: string;
  readonly tools: readonly string[];
  readonly env: string | null;
}

function parseOpenPayloads(payloads: readonly string[]): OpenPayloads | undefined {
  const [codeText, toolsText, envText] = payloads;
  if (payloads.length !== 3 || codeText === undefined || toolsText === undefined || envText === undefined) return undefined;
  try {
    const code: unknown = JSON.parse(codeText);
    const tools: unknown = JSON.parse(toolsText);
    if (typeof code !== 'string' || !Array.isArray(tools) || !tools.every((tool) => typeof tool === 'string')) return undefined;
    JSON.parse(envText);
    return { code, tools, env: envText === 'null' ? null : envText };
  } catch {
    return undefined;
  }
}

function isOverUtf8(text: string, maxBytes: number): boolean {
  return text.length > maxBytes || (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes);
}
