import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { AUTHORIZATION } from './token.ts';

/** What happens to a message on its way: `down` to the server, `up` to the driver. */
export type Fate =
  | 'pass'
  /** The carrier breaks; the message is lost with it. */
  | 'cut'
  /** The carrier breaks; the message was its last. */
  | 'cut-after'
  /** The carrier breaks, and the server forgets the connection and its runs, as one that was killed would. */
  | 'forget'
  /** It arrives twice. */
  | 'double'
  /** It arrives after the one that follows it, or a little later where none does. */
  | 'swap'
  /** It, and what follows, arrives later. */
  | 'delay';

/** Decides over each message, in the order in which they come. */
export type Weather = (message: { readonly way: 'down' | 'up'; readonly carrier: number; readonly index: number }) => Fate;

/** A proxy before a server, and the weather in it. */
export interface BadNetwork {
  readonly url: string;
  weather: Weather;
  /** Messages since the last `reset`, by their way. */
  readonly traffic: { down: number; up: number };
  /** Faults that happened since then. */
  faults: number;
  reset(): void;
  /** Breaks every carrier there is. */
  cutAll(): void;
  close(): Promise<void>;
}

const DELAY_MS = 15;

/** Puts a proxy before `target`. WebSocket messages, and the chunks and requests of HTTP connections, meet the weather; other requests pass. */
export async function createBadNetwork(target: string): Promise<BadNetwork> {
  const network = new Proxy(new URL(target));
  await network.listening();
  return network;
}

/** How a carrier can end. */
interface Ends {
  readonly cut: () => void;
  readonly forget: () => void;
  /** It has ended: what was on its way is lost. */
  over: boolean;
}

class Proxy implements BadNetwork {
  weather: Weather = () => 'pass';
  readonly traffic: { down: number; up: number } = { down: 0, up: 0 };
  faults = 0;
  readonly #target: URL;
  readonly #server = createServer((incoming, outgoing) => void this.#http(incoming, outgoing));
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false });
  readonly #live = new Set<() => void>();
  readonly #raw = new Set<Socket>();
  #carriers = 0;

  constructor(target: URL) {
    this.#target = target;
    this.#server.on('connection', (socket: Socket) => {
      this.#raw.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#raw.delete(socket));
    });
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => this.#upgrade(incoming, socket, head));
    this.#server.listen(0, '127.0.0.1');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listening(): Promise<void> {
    if (!this.#server.listening) await once(this.#server, 'listening');
  }

  reset(): void {
    this.traffic.down = 0;
    this.traffic.up = 0;
    this.faults = 0;
    this.#carriers = 0;
  }

  cutAll(): void {
    for (const cut of this.#live) cut();
  }

  async close(): Promise<void> {
    this.cutAll();
    this.#server.close();
    for (const socket of this.#raw) socket.destroy();
    await once(this.#server, 'close');
  }

  // ---- WebSocket

  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const protocols = (incoming.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const url = new URL(incoming.url ?? '/', this.#target);
    url.protocol = 'ws:';
    const { authorization } = incoming.headers;
    const upstream = new WebSocket(url, protocols.filter(Boolean), {
      perMessageDeflate: false,
      headers: authorization === undefined ? {} : { authorization },
    });
    upstream.on('error', () => socket.destroy());
    upstream.once('open', () => {
      // What comes before the other side is there waits in the stream.
      upstream.pause();
      this.#sockets.handleUpgrade(incoming, socket, head, (downstream) => {
        this.#join(downstream, upstream, url.searchParams.get('connection') ?? '');
        upstream.resume();
      });
    });
  }

  #join(downstream: WebSocket, upstream: WebSocket, connection: string): void {
    const carrier = this.#carriers++;
    const cut = (): void => {
      this.#live.delete(cut);
      ends.over = true;
      downstream.terminate();
      upstream.terminate();
    };
    // Only when the server has forgotten it does the driver get to know of the cut.
    const forget = (): void => {
      ends.over = true;
      void this.#forget(connection).finally(cut);
    };
    const ends: Ends = { cut, forget, over: false };
    this.#live.add(cut);
    const pipe = (way: 'down' | 'up', from: WebSocket, to: WebSocket): void => {
      const pass = this.#judge(way, carrier, ends, (data: Buffer) => to.send(data));
      from.on('message', (data: Buffer) => pass(data));
      from.on('error', () => undefined);
      from.on('close', (code) => {
        this.#live.delete(cut);
        if (code === 1005 || code === 1006) to.terminate();
        else to.close(code);
      });
    };
    pipe('down', downstream, upstream);
    pipe('up', upstream, downstream);
  }

  /** Sends messages on as the weather has it. */
  #judge<T>(way: 'down' | 'up', carrier: number, ends: Ends, send: (data: T) => void): (data: T) => void {
    const { cut, forget } = ends;
    let index = 0;
    let swapped: T[] = [];
    let late: Promise<void> | undefined;
    const deliver = (data: T): void => {
      if (late === undefined) return send(data);
      late = late.then(() => send(data));
    };
    const flush = (): void => {
      for (const one of swapped) deliver(one);
      swapped = [];
    };
    return (data) => {
      if (ends.over) return;
      this.traffic[way]++;
      const fate = this.weather({ way, carrier, index: index++ });
      if (fate !== 'pass') this.faults++;
      if (fate === 'cut') return cut();
      if (fate === 'forget') return forget();
      if (fate === 'swap') {
        swapped.push(data);
        return void setTimeout(flush, DELAY_MS);
      }
      if (fate === 'delay') late ??= new Promise((resolve) => setTimeout(resolve, DELAY_MS));
      deliver(data);
      if (fate === 'double') deliver(data);
      flush();
      if (fate !== 'cut-after') return;
      ends.over = true;
      setImmediate(cut);
    };
  }

  async #forget(connection: string): Promise<void> {
    const target = new URL(`/v1/runs/${connection}`, this.#target);
    await fetch(target, { method: 'DELETE', headers: { authorization: AUTHORIZATION } });
  }

  // ---- HTTP

  async #http(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const isStream = incoming.method === 'POST' && (incoming.url ?? '').startsWith('/v1/runs?');
    const isMessage = incoming.method === 'POST' && (incoming.url ?? '').endsWith('/messages');
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const cut = (): void => void outgoing.destroy();
    const body = Buffer.concat(chunks);
    if (!isMessage) {
      this.#forward(incoming, body, outgoing, isStream);
      return;
    }
    const pass = this.#judge('down', 0, { cut, forget: cut, over: false }, () => this.#forward(incoming, body, outgoing, false));
    pass(body);
  }

  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, isStream: boolean): void {
    const { host: _, ...headers } = incoming.headers;
    const carrier = isStream ? this.#carriers++ : 0;
    const upstream = request(new URL(incoming.url ?? '/', this.#target), { method: incoming.method ?? 'GET', headers }, (response) => {
      if (outgoing.headersSent) {
        response.resume();
        return;
      }
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      if (!isStream) {
        response.pipe(outgoing);
        return;
      }
      const cut = (): void => {
        this.#live.delete(cut);
        outgoing.destroy();
        upstream.destroy();
      };
      this.#live.add(cut);
      outgoing.flushHeaders();
      const pass = this.#judge('up', carrier, { cut, forget: cut, over: false }, (chunk: Buffer) => outgoing.write(chunk));
      response.on('data', (chunk: Buffer) => pass(chunk));
      response.on('end', () => outgoing.end()).on('close', () => cut());
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => {
      if (isStream) upstream.destroy();
    });
    upstream.end(body);
  }
}
