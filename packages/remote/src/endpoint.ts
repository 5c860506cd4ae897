import type { Connection, Refusal } from '@isomux/driver';
import { IsomuxError, isIsomuxError } from '@isomux/protocol';
import type { Channel } from '@isomux/protocol';
import { ContactError, UpgradeError, asIsomuxError, isFinal } from './contact-error.ts';
import type { EndpointUrl } from './endpoint-url.ts';
import { dialHttp } from './http-carrier.ts';
import { refusalOf, requestAnswer } from './http-client.ts';
import type { HttpClient } from './http-client.ts';
import type { RemoteSettings } from './options.ts';
import { RemoteConnection } from './remote-connection.ts';
import type { ConnectionEnd, ConnectionHost } from './remote-connection.ts';
import { askCapabilities } from './server-info.ts';
import type { ServerInfo } from './server-info.ts';
import { SharedAttempt } from './shared-attempt.ts';
import { backoffMs, monotonicMs, withDeadline } from './timers.ts';
import { dialWebSocket, hasWebSocket } from './websocket-carrier.ts';

/** What an endpoint needs of the fleet it belongs to. */
export interface EndpointHost {
  /** Another endpoint is well enough to take over this one's runs. */
  hasAlternative(endpoint: Endpoint): boolean;
}

/** Upgrades in a row that never came about, while requests did, after which a server counts as one without WebSockets. */
const MAX_FAILED_UPGRADES = 2;
/** For how long it does. */
const WITHOUT_UPGRADES_MS = 5 * 60 * 1000;
/** How long a server that refused a run for want of room is passed over. */
const OVERLOADED_MS = 1_000;
/** A connection is taken for lost so much after the server has given it up. */
const GRACE_MARGIN_MS = 5_000;
/** With another server at hand it is so after fewer attempts. */
const HASTY_ATTEMPTS = 3;
const HASTY_MS = 500;
const GOODBYE_MS = 2_000;

/** One server: what is known of it, and the connections to it. */
export class Endpoint implements ConnectionHost {
  readonly url: EndpointUrl;
  readonly #settings: RemoteSettings;
  readonly #host: EndpointHost;
  readonly #client: HttpClient;
  readonly #connections = new Set<RemoteConnection>();
  readonly #channels = new WeakSet<Channel>();
  readonly #goodbyes = new Set<Promise<void>>();
  readonly #opening: SharedAttempt = new SharedAttempt((signal) => this.#open(signal));
  readonly #life = new AbortController();
  /** Undefined before the first contact, and after each failure. */
  #info: ServerInfo | undefined;
  /** Runs of this driver that were part of the load when it was told. */
  #runsWhenAsked = 0;
  #everAnswered = false;
  #checking = false;
  #failures = 0;
  #retryAtMs = 0;
  #failedUpgrades = 0;
  #noUpgradesUntilMs = 0;
  #overloadedUntilMs = 0;
  #lastError: IsomuxError | undefined;

  constructor(url: EndpointUrl, settings: RemoteSettings, host: EndpointHost) {
    this.url = url;
    this.#settings = settings;
    this.#host = host;
    this.#client = { server: url.name, authorization: settings.authorization, fetchImpl: settings.fetchImpl };
  }

