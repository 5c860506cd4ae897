import { createServer, request as ask } from 'node:http';
import type { ClientRequest, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ERROR_CODES, IsomuxError, isIsomuxError } from '@isomux/protocol';
import type { ErrorCode } from '@isomux/protocol';
import { Homes } from './homes.ts';
import type { Supervisor } from './supervisor.ts';
import type { WorkerdProcess } from './workerd-process.ts';

const WORDS: Partial<Record<ErrorCode, string>> = {
  EXECUTOR_LOST: 'The workerd that had the connection is gone.',
  ENGINE_CRASHED: 'The workerd that had the connection did not answer any more, or died; a run of the connection may be the cause.',
  MEMORY_LIMIT: 'The workerd that had the connection took more memory than it may; a run of the connection may be the cause.',
};
/** Times that one request is sent again because the workerd went before it answered. */
const MAX_ATTEMPTS = 5;

/** Owns the port, and hands each request on to the workerd that it is for. */
export class Front {
  readonly #supervisor: Supervisor;
  readonly #server: Server;
  readonly #homes = new Homes();

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head));
    // Streams and rounds take as long as their runs.
    this.#server.requestTimeout = 0;
  }

  /** Begins to listen. Gives the port. Rejects with `INVALID_OPTION` for a port that cannot be had. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const message = `nobody can listen on port ${port} of 127.0.0.1: another process may have it already; leave port out for one that is free`;
        reject(new IsomuxError('INVALID_OPTION', message, { cause }));
      });
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  unref(): void {
    this.#server.unref();
  }

  /** Idempotent; never rejects. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const socket of this.#homes.sockets) socket.destroy();
    await closed;
  }

  /** The workerd that a request is for, or the code that says why there is none. */
  async #find(request: IncomingMessage, isAwaited: () => boolean): Promise<WorkerdProcess | ErrorCode> {
    try {
      const place = this.#homes.placeOf(request.url ?? '');
      if (place.kind === 'gone') return place.end;
      if (place.kind === 'home') return place.workerd;
      const workerd = await (place.kind === 'suspect' ? this.#supervisor.quarantine(isAwaited) : this.#supervisor.shared());
      // Nobody would see to it that it is given back.
      if (!isAwaited()) return 'UNREACHABLE';
      if (place.name !== undefined) this.#homes.settle(place.name, workerd);
      return workerd;
    } catch (error) {
      return isIsomuxError(error) ? error.code : 'ENGINE_UNAVAILABLE';
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What has a body can be sent once: its client sends it again.
    const attempts = request.method === 'GET' ? MAX_ATTEMPTS : 1;
    let last: ErrorCode = 'UNREACHABLE';
    for (let attempt = 0; attempt < attempts && !response.destroyed; attempt++) {
      const workerd = await this.#find(request, () => !response.destroyed);
      if (typeof workerd === 'string') return refuse(response, workerd);
      if (request.method === 'DELETE') this.#supervisor.finished(workerd);
      if (await this.#tryAnswer(workerd, request, response)) return;
      last = workerd.end ?? last;
    }
    refuse(response, last, 502);
  }

  /** False where the workerd went before it answered. */
  async #tryAnswer(workerd: WorkerdProcess, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const isCarrier = request.method === 'POST' && request.url?.startsWith('/v1/runs?') === true;
    const upstream = await this.#send(workerd, request);
    const abandoned = (): void => {
      if (response.writableFinished) return;
      upstream.destroy();
      this.#supervisor.left(workerd);
    };
    response.once('close', abandoned);
    workerd.requests++;
    const answer = await new Promise<IncomingMessage | undefined>((resolve) => {
      upstream.once('response', resolve);
      upstream.once('error', () => resolve(undefined));
      upstream.once('close', () => resolve(undefined));
      if (request.method === 'GET') upstream.end();
      else request.pipe(upstream);
    });
    workerd.requests--;
    if (answer === undefined) {
      response.off('close', abandoned);
      return response.destroyed;
    }
    if (isCarrier) this.#carry(workerd, response);
    upstream.on('error', () => response.destroy());
    answer.once('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // What is written of a stream has to go at once.
    response.flushHeaders();
    answer.pipe(response);
    return true;
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !socket.destroyed; attempt++) {
      const workerd = await this.#find(request, () => !socket.destroyed);
      if (typeof workerd === 'string') return refuseUpgrade(socket, workerd);
      if (await this.#tryUpgrade(workerd, request, socket, head)) return;
    }
    socket.destroy();
  }

  /** False where the workerd went before it answered: another one may. */
  async #tryUpgrade(workerd: WorkerdProcess, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    const upstream = await this.#send(workerd, request);
    workerd.requests++;
    const answered = await new Promise<boolean>((resolve) => {
      const abandoned = (): void => {
        upstream.destroy();
        this.#supervisor.left(workerd);
        resolve(true);
      };
      socket.once('close', abandoned);
      upstream.once('upgrade', (answer, other: Socket, rest: Buffer) => {
        socket.off('close', abandoned);
        socket.write(headOf(answer));
        if (rest.length > 0) socket.write(rest);
        if (head.length > 0) other.write(head);
        this.#carry(workerd, socket);
        join(socket, other);
        resolve(true);
      });
      upstream.once('response', (answer) => {
        socket.off('close', abandoned);
        socket.write(headOf(answer));
        answer.pipe(socket);
        resolve(true);
      });
      upstream.once('error', () => {
        socket.off('close', abandoned);
        resolve(socket.destroyed);
      });
      upstream.end();
    });
    workerd.requests--;
    return answered;
  }

  async #send(workerd: WorkerdProcess, { method, url, headers }: IncomingMessage): Promise<ClientRequest> {
    const port = await workerd.port;
    return ask({ host: '127.0.0.1', port, method, path: url, headers, agent: headers.upgrade === undefined ? workerd.agent : false });
  }

  #carry(workerd: WorkerdProcess, carrier: Duplex | ServerResponse): void {
    workerd.carriers.add(carrier);
    this.#homes.sockets.add(carrier);
    carrier.once('close', () => {
      workerd.carriers.delete(carrier);
      this.#homes.sockets.delete(carrier);
      if (workerd.end === undefined) this.#supervisor.left(workerd);
    });
  }
}

/** Joins two sockets: what happens to the one happens to the other. */
function join(one: Duplex, other: Duplex): void {
  one.pipe(other).pipe(one);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.once('error', () => to.destroy());
    from.once('close', () => to.destroy());
  }
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function bodyOf(code: ErrorCode): string {
  const message = WORDS[code] ?? ERROR_CODES[code].summary;
  return JSON.stringify({ status: 'error', error: { code, name: ERROR_CODES[code].name, message } });
}

function statusOf(code: ErrorCode): number {
  return code === 'ENGINE_UNAVAILABLE' ? 503 : 404;
}

function refuse(response: ServerResponse, code: ErrorCode, status: number = statusOf(code)): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(bodyOf(code));
}

function refuseUpgrade(socket: Duplex, code: ErrorCode): void {
  const body = bodyOf(code);
  const status = statusOf(code);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
