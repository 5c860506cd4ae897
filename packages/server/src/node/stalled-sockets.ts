import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const CHECKS = 4;

/**
 * Destroys sockets of a server whose clients take nothing of what they were sent for `stallMs`: what waits for them is memory that
 * nothing else counts. Ends with the server.
 */
export function watchStalledSockets(server: Server, stallMs: number): void {
  /** By socket: how much of it had left this process, and at how many checks in a row. */
  const sockets = new Map<Socket, { left: number; checks: number }>();
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, { left: 0, checks: 0 });
    socket.once('close', () => sockets.delete(socket));
  });
  const timer = setInterval(() => {
    for (const [socket, seen] of sockets) {
      const left = socket.bytesWritten - socket.writableLength;
      seen.checks = socket.writableLength > 0 && left === seen.left ? seen.checks + 1 : 0;
      seen.left = left;
      if (seen.checks >= CHECKS) socket.destroy();
    }
  }, stallMs / CHECKS);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