  /** Runs of this driver that hold a connection to it. */
  get runs(): number {
    let runs = 0;
    for (const connection of this.#connections) runs += connection.runs;
    return runs;
  }

  /** Its share of places in use, as far as is known; 0 for one that was never asked. */
  get load(): number {
    const info = this.#info;
    if (info === undefined) return 0;
    return (this.runs + Math.max(0, info.load - this.#runsWhenAsked)) / info.maxRuns;
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
  async lend(signal: AbortSignal, refused: (code: Refusal) => boolean): Promise<Connection> {
    while (true) {
      if (signal.aborted) throw signal.reason;
      for (const connection of this.#connections) if (connection.hasRoom) return this.#lend(connection, refused);
      await this.#opening.join(signal);
    }
  }

  /** Asks in the background whether it is well again, if that has not been asked lately: no run has to wait for what is probably gone. */
  checkUp(): void {
    if (this.#checking || this.#failures === 0 || monotonicMs() < this.#retryAtMs) return;
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
    this.#info = undefined;
    this.#lastError = asIsomuxError(error);
    // Who has asked in vain for something else than patience is told so at once, each time.
    if (isFinal(error)) return;
    const retryAfterMs = error instanceof ContactError ? error.retryAfterMs : 0;
    this.#retryAtMs = monotonicMs() + Math.max(backoffMs(this.#failures), retryAfterMs);
  }

  #noteSuccess(): void {
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.#lastError = undefined;
  }

  /** Ends every connection. Resolves when the server has been told, or has not listened for two seconds. */
  async close(): Promise<void> {
    this.#life.abort(new IsomuxError('DRIVER_CLOSED', 'the driver was closed'));
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#goodbyes);
  }

  // ---- what its connections say

  async dial(connection: RemoteConnection, signal: AbortSignal): Promise<'websocket' | 'http'> {
    const { connectTimeoutMs } = this.#settings;
    const late = (): Error =>
      new ContactError('UNREACHABLE', `${this.url.name} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
    return withDeadline(signal, connectTimeoutMs, late, async (attempt) => {
      const carrier = this.#chooseCarrier(connection.info);
      if (carrier === 'http') {
        await this.#dialHttp(connection, attempt);
        return carrier;
      }
      try {
        await this.#dialWebSocket(connection, attempt);
      } catch (error) {
        // One that hangs until the end is as good as refused.
        if (signal.aborted || !(error instanceof UpgradeError || attempt.aborted)) throw error;
        await this.#explainUpgrade(connection, signal);
        throw error;
      }
      this.#failedUpgrades = 0;
      return carrier;
    });
  }

  givesUp(connection: RemoteConnection, downMs: number, attempts: number): boolean {
    if (downMs > connection.info.graceMs + GRACE_MARGIN_MS) return true;
    return attempts >= HASTY_ATTEMPTS && downMs >= HASTY_MS && this.#host.hasAlternative(this);
  }

  failed(error: unknown): void {
    this.noteFailure(error);
  }

  closed(connection: RemoteConnection, { fault, own, untold }: ConnectionEnd): void {
    const wasOpen = this.#connections.delete(connection);
    if (untold) this.#sayGoodbye(connection);
    if (own || !wasOpen) return;
    // It may come back as another one.
    this.#info = undefined;
    if (fault?.code !== 'EXECUTOR_LOST') this.noteFailure(fault);
  }

  // ---- connections

  #lend(connection: RemoteConnection, refused: (code: Refusal) => boolean): Connection {
    connection.take();
    let held = true;
    return {
      channel: connection.channel,
      refused: (code) => {
        if (code === 'OVERLOADED') this.#overloadedUntilMs = monotonicMs() + OVERLOADED_MS;
        else {
          connection.retire();
          this.noteFailure(new ContactError('DRAINING', `${this.url.name} is shutting down`));
        }
        return refused(code);
      },
      release: (verdict) => {
        if (!held) return;
        held = false;
        // The others on it may be well: they stay until they have ended, and nobody comes after them.
        if (verdict?.unresponsive === true && !connection.closed) {
          this.noteFailure(new ContactError('UNREACHABLE', `${this.url.name} did not answer in time`));
          connection.retire();
        }
        connection.giveBack();
      },
    };
  }

  async #open(signal: AbortSignal): Promise<void> {
    try {
      const info = this.#info ?? (await this.#ask(signal));
      const { idleMs, heartbeatMs, silenceMs } = this.#settings;
      const connection = new RemoteConnection(this, { info, idleMs, heartbeatMs, silenceMs });
      await connection.open(signal).catch((error: unknown) => {
        throw isIsomuxError(error) && error.code === 'FRAME_INVALID' ? this.#brokenProtocol(error) : error;
      });
      this.#connections.add(connection);
      this.#channels.add(connection.channel);
      this.#noteSuccess();
    } catch (error) {
      if (!signal.aborted) this.noteFailure(error);
      throw error;
    }
  }

  async #ask(signal: AbortSignal): Promise<ServerInfo> {
    const { connectTimeoutMs } = this.#settings;
    const { name, capabilities } = this.url;
    const late = (): Error => new ContactError('UNREACHABLE', `${name} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
    try {
      const info = this.#check(
        await withDeadline(signal, connectTimeoutMs, late, (attempt) => askCapabilities(this.#client, capabilities, attempt)),
      );
      this.#everAnswered = true;
      this.#info = info;
      this.#runsWhenAsked = this.runs;
      return info;
    } catch (error) {
      if (isIsomuxError(error) && error.code !== 'UNREACHABLE') this.#everAnswered = true;
      throw error;
    }
  }

  #brokenProtocol(cause: IsomuxError): ContactError {
    return new ContactError('PROTOCOL_ERROR', `${this.url.name} broke the protocol: ${cause.message}`, { cause, final: true });
  }

  #check(info: ServerInfo | undefined): ServerInfo {
    const { name, capabilities } = this.url;
    if (info === undefined) {
      const what = `${name} has no ${new URL(capabilities).pathname}`;
      throw new ContactError('UNREACHABLE', `${what}: it is no server of this protocol; check the endpoint`, { final: true });
    }
    if (info.draining) throw new ContactError('DRAINING', `${name} is shutting down and begins no more runs`);
    return info;
  }

  // ---- carriers

  #chooseCarrier({ transports }: ServerInfo): 'websocket' | 'http' {
    const { transport } = this.#settings;
    const can = (name: 'websocket' | 'http'): boolean => transports.has(name) && (transport === 'auto' || transport === name);
    const offered = [...transports].join(', ').slice(0, 100);
    const blocked = transport === 'auto' && can('http') && monotonicMs() < this.#noUpgradesUntilMs;
    if (can('websocket') && hasWebSocket() && !blocked) return 'websocket';
    if (can('http')) return 'http';
    const what = `${this.url.name} offers the transports ${offered}`;
    const why = transports.has('websocket') && !hasWebSocket() ? ', and this platform has no WebSocket' : '';
    throw new ContactError('UNREACHABLE', `${what}${why}; transport is "${transport}"`, { final: true });
  }

  async #dialWebSocket(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    const { resumable: channel, name } = connection;
    const url = this.url.socket(name, channel.received);
    await dialWebSocket({ channel, server: this.url.name, url, authorization: this.#settings.authorization }, signal);
  }

  async #dialHttp(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    const { resumable: channel, name } = connection;
    const { url } = this;
    const client = this.#client;
    await dialHttp({ channel, client, streamUrl: url.stream(name, channel.received), messagesUrl: url.messages(name) }, signal);
  }

  /**
   * Finds out with a request why there is no WebSocket. Rejects with what the server says; resolves where it says nothing, so that
   * it must be the upgrade that somebody on the way does not like.
   */
  async #explainUpgrade(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    const { connectTimeoutMs } = this.#settings;
    const { name, capabilities } = this.url;
    const late = (): Error => new ContactError('UNREACHABLE', `${name} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
    await withDeadline(signal, connectTimeoutMs, late, async (attempt) => {
      if (connection.resumable.received === 0) return this.#check(await askCapabilities(this.#client, capabilities, attempt));
      // No messages at all: what matters is whether the server knows the connection they are for.
      const url = this.url.messages(connection.name);
      const answer = await requestAnswer(this.#client, { method: 'POST', url, body: new Uint8Array(0) }, attempt);
      if (answer.status !== 200) throw refusalOf(this.#client, answer);
      return undefined;
    });
    if (++this.#failedUpgrades < MAX_FAILED_UPGRADES) return;
    this.#failedUpgrades = 0;
    this.#noUpgradesUntilMs = monotonicMs() + WITHOUT_UPGRADES_MS;
  }

  #sayGoodbye(connection: RemoteConnection): void {
    const never = new AbortController();
    const late = (): Error => new IsomuxError('UNREACHABLE', 'nobody listens');
    const url = this.url.connection(connection.name);
    const goodbye: Promise<void> = withDeadline(never.signal, GOODBYE_MS, late, (signal) =>
      requestAnswer(this.#client, { method: 'DELETE', url }, signal),
    ).then(
      () => void this.#goodbyes.delete(goodbye),
      // Then the server forgets it when its time is over.
      () => void this.#goodbyes.delete(goodbye),
    );
    this.#goodbyes.add(goodbye);
  }
}
