import { IsomuxError } from '@isomux/protocol';
import { ContactError, UpgradeError } from './contact-error.ts';
import type { EndpointUrl } from './endpoint-url.ts';
import { dialHttp } from './http-carrier.ts';
import { StandInError, refusalOf, requestAnswer } from './http-client.ts';
import type { HttpClient } from './http-client.ts';
import { bearerToken } from './options.ts';
import type { RemoteSettings } from './options.ts';
import type { RemoteConnection } from './remote-connection.ts';
import { askCapabilities } from './server-info.ts';
import type { ServerInfo } from './server-info.ts';
import { monotonicMs, withDeadline } from './timers.ts';
import { dialWebSocket, hasWebSocket } from './websocket-carrier.ts';

/** Upgrades in a row that never came about, while requests did, after which a server counts as one without WebSockets. */
const MAX_FAILED_UPGRADES = 2;
/** For how long it does. */
const WITHOUT_UPGRADES_MS = 5 * 60 * 1000;
const GOODBYE_MS = 1_000;

/** Speaks to one server: asks what it can do, and finds carriers for connections to it. */
export class Dialer {
  readonly #url: EndpointUrl;
  readonly #settings: RemoteSettings;
  readonly #client: HttpClient;
  #failedUpgrades = 0;
  #noUpgradesUntilMs = 0;

  constructor(url: EndpointUrl, settings: RemoteSettings) {
    this.#url = url;
    this.#settings = settings;
    this.#client = { server: url.name, authorization: settings.authorization, fetchImpl: settings.fetchImpl };
  }

  /** What the server says of itself; undefined for one that speaks nothing but rounds. Rejects as `askCapabilities` does. */
  async ask(signal: AbortSignal): Promise<ServerInfo | undefined> {
    try {
      return await this.#inTime(signal, (attempt) => askCapabilities(this.#client, this.#url.capabilities, attempt));
    } catch (error) {
      if (error instanceof StandInError && this.#settings.transport === 'auto') return undefined;
      throw error;
    }
  }

  /** How to speak to a server. Throws a `ContactError` where there is no way that may be gone. */
  chooseTransport(info: ServerInfo): 'websocket' | 'http' | 'rounds' {
    const { transport } = this.#settings;
    const can = (name: string): boolean => info.transports.has(name) && (transport === 'auto' || transport === name);
    const isBlocked = this.#failedUpgrades >= MAX_FAILED_UPGRADES || monotonicMs() < this.#noUpgradesUntilMs;
    const avoided = isBlocked && transport === 'auto' && can('http');
    if (can('websocket') && this.#hasWebSocket && !avoided) return 'websocket';
    if (can('http')) return 'http';
    if (can('rounds')) return 'rounds';
    const offered = [...info.transports].join(', ').slice(0, 100);
    const why = can('websocket') ? ', and this platform has no WebSocket, or none for such an authorization' : '';
    throw new ContactError('UNREACHABLE', `${this.#url.name} offers the transports ${offered}${why}; transport is "${transport}"`, {
      final: true,
    });
  }

  /** One attempt to put a carrier under the connection's channel. Rejects with a `ContactError` or the signal's reason. */
  dial(connection: RemoteConnection, signal: AbortSignal): Promise<'websocket' | 'http'> {
    return this.#inTime(signal, async (attempt) => {
      if (this.chooseTransport(connection.info) !== 'websocket') {
        await this.#dialHttp(connection, attempt).finally(() => this.#judgeUpgrades(connection));
        return 'http';
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
      return 'websocket';
    });
  }

  /** Tells the server that a connection is over. Resolves when it knows, or has not listened for a second; never rejects. */
  async sayGoodbye(connection: RemoteConnection): Promise<void> {
    const late = (): Error => new IsomuxError('UNREACHABLE', 'nobody listens');
    const url = this.#url.connection(connection.name);
    try {
      await withDeadline(new AbortController().signal, GOODBYE_MS, late, (signal) =>
        requestAnswer(this.#client, { method: 'DELETE', url }, signal),
      );
    } catch {
      // Then the server forgets it when its time is over.
    }
  }

  async #dialWebSocket(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    const { resumable: channel, name, suspect } = connection;
    const url = this.#url.socket(name, channel.received, suspect);
    await dialWebSocket({ channel, server: this.#url.name, url, authorization: this.#settings.authorization }, signal);
  }

  async #dialHttp(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    const { resumable: channel, name, suspect } = connection;
    const streamUrl = this.#url.stream(name, channel.received, suspect);
    await dialHttp({ channel, client: this.#client, streamUrl, messagesUrl: this.#url.messages(name) }, signal);
  }

  /**
   * Finds out with a request why there is no WebSocket. Rejects with what the server says; resolves where it says nothing, so that
   * it must be the upgrade that somebody on the way does not like.
   */
  async #explainUpgrade(connection: RemoteConnection, signal: AbortSignal): Promise<void> {
    if (connection.resumable.received === 0) await this.ask(signal);
    else {
      // No messages at all: what matters is whether the server knows the connection they are for.
      const url = this.#url.messages(connection.name);
      const request = { method: 'POST', url, body: new Uint8Array(0) } as const;
      const answer = await this.#inTime(signal, (attempt) => requestAnswer(this.#client, request, attempt));
      if (answer.status !== 200) throw refusalOf(this.#client, answer);
    }
    this.#failedUpgrades++;
  }

  /** Where HTTP carries what no WebSocket would, that is how it stays for a while; where it does not either, upgrades were not to blame. */
  #judgeUpgrades({ resumable }: RemoteConnection): void {
    if (this.#failedUpgrades >= MAX_FAILED_UPGRADES && resumable.attached) this.#noUpgradesUntilMs = monotonicMs() + WITHOUT_UPGRADES_MS;
    this.#failedUpgrades = 0;
  }

  /** A WebSocket can carry no authorization but a token. */
  get #hasWebSocket(): boolean {
    const { authorization } = this.#settings;
    return hasWebSocket() && (authorization === undefined || bearerToken(authorization) !== undefined);
  }

  #inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { connectTimeoutMs } = this.#settings;
    const late = (): Error =>
      new ContactError('UNREACHABLE', `${this.#url.name} did not answer within connectTimeoutMs (${connectTimeoutMs})`);
    return withDeadline(signal, connectTimeoutMs, late, work);
  }
}
