import type { Connection, Refusal } from '@isomux/driver';
import { IsomuxError, isIsomuxError } from '@isomux/protocol';
import type { Channel, ErrorCode } from '@isomux/protocol';
import type { Borrower } from './borrower.ts';
import { ContactError, asIsomuxError, isFinal } from './contact-error.ts';
import { Dialer } from './dialer.ts';
import type { EndpointUrl } from './endpoint-url.ts';
import type { RemoteSettings } from './options.ts';
import { RelayedChannel } from './relayed-channel.ts';
import { RemoteConnection } from './remote-connection.ts';
import type { ConnectionEnd, ConnectionHost } from './remote-connection.ts';
import { createRoundsChannel } from './rounds/rounds-channel.ts';
import type { RoundMemory } from './rounds/rounds-run.ts';
import type { ServerInfo } from './server-info.ts';
import { SharedAttempt } from './shared-attempt.ts';
import { backoffMs, monotonicMs } from './timers.ts';

/** What an endpoint needs of the fleet it belongs to. */
export interface EndpointHost {
  /** What runs over rounds have to remember, whichever server they go on at. */
  readonly memories: Map<string, RoundMemory>;
  /** Another endpoint is well enough to take over this one's runs. */
  hasAlternative(endpoint: Endpoint): boolean;
}

/** How long a server that refused a run for want of room is passed over. */
const OVERLOADED_MS = 1_000;
/** A connection is taken for lost so much after the server has given it up. */
const GRACE_MARGIN_MS = 5_000;
/** With another server at hand it is so after fewer attempts. */
const HASTY_ATTEMPTS = 3;
const HASTY_MS = 500;
const SHORT_LIFE_MS = 1_000;
const LOSSES: ReadonlySet<ErrorCode> = new Set(['EXECUTOR_LOST', 'ENGINE_CRASHED', 'MEMORY_LIMIT']);
/** For how long it counts what an offer, or a request for capabilities in its place, came to. */
const FOUND_OUT_MS = 5 * 60 * 1000;
/** For how long a server's word on its load counts: what others have there changes. */
const LOAD_FRESH_MS = 10_000;

