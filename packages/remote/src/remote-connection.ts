import { IsomuxError, createResumableChannel } from '@isomux/protocol';
import type { Channel, ErrorCode, ResumableChannel, ResumableChannelOptions } from '@isomux/protocol';
import { ContactError, isFinal } from './contact-error.ts';
import { createDeferred } from './deferred.ts';
import type { Deferred } from './deferred.ts';
import { RelayedChannel } from './relayed-channel.ts';
import type { ServerInfo } from './server-info.ts';
import { abortable, backoffMs, monotonicMs, setTimer, wait, withDeadline } from './timers.ts';
import type { Timer } from './timers.ts';

/** What a connection needs of its endpoint. */
export interface ConnectionHost {
  /** One attempt to put a carrier under the connection's channel. Rejects with a `ContactError` or the signal's reason. */
  dial(connection: RemoteConnection, signal: AbortSignal): Promise<'websocket' | 'http'>;
  /** Whether to take the connection for lost after having been without a carrier for so long, and so many attempts. */
  givesUp(connection: RemoteConnection, downMs: number, attempts: number): boolean;
  /** An attempt to re-attach has failed. */
  failed(error: unknown): void;
  /** An attempt to re-attach has succeeded. */
  recovered(): void;
  /** It is closed: called once, with how. */
  closed(connection: RemoteConnection, end: ConnectionEnd): void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly fault: IsomuxError | undefined;
  /** By this side's choice, for want of runs for instance, and not because of a fault. */
  readonly own: boolean;
  /** The server may still have it, and does not know. */
  readonly untold: boolean;
  /** How long it lasted, in milliseconds. */
  readonly lifeMs: number;
}

/** Options of a connection. */
export interface RemoteConnectionOptions extends Pick<ResumableChannelOptions, 'heartbeatMs' | 'silenceMs'> {
  readonly info: ServerInfo;
  /** It is for one run, which may be what ended its last executor: the server is told. */
  readonly suspect: boolean;
  /** How long it is kept without runs. */
  readonly idleMs: number;
  /** How long the server may take to greet, once there is a carrier. */
  readonly connectTimeoutMs: number;
}

/** A carrier that lived so long, or brought something, was worth having: the next one is tried for at once. */
const GOOD_LIFE_MS = 2_000;
const NAME_BYTES = 16;
/** By which a server says that a run of the connection may be what ended it. */
const CRASHES: ReadonlySet<ErrorCode> = new Set(['ENGINE_CRASHED', 'MEMORY_LIMIT']);

/**
 * One connection to a server, shared by up to `runsPerConnection` runs. It finds new carriers while it has runs, closes itself
 * when it has had none for `idleMs`, and never comes back once it is closed.
 */
export class RemoteConnection {
  /** By which the server knows it. Whoever knows it too, and has the token, can take it over. */
  readonly name: string = createConnectionName();
  readonly info: ServerInfo;
  readonly suspect: boolean;
  readonly channel: Channel;
  readonly resumable: ResumableChannel;
  readonly #host: ConnectionHost;
  readonly #options: RemoteConnectionOptions;
  readonly #greeted: Deferred<void> = createDeferred<void>();
  readonly #madeAtMs: number = monotonicMs();
  /** Ends whatever is under way for it. */
  readonly #life = new AbortController();
  #runs = 0;
  #open = false;
  #retired = false;
  #closed = false;
  #reattaching = false;
  #own = false;
  #untold = false;
  /** The last carrier is one whose end tells the server nothing. */
  #mute = false;
  #idle: Timer | undefined;
  /** Since when it has had no carrier that was of use. */
  #downSinceMs: number | undefined;
  #attempts = 0;
  #attachedAtMs = 0;
  #progressAtAttach = 0;

