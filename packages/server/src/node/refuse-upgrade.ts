import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a client may take to read why it was refused. */
const LINGER_MS = 1000;

/** Answers a request for an upgrade as any other, and ends the socket: Node has given it away. */
export function refuseUpgrade(socket: Duplex, response: Response): void {
  void write(socket, response);
}

async function write(socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  if (socket.destroyed) return;
  const headers = [...response.headers].filter(([name]) => name !== 'content-length').map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${headers.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  // What it sent and nobody read would make the end of it a reset, which can overtake the answer.
  socket.resume();
  socket.end(Buffer.concat([Buffer.from(head), body]));
}