/** One server: what is known of it, and the connections to it. */
export class Endpoint implements ConnectionHost {
  readonly url: EndpointUrl;
  readonly #settings: RemoteSettings;
  readonly #host: EndpointHost;
  readonly #dialer: Dialer;
  readonly #connections = new Set<RemoteConnection>();
  readonly #channels = new WeakSet<Channel>();
  readonly #goodbyes = new Set<Promise<void>>();
  readonly #opening: SharedAttempt = new SharedAttempt(async (signal) => {
    await this.#open(signal, false);
  });
  readonly #life = new AbortController();
  /** Undefined before the first contact, and after each failure. */
  #info: ServerInfo | 'rounds' | undefined;
  /** Runs of this driver that were part of the load when it was told. */
  #runsWhenAsked = 0;
  #askedAtMs = 0;
  /** It has taken an offer, or told its capabilities. */
  #connectsUntilMs = 0;
  #roundsRuns = 0;
  #everAnswered = false;
  /** There was a connection to it: where it has no resources now, something else answers in its place. */
  #everKnown = false;
  #checking = false;
  #failures = 0;
  #retryAtMs = 0;
  #overloadedUntilMs = 0;
  #lastError: IsomuxError | undefined;

  constructor(url: EndpointUrl, settings: RemoteSettings, host: EndpointHost) {
    this.url = url;
    this.#settings = settings;
    this.#host = host;
    this.#dialer = new Dialer(url, settings);
    if (settings.transport === 'rounds') this.#info = 'rounds';
  }

  /** Runs of this driver that hold a connection to it. */
  get runs(): number {
    let runs = this.#roundsRuns;
    for (const connection of this.#connections) runs += connection.runs;
    return runs;
  }

  /** Its share of places in use, as far as is known; for one that says nothing of its places, the runs of this driver. */
  get load(): number {
    const info = this.#info;
    if (info === undefined || info === 'rounds') return this.runs;
    const others = monotonicMs() - this.#askedAtMs < LOAD_FRESH_MS ? Math.max(0, info.load - this.#runsWhenAsked) : 0;
    return (this.runs + others) / info.maxRuns;
  }

  /** It has answered at some time, if only to say no. */
  get everAnswered(): boolean {
    return this.#everAnswered;
  }

  /** Attempts in a row that failed. */
  get failures(): number {
    return this.#failures;
  }

  /** When it may be tried again. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** It refused a run a moment ago. */
  get overloaded(): boolean {
    return monotonicMs() < this.#overloadedUntilMs;
  }

  /** Why it is of no use at the moment, until `retryAtMs` at least. */
  get lastError(): IsomuxError | undefined {
    return this.#lastError;
  }

  /** The channel was one to this server. */
  hadChannel(channel: Channel): boolean {
    return this.#channels.has(channel);
  }

  /**
   * A place on a connection. Rejects with a `ContactError`, or as what else went wrong with the connection that was opened for it,
   * and with the signal's reason.
   */
  async lend(signal: AbortSignal, borrower: Borrower): Promise<Connection> {
    let opened = false;
    while (true) {
      if (signal.aborted) throw signal.reason;
      if (this.#offers(borrower) || this.#speaksRounds) return this.#lendRounds(borrower);
      if (borrower.suspect) return this.#lendAlone(signal, borrower);
      const connection = this.#findRoom();
      if (connection !== undefined) return this.#lend(connection, borrower);
      // Opened, and lost before anybody could have it.
      if (opened && monotonicMs() < this.#retryAtMs) throw this.#lastError;
      await this.#opening.join(signal);
      opened = true;
    }
  }

  /** Asks in the background whether it is well again, if that has not been asked lately: no run has to wait for what is probably gone. */
  checkUp(): void {
    if (this.#checking || this.#failures === 0 || monotonicMs() < this.#retryAtMs) return;
    // Of rounds the next run finds out: there is nothing else to ask for.
    if (this.#settings.transport === 'rounds') return this.#noteSuccess();
    this.#checking = true;
    this.#ask(this.#life.signal)
      .then(
        () => this.#noteSuccess(),
        (error: unknown) => this.noteFailure(error),
      )
      .finally(() => (this.#checking = false));
  }

  /** Remembers that it is of no use at the moment. */
  noteFailure(error: unknown): void {
    this.#failures++;
    this.#forgetInfo();
    this.#lastError = asIsomuxError(error);
    // Who has asked in vain for something else than patience is told so at once, each time.
    if (isFinal(error)) return;
    const retryAfterMs = error instanceof ContactError ? error.retryAfterMs : 0;
    this.#retryAtMs = monotonicMs() + Math.max(backoffMs(this.#failures), retryAfterMs);
  }

  /** Ends every connection. Resolves when the server has been told, or has not listened for a second. */
  async close(): Promise<void> {
    this.#life.abort(new IsomuxError('DRIVER_CLOSED', 'the driver was closed'));
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#goodbyes);
  }

  // ---- what its connections say

  async dial(connection: RemoteConnection, signal: AbortSignal): Promise<'websocket' | 'http'> {
    try {
      return await this.#dialer.dial(connection, signal);
    } catch (error) {
      throw this.#judge(error);
    }
  }

  givesUp(connection: RemoteConnection, downMs: number, attempts: number): boolean {
    if (downMs > connection.info.graceMs + GRACE_MARGIN_MS) return true;
    return attempts >= HASTY_ATTEMPTS && downMs >= HASTY_MS && this.#host.hasAlternative(this);
  }

  failed(error: unknown): void {
    this.noteFailure(error);
  }

  recovered(): void {
    this.#noteSuccess();
  }

  closed(connection: RemoteConnection, { fault, own, untold, lifeMs }: ConnectionEnd): void {
    const wasOpen = this.#connections.delete(connection);
    if (untold) this.#sayGoodbye(connection);
    if (own || !wasOpen) return;
    // It may come back as another one.
    this.#forgetInfo();
    // One that is lost may have been killed and be back; one that loses each connection at once is best left alone for a moment.
    if (fault === undefined || !LOSSES.has(fault.code) || lifeMs < SHORT_LIFE_MS) this.noteFailure(fault);
  }

  // ---- places

  #findRoom(): RemoteConnection | undefined {
    for (const connection of this.#connections) if (connection.hasRoom) return connection;
    return undefined;
  }

  /** A connection of its own for a run that may end whatever executes it. */
  async #lendAlone(signal: AbortSignal, borrower: Borrower): Promise<Connection> {
    const connection = await this.#open(signal, true);
    return connection === undefined ? this.#lendRounds(borrower) : this.#lend(connection, borrower);
  }

  #lend(connection: RemoteConnection, borrower: Borrower): Connection {
    connection.take();
    if (borrower.suspect) connection.retire();
    let held = true;
    return {
      channel: connection.channel,
      refused: (code) => {
        if (code === 'DRAINING') connection.retire();
        return this.#refused(code, borrower);
      },
      release: (verdict) => {
        if (!held) return;
        held = false;
        // The others on it may be well: they stay until they have ended, and nobody comes after them.
        if (verdict?.unresponsive === true && !connection.closed) {
          this.noteFailure(new ContactError('UNREACHABLE', `${this.url.name} did not answer in time`));
          connection.abandon();
        }
        connection.giveBack();
      },
    };
  }

  /** Each run has a channel of its own, and no connection. */
  #lendRounds(borrower: Borrower): Connection {
    const { authorization, fetchImpl, maxToolRounds, errorNames } = this.#settings;
    let moved = false;
    const info = typeof this.#info === 'object' ? this.#info : undefined;
    const rounds: Channel = createRoundsChannel({
      url: this.url.execute,
      server: this.url.name,
      authorization,
      fetchImpl,
      maxToolRounds,
      errorNames,
      ...(this.#offers(borrower) ? { offer: (taken: boolean) => (moved = this.#moves(borrower, taken)) } : {}),
      info,
      memories: this.#host.memories,
      elsewhere: (error) => {
        this.noteFailure(error);
        return borrower.elsewhere(error);
      },
    });
    const channel = new RelayedChannel(rounds, {
      message: ({ header }) => {
        if (header.type !== 'turn') return;
        this.#everAnswered = true;
        this.#noteSuccess();
        borrower.answered();
      },
      closed: () => {},
    });
    this.#channels.add(channel);
    this.#roundsRuns++;
    let held = true;
    return {
      channel,
      refused: (code) => moved || this.#refused(code, borrower),
      release: () => {
        if (held) this.#roundsRuns--;
        held = false;
        // It was none that the run was lost with.
        if (moved) this.#channels.delete(channel);
        channel.close();
      },
    };
  }

  /** The run is sent as a round that says that there may be a connection, because nobody knows whether there may. */
  #offers({ needsConnection }: Borrower): boolean {
    const { transport, firstContact } = this.#settings;
    if (transport !== 'auto' || firstContact !== 'offer' || needsConnection) return false;
    return typeof this.#info !== 'object' && monotonicMs() >= this.#connectsUntilMs;
  }

  #moves(borrower: Borrower, taken: boolean): true {
    if (this.#info === 'rounds') this.#info = undefined;
    if (taken) this.#connectsUntilMs = monotonicMs() + FOUND_OUT_MS;
    this.#everAnswered ||= taken;
    borrower.moves();
    return true;
  }

  #refused(code: Refusal, borrower: Borrower): boolean {
    if (code === 'OVERLOADED') this.#overloadedUntilMs = monotonicMs() + OVERLOADED_MS;
    else this.noteFailure(new ContactError('DRAINING', `${this.url.name} is shutting down and begins no more runs`));
    return borrower.refused(code);
  }

  get #speaksRounds(): boolean {
    const info = this.#info;
    return info === 'rounds' || (info !== undefined && this.#dialer.chooseTransport(info) === 'rounds');
  }

  /** Undefined where the server turns out to speak rounds alone. */
  async #open(signal: AbortSignal, suspect: boolean): Promise<RemoteConnection | undefined> {
    try {
      const info = this.#info ?? (await this.#ask(signal));
      if (info === 'rounds' || this.#speaksRounds) return undefined;
      const { idleMs, connectTimeoutMs, heartbeatMs, silenceMs } = this.#settings;
      const connection = new RemoteConnection(this, { info, suspect, idleMs, connectTimeoutMs, heartbeatMs, silenceMs });
      await connection.open(signal);
      this.#everKnown = true;
      this.#connections.add(connection);
      this.#channels.add(connection.channel);
      this.#noteSuccess();
      return connection;
    } catch (error) {
      const told = this.#judge(error);
      if (!signal.aborted) this.noteFailure(told);
      throw told;
    }
  }

  // ---- what is known of it

  async #ask(signal: AbortSignal): Promise<ServerInfo | 'rounds'> {
    try {
      const info = (await this.#dialer.ask(signal)) ?? this.#withoutResources();
      if (info !== 'rounds' && info.draining) {
        throw new ContactError('DRAINING', `${this.url.name} is shutting down and begins no more runs`);
      }
      this.#everAnswered = true;
      this.#info = info;
      if (info !== 'rounds') this.#connectsUntilMs = monotonicMs() + FOUND_OUT_MS;
      this.#runsWhenAsked = this.runs;
      this.#askedAtMs = monotonicMs();
      return info;
    } catch (error) {
      if (isIsomuxError(error) && error.code !== 'UNREACHABLE') this.#everAnswered = true;
      throw error;
    }
  }

  /** What a server is that does not know of its capabilities: one of existing clients, or no server of ours at all. */
  #withoutResources(): 'rounds' {
    const { transport } = this.#settings;
    if (transport === 'auto' && !this.#everKnown) return 'rounds';
    const what = `${this.url.name} has no ${new URL(this.url.capabilities).pathname}`;
    if (transport === 'auto') throw new ContactError('UNREACHABLE', `${what} at the moment`);
    const why = `it is no server of this protocol, or speaks only rounds; transport is "${transport}"`;
    throw new ContactError('UNREACHABLE', `${what}: ${why}`, { final: true });
  }

  #noteSuccess(): void {
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.#lastError = undefined;
  }

  #forgetInfo(): void {
    if (this.#settings.transport !== 'rounds') this.#info = undefined;
  }

  /** What an attempt's failure means, knowing what this server was before. */
  #judge(error: unknown): unknown {
    if (isIsomuxError(error) && error.code === 'FRAME_INVALID') {
      return new ContactError('PROTOCOL_ERROR', `${this.url.name} broke the protocol: ${error.message}`, { cause: error, final: true });
    }
    // What was a server of ours will be one again: a redirect, say, is somebody who stands in for it.
    const passing = this.#everKnown && isFinal(error) && isIsomuxError(error) && error.code === 'UNREACHABLE';
    return passing ? new ContactError(error.code, error.message, { cause: error }) : error;
  }

  #sayGoodbye(connection: RemoteConnection): void {
    const goodbye: Promise<void> = this.#dialer.sayGoodbye(connection).finally(() => this.#goodbyes.delete(goodbye));
    this.#goodbyes.add(goodbye);
  }
}