  constructor(host: ConnectionHost, options: RemoteConnectionOptions) {
    const { info, heartbeatMs, silenceMs } = options;
    this.#host = host;
    this.info = info;
    this.suspect = options.suspect;
    this.#options = options;
    this.resumable = createResumableChannel({ half: 'driver', heartbeatMs, silenceMs, detached: (cause) => this.#detached(cause) });
    this.channel = new RelayedChannel(this.resumable, {
      message: () => this.#greeted.resolve(),
      closed: (fault) => this.#ended(fault),
    });
    // Nobody may be waiting for it.
    this.#greeted.promise.catch(() => {});
  }

  /** Runs that hold it. */
  get runs(): number {
    return this.#runs;
  }

  /** It can take another run. One for a suspect is lent to that, and to nobody else. */
  get hasRoom(): boolean {
    return (
      !this.suspect && this.#open && !this.#closed && !this.#retired && this.resumable.attached && this.#runs < this.info.runsPerConnection
    );
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when the server has greeted. Rejects with what prevented it; it is closed then. */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.#dial(signal);
      const { connectTimeoutMs } = this.#options;
      const late = (): Error => new ContactError('UNREACHABLE', `the server did not greet within connectTimeoutMs (${connectTimeoutMs})`);
      await withDeadline(signal, connectTimeoutMs, late, (attempt) => abortable(this.#greeted.promise, attempt));
      this.#open = true;
      this.#startIdling();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Counts a run in. */
  take(): void {
    this.#runs++;
    this.#idle?.clear();
  }

  /** Counts a run out. */
  giveBack(): void {
    this.#runs--;
    if (this.#runs > 0 || this.#closed) return;
    if (this.#retired || !this.resumable.attached) this.close();
    else this.#startIdling();
  }

  /** Takes no more runs, and closes when it has none. */
  retire(): void {
    this.#retired = true;
    if (this.#runs === 0) this.close();
  }

  /** Does so too, and tells the server by a request, because it does not seem to hear what the carrier brings. */
  abandon(): void {
    this.#mute = true;
    this.retire();
  }

  /** Ends it, and with it the runs that are left. */
  close(fault?: IsomuxError): void {
    if (this.#closed) return;
    this.#own = fault === undefined;
    this.#untold = !this.resumable.attached;
    this.channel.close(fault);
    this.#ended(fault);
  }

  #startIdling(): void {
    this.#idle?.clear();
    if (this.#runs === 0) this.#idle = setTimer(this.#options.idleMs, () => this.close());
  }

  #ended(fault: IsomuxError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idle?.clear();
    const error = fault ?? new ContactError('UNREACHABLE', 'the server closed the connection');
    this.#greeted.reject(error);
    this.#life.abort(error);
    const lifeMs = monotonicMs() - this.#madeAtMs;
    this.#host.closed(this, { fault, own: this.#own, untold: this.#open && (this.#untold || this.#mute), lifeMs });
  }

  // ---- carriers

  /** Messages that have come through, either way. */
  get #progress(): number {
    return this.resumable.received + this.resumable.acknowledged;
  }

  async #dial(signal: AbortSignal): Promise<void> {
    this.#progressAtAttach = this.#progress;
    const carriedBy = await this.#host.dial(this, signal);
    this.#mute = carriedBy === 'http';
    this.#attachedAtMs = monotonicMs();
  }

  #detached(cause: unknown): void {
    if (this.#closed) return;
    if (!this.#open)
      return this.close(cause instanceof IsomuxError ? cause : new IsomuxError('EXECUTOR_LOST', 'the carrier broke', { cause }));
    if (this.#runs === 0) return this.close(new IsomuxError('EXECUTOR_LOST', 'the carrier of a connection without runs broke', { cause }));
    if (this.#progress > this.#progressAtAttach || monotonicMs() - this.#attachedAtMs >= GOOD_LIFE_MS) {
      this.#downSinceMs = undefined;
      this.#attempts = 0;
    }
    if (this.#reattaching) return;
    this.#reattaching = true;
    void this.#reattach().finally(() => (this.#reattaching = false));
  }

  async #reattach(): Promise<void> {
    while (!this.#closed && !this.resumable.attached) {
      this.#downSinceMs ??= monotonicMs();
      if (this.#host.givesUp(this, monotonicMs() - this.#downSinceMs, this.#attempts)) {
        this.close(new IsomuxError('EXECUTOR_LOST', 'the server could not be reached for so long that the connection counts as lost'));
        return;
      }
      if (this.#attempts > 0) await wait(backoffMs(this.#attempts), this.#life.signal);
      if (this.#closed) return;
      this.#attempts++;
      try {
        await this.#dial(this.#life.signal);
        this.#host.recovered();
      } catch (error) {
        if (this.#closed) return;
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    this.#host.failed(error);
    const code = error instanceof IsomuxError ? error.code : undefined;
    if (isFinal(error) || code === 'EXECUTOR_LOST' || (code !== undefined && CRASHES.has(code))) {
      const told = code !== undefined && CRASHES.has(code) ? code : 'EXECUTOR_LOST';
      this.close(new IsomuxError(told, 'the server does not go on with the connection; see the cause', { cause: error }));
    }
  }
}

function createConnectionName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(NAME_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
