import type { ExecutorHeader, Message } from '@isomux/protocol';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { decodeUnit, encodeUnit, type Unit } from './numbered-unit.ts';

/** How a raw client comes. */
export interface RawSocketOptions {
  readonly name?: string;
  readonly received?: number | string;
  readonly token?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a WebSocket was refused with. */
export interface RefusedUpgrade {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/** A fresh name for a connection. */
export function freshName(): string {
  return randomBytes(16).toString('base64url');
}

function address(url: string, { name = freshName(), received = 0 }: RawSocketOptions): string {
  return `${url.replace('http', 'ws')}/v1/runs?connection=${name}&received=${received}`;
}

function open(url: string, options: RawSocketOptions): WebSocket {
  const { token, protocols = ['isomux.1'], headers = {} } = options;
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new WebSocket(address(url, options), [...protocols], { headers: { ...authorization, ...headers }, perMessageDeflate: false });
}

/** Asks for a WebSocket that will be refused, and resolves with what the server says. */
export async function refusedUpgrade(url: string, options: RawSocketOptions = {}): Promise<RefusedUpgrade> {
  const socket = open(url, options);
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('the WebSocket was opened'));
    });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) as unknown });
      });
    });
  });
}

/** A client of one WebSocket that does nothing by itself: it neither numbers nor acknowledges unless told. */
export class RawSocket {
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #units: Unit[] = [];
  #wake: () => void = () => {};
  #isClosed = false;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#units.push(decodeUnit(data));
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.#isClosed = true;
        this.#wake();
        resolve(code);
      });
    });
    socket.on('error', () => {});
  }

  static async connect(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
    const raw = new RawSocket(open(url, options));
    await once(raw.socket, 'open');
    return raw;
  }

  send(number: number, acknowledged: number, message?: Message): void {
    this.socket.send(encodeUnit(number, acknowledged, message));
  }

  /** The next unit; undefined when the socket is closed first. */
  async unit(): Promise<Unit | undefined> {
    for (;;) {
      const unit = this.#units.shift();
      if (unit !== undefined) return unit;
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The next unit whose message is of this type, with what came before thrown away. */
  async until<T extends ExecutorHeader['type']>(
    type: T,
  ): Promise<Unit & { readonly message: Message<Extract<ExecutorHeader, { type: T }>> }> {
    for (;;) {
      const unit = await this.unit();
      if (unit === undefined) throw new Error(`the socket was closed before a ${type} message came`);
      if (unit.message?.header.type === type) return unit as Unit & { readonly message: Message<Extract<ExecutorHeader, { type: T }>> };
    }
  }

  /** Breaks it off without a word. */
  async cut(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
