import { IsomuxError } from '@isomux/protocol';
import type { Carrier, CarrierLink, ResumableChannel } from '@isomux/protocol';
import { ContactError, UpgradeError } from './contact-error.ts';
import { bearerToken } from './options.ts';
import { findSocketBelow } from './socket-below.ts';
import type { SocketBelow } from './socket-below.ts';
import { setTimer } from './timers.ts';
import type { Timer } from './timers.ts';

/** What a WebSocket is opened with. */
export interface WebSocketDial {
  readonly channel: ResumableChannel;
  /** The server's name, for messages. */
  readonly server: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

const SUBPROTOCOL = 'isomux.1';
const ENDED = 1000;
const OVERLOADED = 1013;
const UNKNOWN_CONNECTION = 4404;
const TOO_LARGE = 1009;
/** Of the codes that a client may choose, one that means nothing to the other side: the connection goes on. */
const LEFT = 4000;
/** How long a server may take to answer the end of a WebSocket, in milliseconds. */
const CLOSE_MS = 3_000;
/** How often it is looked whether part of a message has come. */
const LISTEN_MS = 5_000;

/** Whether this platform has WebSockets. Node has them from version 22. */
export function hasWebSocket(): boolean {
  return typeof globalThis.WebSocket === 'function';
}

/**
 * Opens a WebSocket and puts it under the channel with the first unit that comes. Rejects with a `ContactError`, an `UpgradeError`
 * where the socket never opened, or with the signal's reason.
 */
export function dialWebSocket(dial: WebSocketDial, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => new SocketCarrier(dial, signal, resolve, reject));
}

class SocketCarrier implements Carrier {
  readonly #dial: WebSocketDial;
  readonly #signal: AbortSignal;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort = (): void => this.#fail(this.#signal.reason);
  #socket: WebSocket | undefined;
  #below: SocketBelow | undefined;
  #closing: Timer | undefined;
  #listening: ReturnType<typeof setInterval> | undefined;
  #opened = false;
  #settled = false;
  #link: CarrierLink | undefined;

  constructor(dial: WebSocketDial, signal: AbortSignal, resolve: () => void, reject: (error: unknown) => void) {
    this.#dial = dial;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#onAbort);
    try {
      signal.throwIfAborted();
      this.#socket = this.#open();
    } catch (cause) {
      this.#below?.stop();
      if (signal.aborted) this.#fail(cause);
      else
        this.#fail(
          new UpgradeError('UNREACHABLE', `this platform refuses to open a WebSocket to ${dial.server}; see the cause`, { cause }),
        );
    }
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) throw new IsomuxError('EXECUTOR_LOST', 'the WebSocket is not open any more');
    this.#socket.send(bytes);
  }

  close(reason: 'ended' | 'replaced' | 'broken'): void {
    clearInterval(this.#listening);
    this.#link = undefined;
    this.#hangUp(reason === 'ended' ? ENDED : LEFT);
  }

  #open(): WebSocket {
    const { url, authorization } = this.#dial;
    const token = authorization === undefined ? undefined : bearerToken(authorization);
    this.#below = findSocketBelow(url);
    const socket = new WebSocket(url, token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `isomux.bearer.${encodeBase64Url(token)}`]);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#onOpen(socket);
    socket.onmessage = (event: MessageEvent<unknown>) => this.#onMessage(event.data);
    socket.onclose = ({ code }) => this.#onClose(code);
    // What is to be known of an error the close says, which follows.
    socket.onerror = () => {};
    return socket;
  }

  #onOpen(socket: WebSocket): void {
    this.#opened = true;
    this.#below?.stop();
    if (socket.protocol === SUBPROTOCOL) return;
    const what = `${this.#dial.server} opened a WebSocket, but not for the subprotocol ${SUBPROTOCOL}`;
    this.#fail(new ContactError('VERSION_MISMATCH', `${what}; install the same release of @isomux packages at both ends`, { final: true }));
  }

  #onMessage(data: unknown): void {
    if (this.#settled && this.#link === undefined) return;
    if (!isArrayBuffer(data)) {
      const fault = new IsomuxError('FRAME_INVALID', 'the server sent a text message over a WebSocket; the protocol has binary ones only');
      if (this.#link === undefined) this.#fail(new ContactError(fault.code, fault.message, { final: true }));
      else this.#dial.channel.close(fault);
      return;
    }
    // A socket that brings nothing is none that carries: attached is what has spoken.
    if (this.#link === undefined) {
      this.#link = this.#dial.channel.attach(this);
      this.#listen();
    }
    this.#link.receive(new Uint8Array(data));
    this.#settle();
    this.#resolve();
  }

  /** A WebSocket tells of whole messages only: of a large one that is on its way the socket knows. */
  #listen(): void {
    const below = this.#below;
    if (below === undefined) return;
    let bytesRead = 0;
    this.#listening = setInterval(() => {
      if (below.bytesRead > bytesRead) this.#link?.heard();
      ({ bytesRead } = below);
    }, LISTEN_MS);
  }

  #onClose(code: number): void {
    this.#below?.stop();
    this.#closing?.clear();
    clearInterval(this.#listening);
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return this.#fail(this.#describeClose(code));
    if (code === ENDED) return link.ended();
    if (code === UNKNOWN_CONNECTION)
      return this.#dial.channel.close(new IsomuxError('EXECUTOR_LOST', 'the server does not have the connection any more'));
    // It would be as large the next time.
    if (code === TOO_LARGE)
      return this.#dial.channel.close(
        new IsomuxError('FRAME_INVALID', 'a message was larger than the server takes (WebSocket closed with 1009)'),
      );
    link.lost(this.#describeClose(code));
  }

  #describeClose(code: number): ContactError {
    const { server } = this.#dial;
    if (code === UNKNOWN_CONNECTION) return new ContactError('EXECUTOR_LOST', `${server} does not have the connection any more`);
    if (code === OVERLOADED)
      return new ContactError('OVERLOADED', `${server} has no place for another connection (WebSocket closed with ${code})`);
    if (this.#opened) return new ContactError('UNREACHABLE', `${server} closed the WebSocket with ${code}`);
    return new UpgradeError('UNREACHABLE', `${server} did not open a WebSocket; the platform does not say why`);
  }

  /** Without effect once it carries. */
  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
    this.#hangUp(undefined);
  }

  /** Closes the socket, and does not wait for a server that hangs to agree. */
  #hangUp(code: number | undefined): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    this.#closing ??= setTimer(CLOSE_MS, () => this.#below?.destroy());
    socket.close(code);
  }

  #settle(): void {
    this.#settled = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}

/** Also one of another realm, as test environments have them. */
function isArrayBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]';
}

/** Base64url without padding, which a subprotocol may hold. */
function encodeBase64Url(token: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(token));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
