import { connect, type Socket } from 'node:net';

/** A client that writes HTTP by hand. */
export interface RawHttp {
  readonly socket: Socket;
  /** Everything that the server has sent, once it has closed the socket. */
  readonly answer: Promise<string>;
}

/** Opens a socket to a server and sends this text as it is. */
export function rawHttp(port: number, text = ''): RawHttp {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
  if (text !== '') socket.write(text);
  return { socket, answer };
}

/** The status line’s number. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** Writes one byte after the other, forever, until the socket is closed. */
export function trickle({ socket }: RawHttp, bytes: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes[at++ % bytes.length] ?? ''), everyMs);
  socket.on('close', () => clearInterval(timer));
}
