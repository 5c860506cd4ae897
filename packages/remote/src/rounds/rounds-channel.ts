import { createChannelPair, describeOutcome, IsomuxError, PROTOCOL_VERSION } from '@isomux/protocol';
import type { Capabilities, Channel, DriverHeader, ExecutorHeader, Message, OpenHeader } from '@isomux/protocol';
import type { ErrorNames } from '../options.ts';
import { roundsCapabilities } from './rounds-capabilities.ts';
import { RoundsRun, type RoundMemory, type RoundsRunHost } from './rounds-run.ts';

/** Options of {@link createRoundsChannel}. */
export interface RoundsChannelOptions {
  /** Of `POST /execute`. */
  readonly url: string;
  /** What messages call the server. Default: the host of `url`. */
  readonly server?: string | undefined;
  /** The whole value of the header. */
  readonly authorization?: string | undefined;
  /** In place of the global `fetch`. Its responses need have no more than `ok` and `json`. */
  readonly fetchImpl?: typeof fetch | undefined;
  /** Requests that one run may take. Default: no bound but the run's budget. */
  readonly maxToolRounds?: number | undefined;
  /**
   * The first round says that the driver would rather have a connection. Called once where the run shall have one, because the server takes
   * the offer (`taken`), or because rounds have no place for the run. The run is then refused with `OVERLOADED`, before anything was executed.
   */
  readonly offer?: ((taken: boolean) => void) | undefined;
  /** Names for the errors of failed requests. */
  readonly errorNames?: ErrorNames | undefined;
  /** What the server says of itself, where it does. */
  readonly info?: { readonly engine: string; readonly capabilities: Capabilities } | undefined;
  /** Given to all channels of one driver, it lets a run that is lost with one go on over another. */
  readonly memories?: Map<string, RoundMemory> | undefined;
  /**
   * Asked when a server cannot be reached, or has no place for a run that it has begun. True: the channel closes with
   * `EXECUTOR_LOST`, and the driver replays the run over another. Default: the run ends with the error's code.
   */
  readonly elsewhere?: ((error: IsomuxError) => boolean) | undefined;
}

/**
 * Makes a channel to an executor half that executes nothing itself: it speaks the round protocol to a server, ours or another of
 * that protocol. A round is a turn. It takes one run at a time. Closing it ends that run's request.
 */
export function createRoundsChannel(options: RoundsChannelOptions): Channel {
  const [driverEnd, executorEnd] = createChannelPair();
  const half = new RoundsHalf(executorEnd, options);
  executorEnd.listen({ message: (message) => half.receive(message), closed: () => half.closed() });
  return driverEnd;
}

class RoundsHalf {
  readonly #channel: Channel;
  readonly #host: RoundsRunHost;
  #run: { readonly id: string; readonly run: RoundsRun } | undefined;

  constructor(channel: Channel, options: RoundsChannelOptions) {
    const { url, authorization, fetchImpl, maxToolRounds, errorNames, info } = options;
    this.#channel = channel;
    this.#host = {
      server: {
        url,
        server: options.server ?? new URL(url).host,
        authorization,
        // Looked up at each call: who replaces the global later means it.
        fetchImpl: fetchImpl ?? ((input, init) => fetch(input, init)),
      },
      maxToolRounds,
      errorNames,
      offer: options.offer,
      memories: options.memories ?? new Map(),
      send: (header, payloads = []) => this.#send(header, payloads),
      elsewhere: (error) => options.elsewhere?.(error) === true,
      lose: (fault) => channel.close(fault),
      ended: () => (this.#run = undefined),
    };
    this.#send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      engine: info?.engine ?? 'remote',
      capabilities: roundsCapabilities(info?.capabilities),
      runsPerConnection: 1,
    });
  }

  receive({ header, payloads }: Message): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a channel lets only the other half's headers through
    const incoming = header as DriverHeader;
    if (incoming.type === 'ping') return this.#send({ type: 'pong', nonce: incoming.nonce });
    if (incoming.type === 'open') return this.#open(incoming, payloads);
    if (incoming.type === 'fault') return this.#channel.close();
    if (incoming.type === 'pong' || this.#run?.id !== incoming.run) return;
    const { run } = this.#run;
    if (incoming.type === 'replay') run.replay(incoming, payloads);
    else if (incoming.type === 'settle') run.settle(incoming, payloads);
    else run.abort(incoming.code);
  }

  closed(): void {
    this.#run?.run.drop();
    this.#run = undefined;
  }

  #open(header: OpenHeader, payloads: readonly string[]): void {
    if (this.#run?.id === header.run) {
      return this.#channel.close(new IsomuxError('PROTOCOL_ERROR', `A run named ${header.run} is open on this channel already.`));
    }
    if (this.#run !== undefined) {
      const stats = { cpuMs: 0, wallMs: 0, toolWaitMs: 0, queueWaitMs: 0, heapBytes: 0, turns: 0 };
      const error = JSON.stringify(describeOutcome('OVERLOADED', header.limits));
      return this.#send({ type: 'outcome', run: header.run, status: 'failure', stats }, [error]);
    }
    const run = new RoundsRun(header, payloads, this.#host);
    this.#run = { id: header.run, run };
    run.start();
  }

  #send(header: ExecutorHeader, payloads: readonly string[] = []): void {
    this.#channel.send({ header, payloads });
  }
}
